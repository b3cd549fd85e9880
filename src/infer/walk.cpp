#include "infer/walk.hpp"

#include "activations/list.hpp"

namespace nib::infer {

namespace {

// The bound that an activation's outputs keep to; 0: none.
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

// An operation's own numbers, apart from what the one before leaves.
bool in_range(const Operation& o, const Header& h) noexcept
{
    if (static_cast<std::uint32_t>(o.kind) >= operation_kinds || o.zero != 0 || o.inputs == 0 || o.outputs == 0)
        return false;
    const bool normalises = o.kind == OperationKind::normalise;
    if (o.bits != (has_weights(o.kind) ? h.weight_bits : 0)) return false;
    const auto last_activation = static_cast<std::uint32_t>(activations::last_activation);
    if (o.activation > (o.kind == OperationKind::activate ? last_activation : 0)) return false;
    if (o.centred > (normalises ? 1u : 0u)) return false;
    // The bits of a finite number from 0 on are those below infinity's.
    if (__builtin_bit_cast(std::uint32_t, o.eps) >= (normalises ? 0x7f800000 : 1)) return false;
    if (reads_ids(o.kind) && o.inputs != h.context_length) return false;
    if (o.kind == OperationKind::lookup) return o.outputs % o.inputs == 0 && embedding_size(o) <= max_embedding_size;
    if (o.kind == OperationKind::table) return o.outputs <= max_width;
    if (o.kind != OperationKind::dense) return o.outputs == o.inputs;
    return o.outputs <= max_width && (o.bits != 8 || o.inputs <= max_inputs_8_bits);
}

} // namespace

bool Walk::is_kept(int place) const noexcept
{
    for (int i = 0; i < depth_; ++i) {
        if (stack_[i] == place) return true;
    }
    return false;
}

int Walk::free_place(int beside) const noexcept
{
    int place = 0;
    while (place == place_ || place == beside || is_kept(place)) ++place;
    return place;
}

bool Walk::next(Step& step) noexcept
{
    if (next_ == end_) return false;
    const Operation& o = *next_++;
    step = {
        .operation = &o, .section = section_, .from = place_, .to = place_, .copy = -1, .term = -1, .bound = bound_};
    section_ += section_bytes(o, vocabulary_);
    if (o.kind == OperationKind::keep) {
        stack_[depth_++] = place_;
        return true;
    }
    bound_ = 0.0f;
    if (o.kind == OperationKind::swap) {
        step.to = stack_[depth_ - 1];
        stack_[depth_ - 1] = place_;
        place_ = step.to;
        return true;
    }
    if (o.kind == OperationKind::add) step.term = stack_[--depth_];
    const bool overwrites = (o.kind != OperationKind::dense || o.bits == 8) && !reads_ids(o.kind);
    if (overwrites && is_kept(place_)) step.copy = free_place(step.term);
    if (o.kind == OperationKind::dense || reads_ids(o.kind))
        step.to = free_place(step.copy);
    else if (step.copy >= 0)
        step.to = step.copy;
    place_ = step.to;
    if (o.kind == OperationKind::activate) bound_ = bound_of(o.activation);
    return true;
}

std::uint32_t first_bad_operation(const Header& h, const Operation* operations) noexcept
{
    std::uint32_t stack[max_depth], rows = 0;
    int depth = 0;
    for (std::uint32_t i = 0; i < h.operations; ++i) {
        const Operation& o = operations[i];
        if (!in_range(o, h) || reads_ids(o.kind) != (i == 0)) return i;
        if (i > 0 && o.inputs != rows) return i;
        rows = o.outputs;
        if (o.kind == OperationKind::keep) {
            if (depth == max_depth) return i;
            stack[depth++] = rows;
        } else if (o.kind == OperationKind::swap || o.kind == OperationKind::add) {
            if (depth == 0) return i;
            // What is swapped in has its own width.
            if (o.kind == OperationKind::add && stack[--depth] != rows) return i;
            if (o.kind == OperationKind::swap) {
                const std::uint32_t top = stack[depth - 1];
                stack[depth - 1] = rows;
                rows = top;
            }
        }
    }
    return depth == 0 && rows == h.vocabulary ? h.operations : h.operations - 1;
}

} // namespace nib::infer
