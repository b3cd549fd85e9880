#include "infer/places.hpp"

#include "activations/list.hpp"
#include "infer/table.hpp"

namespace nib::infer {

namespace {

// A bound of an activation's outputs; 0: none.
float bound_of(std::uint32_t activation) noexcept
{
    float bound = 0.0f;
    activations::with_activation(static_cast<nib_activation>(activation),
                                 [&]<class Activation>() { bound = Activation::bound; });
    return bound;
}

constexpr bool has_weights(OperationKind kind)
{
    return kind == OperationKind::table || kind == OperationKind::lookup || kind == OperationKind::dense;
}

constexpr bool reads_ids(OperationKind kind) { return kind == OperationKind::table || kind == OperationKind::lookup; }

// Checks an operation's own numbers, apart from those that depend on the operation before.
bool in_range(const Operation& o, const Header& h) noexcept
{
    if (static_cast<std::uint32_t>(o.kind) >= operation_kinds || o.zero != 0 || o.inputs == 0 || o.outputs == 0)
        return false;
    const bool normalises = o.kind == OperationKind::normalise;
    if (o.bits != (has_weights(o.kind) ? h.weight_bits : 0)) return false;
    const auto last_activation = static_cast<std::uint32_t>(activations::last_activation);
    if (o.activation > (o.kind == OperationKind::activate ? last_activation : 0)) return false;
    if (o.centred > (normalises ? 1u : 0u)) return false;
    // Finite numbers from 0 on have bits below those of infinity.
    if (__builtin_bit_cast(std::uint32_t, o.eps) >= (normalises ? 0x7f800000 : 1)) return false;
    if (reads_ids(o.kind) && o.inputs != h.inputs) return false;
    if (o.kind == OperationKind::lookup) return o.outputs % o.inputs == 0 && embedding_size(o) <= max_embedding_size;
    if (o.kind == OperationKind::table) return o.outputs <= max_width;
    if (o.kind != OperationKind::dense) return o.outputs == o.inputs;
    return o.outputs <= max_width && (o.bits != 8 || o.inputs <= max_inputs_8_bits);
}

bool same_places(const Operation& a, const Operation& b) noexcept
{
    return __builtin_bit_cast(std::uint32_t, a.bound) == __builtin_bit_cast(std::uint32_t, b.bound) &&
           a.section == b.section && a.from == b.from && a.to == b.to && a.copy == b.copy && a.term == b.term;
}

} // namespace

bool Places::is_kept(int place) const noexcept
{
    for (int i = 0; i < depth_; ++i) {
        if (stack_[i] == place) return true;
    }
    return false;
}

int Places::free_place(int beside) const noexcept
{
    int place = 0;
    while (place == place_ || place == beside || is_kept(place)) ++place;
    return place;
}

void Places::next(Operation& o) noexcept
{
    int to = place_, copy = -1, term = -1;
    o.bound = bound_;
    o.section = section_;
    o.from = static_cast<std::int8_t>(place_);
    section_ += section_bytes(o, vocabulary_);
    if (o.kind != OperationKind::keep) bound_ = 0.0f;
    if (o.kind == OperationKind::keep) {
        stack_[depth_++] = place_;
    } else if (o.kind == OperationKind::swap) {
        to = stack_[depth_ - 1];
        stack_[depth_ - 1] = place_;
    } else {
        if (o.kind == OperationKind::add) term = stack_[--depth_];
        const bool makes_new = o.kind == OperationKind::dense || reads_ids(o.kind);
        const bool overwrites = !makes_new || (o.kind == OperationKind::dense && o.bits == 8);
        if (overwrites && is_kept(place_)) copy = free_place(term);
        if (makes_new)
            to = free_place(copy);
        else if (copy >= 0)
            to = copy;
        if (o.kind == OperationKind::activate) bound_ = bound_of(o.activation);
    }
    place_ = to;
    o.to = static_cast<std::int8_t>(to);
    o.copy = static_cast<std::int8_t>(copy);
    o.term = static_cast<std::int8_t>(term);
}

std::uint32_t first_bad_operation(const Header& h, const Operation* operations) noexcept
{
    Places places(h);
    std::uint32_t stack[max_depth], rows = h.inputs;
    int depth = 0;
    for (std::uint32_t i = 0; i < h.operations; ++i) {
        const Operation& o = operations[i];
        if (!in_range(o, h) || reads_ids(o.kind) != (i == 0 && h.is_of_text()) || o.inputs != rows) return i;
        rows = o.outputs;
        const bool takes = o.kind == OperationKind::swap || o.kind == OperationKind::add;
        if (o.kind == OperationKind::keep ? depth == max_depth : takes && depth == 0) return i;
        Operation expected = o;
        places.next(expected);
        if (!same_places(o, expected)) return i;
        if (o.kind == OperationKind::keep) {
            stack[depth++] = rows;
        } else if (takes) {
            // The numbers that are swapped in may have a different width.
            if (o.kind == OperationKind::add && stack[--depth] != rows) return i;
            if (o.kind == OperationKind::swap) {
                const std::uint32_t top = stack[depth - 1];
                stack[depth - 1] = rows;
                rows = top;
            }
        }
    }
    return depth == 0 && rows == h.outputs ? h.operations : h.operations - 1;
}

PlaceSizes place_sizes(const Header& header) noexcept
{
    std::uint64_t widths[max_places] = {}, scratch = 0;
    const auto uses = [&](int place, std::uint64_t numbers) {
        if (place >= 0 && numbers > widths[place]) widths[place] = numbers;
    };
    if (!header.is_of_text()) uses(0, round_up(header.inputs, 16));
    for (std::uint32_t i = 0; i < header.operations; ++i) {
        const Operation& o = operations_of(header)[i];
        if (o.kind == OperationKind::keep || o.kind == OperationKind::swap) continue;
        uses(o.to, stride_of(o));
        uses(o.copy, round_up(o.inputs, 16));
        std::uint64_t rows = 0;
        if (o.kind == OperationKind::table) rows = 16 * stride_of(o);
        if (o.kind == OperationKind::dense && o.bits == 16) rows = widened_inputs * stride_of(o);
        scratch = rows > scratch ? rows : scratch;
    }
    PlaceSizes sizes{};
    for (int i = 0; i < max_places; ++i) {
        sizes.begin[i] = sizes.end;
        sizes.end += static_cast<std::uint32_t>(widths[i]);
    }
    sizes.rows = static_cast<std::uint32_t>(scratch);
    return sizes;
}

} // namespace nib::infer
