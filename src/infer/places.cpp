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
    return kind == OperationKind::table || kind == OperationKind::lookup || kind == OperationKind::dense ||
           kind == OperationKind::convolution || kind == OperationKind::depthwise;
}

constexpr bool reads_ids(OperationKind kind) { return kind == OperationKind::table || kind == OperationKind::lookup; }

constexpr bool is_pool(OperationKind kind)
{
    return kind == OperationKind::max_pool || kind == OperationKind::average_pool;
}

// The number of places of a window along an axis of so many numbers; 0: the window is out of range.
std::uint32_t places_of(const Axis& w, std::uint64_t size) noexcept
{
    if (w.kernel == 0 || w.stride == 0 || w.dilation == 0) return 0;
    for (const std::uint32_t each : {w.kernel, w.stride, w.padding, w.dilation}) {
        if (each > max_numbers) return 0;
    }
    const std::uint64_t padded = size + 2 * std::uint64_t{w.padding},
                        reach = std::uint64_t{w.kernel - 1} * w.dilation + 1;
    if (padded > max_numbers || reach > padded) return 0;
    return static_cast<std::uint32_t>((padded - reach) / w.stride + 1);
}

// The windows of an operation that has windows.
bool windows_in_range(const Operation& o) noexcept
{
    const std::uint32_t height = places_of(o.y, o.in.height), width = places_of(o.x, o.in.width);
    if (height == 0 || width == 0 || o.out.height != height || o.out.width != width) return false;
    if (o.out.channels == 0 || o.out.channels > max_width) return false;
    // A pool's window has a tap in the plane.
    if (is_pool(o.kind))
        return o.groups == 0 && o.out.channels == o.in.channels && o.y.dilation == 1 && o.x.dilation == 1 &&
               o.y.padding <= o.y.kernel / 2 && o.x.padding <= o.x.kernel / 2;
    if (o.groups == 0 || o.in.channels % o.groups != 0 || o.out.channels % o.groups != 0) return false;
    const std::uint64_t taps = taps_of(o), inputs = o.in.channels / o.groups;
    if (taps > max_numbers || taps * inputs > max_numbers) return false;
    if (o.kind == OperationKind::depthwise)
        return o.groups == o.in.channels && o.out.channels == o.in.channels && is_depthwise_in_range(o);
    // The plane with its border is no larger than a plane may be.
    const std::uint64_t rows = o.in.height + 2 * std::uint64_t{o.y.padding},
                        columns = o.in.width + 2 * std::uint64_t{o.x.padding};
    return rows * columns <= max_numbers && rows * columns * o.in.channels <= max_numbers &&
           (o.bits != 8 || taps * inputs <= max_inputs_8_bits);
}

// Checks the shapes; that of the input is known to follow from the operation before.
bool shapes_in_range(const Operation& o) noexcept
{
    if (has_windows(o.kind)) {
        return windows_in_range(o) && o.out.pixels() <= max_numbers && o.out.numbers() <= max_numbers &&
               o.out.numbers() == o.outputs;
    }
    if (o.groups != 0 || o.y != Axis{} || o.x != Axis{}) return false;
    const bool is_flat = reads_ids(o.kind) || o.kind == OperationKind::dense || o.kind == OperationKind::flatten;
    if (o.out != (is_flat ? Shape{o.outputs, 1, 1} : o.in)) return false;
    return o.kind != OperationKind::normalise || o.in.pixels() == 1;
}

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
    if (!shapes_in_range(o)) return false;
    if (has_windows(o.kind)) return true;
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
    // A pool's numbers are no larger than those that it is made of.
    if (o.kind != OperationKind::keep && o.kind != OperationKind::flatten && !is_pool(o.kind)) bound_ = 0.0f;
    if (o.kind == OperationKind::keep) {
        stack_[depth_++] = place_;
    } else if (o.kind == OperationKind::swap) {
        to = stack_[depth_ - 1];
        stack_[depth_ - 1] = place_;
    } else {
        if (o.kind == OperationKind::add) term = stack_[--depth_];
        const bool makes_new = o.kind == OperationKind::dense || reads_ids(o.kind) || is_of_planes(o.kind);
        const bool overwrites = !makes_new || (o.bits == 8 && !reads_ids(o.kind));
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
    Shape stack[max_depth], shape = h.shape;
    std::uint32_t numbers = h.inputs;
    int depth = 0;
    for (std::uint32_t i = 0; i < h.operations; ++i) {
        const Operation& o = operations[i];
        if (o.inputs != numbers || o.in != shape) return i;
        if (!in_range(o, h) || reads_ids(o.kind) != (i == 0 && h.is_of_text())) return i;
        shape = o.out;
        const bool takes = o.kind == OperationKind::swap || o.kind == OperationKind::add;
        if (o.kind == OperationKind::keep ? depth == max_depth : takes && depth == 0) return i;
        Operation expected = o;
        places.next(expected);
        if (!same_places(o, expected)) return i;
        if (o.kind == OperationKind::keep) {
            stack[depth++] = shape;
        } else if (takes) {
            // The numbers that are swapped in may have a different shape.
            if (o.kind == OperationKind::add && stack[--depth] != shape) return i;
            if (o.kind == OperationKind::swap) {
                const Shape top = stack[depth - 1];
                stack[depth - 1] = shape;
                shape = top;
            }
        }
        numbers = static_cast<std::uint32_t>(shape.numbers());
    }
    return depth == 0 && numbers == h.outputs && shape.pixels() == 1 ? h.operations : h.operations - 1;
}

namespace {

// The numbers of scratch memory that an operation on planes needs: the plane of a convolution with its border, the
// weights of a depthwise convolution as floats, and its inputs as whole numbers.
std::uint64_t scratch_of(const Operation& o) noexcept
{
    if (o.kind == OperationKind::convolution) return bordered_of(o).floats;
    if (o.kind != OperationKind::depthwise || o.bits == 32) return 0;
    return taps_of(o) * section_row(o) + (o.bits == 8 ? round_up(o.inputs, 16) + 16 : 0);
}

// Floats of places, which are to stay in the second cache if they are planes. More lanes than two registers have gain
// nothing there.
constexpr std::uint64_t most_places_of_planes = 1 << 17;
constexpr std::size_t most_lanes_of_planes = 2 * lane_step;

// Whether an operation can have examples in the lanes.
bool makes_batches(const Operation& o) noexcept
{
    return o.kind == OperationKind::convolution ? o.bits == 32 && o.groups == 1 && o.x.dilation == 1
                                                : o.kind != OperationKind::depthwise;
}

std::size_t most_lanes_of(const Header& header, const PlaceSizes& sizes) noexcept
{
    if (!sizes.has_planes) return max_lanes;
    for (std::uint32_t i = 0; i < header.operations; ++i) {
        if (!makes_batches(operations_of(header)[i])) return 1;
    }
    std::size_t lanes = most_lanes_of_planes;
    while (lanes > 0 && std::uint64_t{sizes.end} * lanes > most_places_of_planes) lanes -= lane_step;
    return lanes > 0 ? lanes : 1;
}

} // namespace

PlaceSizes place_sizes(const Header& header) noexcept
{
    std::uint64_t widths[max_places] = {}, scratch = 0;
    PlaceSizes sizes{};
    sizes.has_planes = header.shape.pixels() > 1;
    const auto uses = [&](int place, std::uint64_t numbers) {
        if (place >= 0 && numbers > widths[place]) widths[place] = numbers;
    };
    if (!header.is_of_text()) uses(0, round_up(header.inputs, 16) + behind_plane(header.shape));
    for (std::uint32_t i = 0; i < header.operations; ++i) {
        const Operation& o = operations_of(header)[i];
        sizes.has_planes = sizes.has_planes || is_of_planes(o.kind);
        if (o.kind == OperationKind::keep || o.kind == OperationKind::swap) continue;
        uses(o.to, stride_of(o) + behind_plane(o.out));
        if (!has_windows(o.kind)) uses(o.copy, round_up(o.inputs, 16) + behind_plane(o.in));
        std::uint64_t rows = scratch_of(o);
        if (o.kind == OperationKind::table) rows = 16 * stride_of(o);
        if (o.kind == OperationKind::dense && o.bits == 16) rows = widened_inputs * stride_of(o);
        scratch = rows > scratch ? rows : scratch;
    }
    for (int i = 0; i < max_places; ++i) {
        sizes.begin[i] = sizes.end;
        sizes.end += static_cast<std::uint32_t>(widths[i]);
    }
    sizes.rows = static_cast<std::uint32_t>(scratch);
    sizes.most_lanes = static_cast<std::uint32_t>(most_lanes_of(header, sizes));
    return sizes;
}

} // namespace nib::infer
