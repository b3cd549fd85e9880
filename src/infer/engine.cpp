#include "infer/engine.hpp"

#include "infer/planes.hpp"
#include "random/counter_stream.hpp"

#include <cstring>

namespace nib::infer {

namespace {

// The number of examples below which they are faster one by one: a batch costs as much as all its lanes. A lane costs
// half as much as a single example if weights are floats, and four fifths if they are narrower and load faster.
std::size_t smallest_batch(const Header& header, std::size_t lanes) noexcept
{
    return header.weight_bits == 32 ? lanes / 2 : lanes * 4 / 5;
}

// The fewest lanes of a batch. One register of lanes of 16-bit weights costs 4% more than its examples one by one.
std::size_t fewest_lanes(const Header& header) noexcept { return header.weight_bits == 16 ? 2 * lane_step : lane_step; }

// The number of lanes for the next of `count` examples, up to `most`; 0: compute them one by one.
std::size_t lanes_for(const Header& header, std::size_t count, std::size_t most) noexcept
{
    const std::size_t fewest = fewest_lanes(header);
    auto lanes = static_cast<std::size_t>(round_up(count, lane_step));
    if (lanes < fewest) lanes = fewest;
    if (lanes > most) lanes = most;
    while (lanes >= fewest && count < smallest_batch(header, lanes)) lanes -= lane_step;
    return lanes < fewest ? 0 : lanes;
}

// Looks up ids (context length, lanes) into (outputs, lanes). number(i, e): number i of the whole array, number e of
// its symbol.
template <class Number>
void look_up(std::uint32_t places, std::ptrdiff_t size, const std::int32_t* ids, std::ptrdiff_t lanes, Number number,
             float* x) noexcept
{
    for (std::uint32_t place = 0; place < places; ++place, ids += lanes, x += size * lanes) {
        for (std::ptrdiff_t lane = 0; lane < lanes; ++lane) {
            const std::ptrdiff_t from = ids[lane] * size;
            for (std::ptrdiff_t e = 0; e < size; ++e) x[e * lanes + lane] = number(from + e, e);
        }
    }
}

// The numbers of a single context are filled up with 0 to a multiple of 16.
void run_lookup(const Operation& o, const char* section, const std::int32_t* ids, std::ptrdiff_t lanes,
                float* x) noexcept
{
    if (lanes == 1) std::memset(x + o.outputs, 0, static_cast<std::size_t>(stride_of(o) - o.outputs) * sizeof *x);
    const auto size = static_cast<std::ptrdiff_t>(embedding_size(o));
    const char* numbers = section + lookup_scales(o);
    if (o.bits == 32) {
        const auto* floats = reinterpret_cast<const float*>(numbers);
        return look_up(
            o.inputs, size, ids, lanes, [=](std::ptrdiff_t i, std::ptrdiff_t) { return floats[i]; }, x);
    }
    if (o.bits == 16) {
        const auto* halves = reinterpret_cast<const std::uint16_t*>(numbers);
        const auto widened = [=](std::ptrdiff_t i, std::ptrdiff_t) {
            return __builtin_bit_cast(float, std::uint32_t{halves[i]} << 16);
        };
        return look_up(o.inputs, size, ids, lanes, widened, x);
    }
    const auto* scales = reinterpret_cast<const float*>(section);
    const auto scaled = [=](std::ptrdiff_t i, std::ptrdiff_t e) {
        return scales[e] * static_cast<float>(static_cast<signed char>(numbers[i]));
    };
    look_up(o.inputs, size, ids, lanes, scaled, x);
}

// y[i] = (x[i] - mean[i]) inverse_std[i] for (rows, lanes). It is a small part of a network, so the compiler's own
// vectorisation is good enough.
void standardize(std::ptrdiff_t rows, std::ptrdiff_t lanes, const float* mean, const float* inverse_std,
                 float* x) noexcept
{
    for (std::ptrdiff_t row = 0; row < rows; ++row, x += lanes) {
        const float m = mean[row], s = inverse_std[row];
        for (std::ptrdiff_t i = 0; i < lanes; ++i) x[i] = (x[i] - m) * s;
    }
}

// Turns contexts (count, length) into a batch's (length, lanes). Lanes without a context get symbol 0's numbers.
void load_contexts(const std::int32_t* contexts, std::size_t count, std::size_t length,
                   const Workspace& workspace) noexcept
{
    const auto lanes = static_cast<std::size_t>(workspace.plan.lanes);
    for (std::size_t place = 0; place < length; ++place) {
        std::int32_t* ids = workspace.contexts + place * lanes;
        for (std::size_t i = 0; i < lanes; ++i) ids[i] = i < count ? contexts[i * length + place] : 0;
    }
}

// y = bias + W x for one context or a batch. x is overwritten if weights are bytes.
void run_dense(const EnginePass& pass, const Dense& layer, float* x, float* y) noexcept
{
    const View& view = pass.view;
    if (layer.weight_bits != 8) {
        if (pass.lanes == 1) return view.kernels->layer(layer, x, y);
        return view.kernels->layer_batch(layer, pass.lanes, x, pass.rows(), y);
    }
    float steps[max_lanes];
    view.kernels->quantise(layer.inputs, pass.lanes, layer.input_bound, x, steps);
    if (pass.lanes == 1) {
        view.dots->one(layer, x, steps, y);
    } else {
        view.dots->batch(layer, pass.lanes, x, steps, y);
    }
}

void run_table(const EnginePass& pass, const Rows& table, float* y) noexcept
{
    const EngineTable& kernels = *pass.view.kernels;
    if (pass.lanes == 1) return kernels.add_rows(table, pass.ids, y);
    for (std::ptrdiff_t i = 0; i < pass.lanes; i += 16)
        kernels.add_rows_batch(table, pass.lanes, pass.ids + i, pass.rows(), y + i);
}

void activate(const EnginePass& pass, const Operation& o, float* x) noexcept
{
    const std::uint64_t n = pass.lanes == 1 ? stride_of(o) : o.outputs * static_cast<std::uint64_t>(pass.lanes);
    pass.view.kernels->activate(static_cast<nib_activation>(o.activation), static_cast<std::ptrdiff_t>(n), x);
}

void scale_shift(const EnginePass& pass, const Operation& o, float* x) noexcept
{
    const float *const scales = pass.view.numbers(o), *const shifts = scales + section_row(o);
    const std::ptrdiff_t pixels = signed_of(o.out.pixels()), channels = signed_of(o.out.channels);
    const EngineTable& kernels = *pass.view.kernels;
    if (pass.lanes == 1 && pixels > 1) return kernels.scale_channels(pixels, channels, scales, shifts, x);
    for (std::ptrdiff_t i = 0; i < pixels; ++i, x += channels * pass.lanes)
        kernels.scale_shift(channels, pass.lanes, scales, shifts, x);
}

// Runs an operation in place.
void run_in_place(const EnginePass& pass, const Operation& o, float* x) noexcept
{
    const EngineTable& kernels = *pass.view.kernels;
    const std::ptrdiff_t lanes = pass.lanes, outputs = o.outputs;
    const auto stride = static_cast<std::ptrdiff_t>(stride_of(o)), n = lanes == 1 ? stride : outputs * lanes;
    const float* numbers = pass.view.numbers(o);
    switch (o.kind) {
    case OperationKind::add:
        return kernels.add(n, pass.place(o.term), x);
    case OperationKind::activate:
        return activate(pass, o, x);
    case OperationKind::standardize:
        return standardize(outputs, lanes, numbers, numbers + stride, x);
    case OperationKind::scale_shift:
        return scale_shift(pass, o, x);
    case OperationKind::normalise:
        return kernels.normalise(
            {.n = outputs, .gamma = numbers, .beta = o.centred != 0 ? numbers + stride : nullptr, .eps = o.eps}, lanes,
            x);
    default: // keep and swap only decide the places of other operations
        return;
    }
}

// The input of an operation, or a copy of it if it is kept on the stack and would be overwritten.
float* input_of(const EnginePass& pass, const Operation& o) noexcept
{
    float* const from = pass.place(o.from);
    if (o.copy < 0) return from;
    float* const copy = pass.place(o.copy);
    const std::uint64_t n =
        pass.lanes == 1 ? round_up(o.inputs, 16) : o.inputs * static_cast<std::uint64_t>(pass.lanes);
    std::memcpy(copy, from, static_cast<std::size_t>(n) * sizeof *copy);
    return copy;
}

// Runs an operation that is neither a product nor on planes.
void run_plain(const EnginePass& pass, const Operation& o, float* to) noexcept
{
    if (o.kind == OperationKind::lookup) return run_lookup(o, pass.view.sections + o.section, pass.ids, pass.lanes, to);
    (void)input_of(pass, o);
    run_in_place(pass, o, to);
}

float* run(const EnginePass& pass) noexcept
{
    const View& view = pass.view;
    const Operation* const end = view.end();
    for (const Operation* o = view.operations(); o != end; ++o) {
        float* to = pass.place(o->to);
        if (o->kind == OperationKind::dense) {
            run_dense(pass, dense_of(view, *o), input_of(pass, *o), to);
        } else if (o->kind == OperationKind::table) {
            run_table(pass, rows_of(view, *o), to);
        } else if (!is_of_planes(o->kind)) {
            run_plain(pass, *o, to);
            continue;
        } else if (o->kind != OperationKind::convolution && o->kind != OperationKind::depthwise) {
            run_on_plane(pass, *o);
            continue;
        } else {
            o = run_convolution(pass, o); // the last operation that it includes: a residual's end, a relu
            to = pass.place(o->to);
        }
        // Most products are followed by an activation in place. Running it here saves one turn of the loop, 2% of a
        // single context.
        if (o + 1 == end || o[1].kind != OperationKind::activate || o[1].copy >= 0) continue;
        ++o;
        activate(pass, *o, to);
    }
    return pass.place(end[-1].to);
}

} // namespace

namespace {

// The lanes of a workspace for this many contexts.
std::size_t lanes_of_batch(const Header& header, const PlaceSizes& sizes, std::size_t batch) noexcept
{
    if (sizes.most_lanes == 1 || batch < smallest_batch(header, fewest_lanes(header))) return 1;
    const auto lanes = static_cast<std::size_t>(round_up(batch < max_lanes ? batch : max_lanes, plan_step));
    return lanes < sizes.most_lanes ? lanes : sizes.most_lanes;
}

Plan plan_of(const Header& header, const PlaceSizes& sizes, std::size_t lanes) noexcept
{
    Plan plan{};
    plan.lanes = static_cast<std::ptrdiff_t>(lanes);
    plan.rows = std::uint64_t{sizes.end} * lanes;
    plan.contexts = plan.rows + (lanes > 1 || sizes.has_planes ? sizes.rows : 0);
    const std::uint64_t ids = header.is_of_text() ? (lanes == 1 ? 2 : lanes) * header.inputs : 0;
    plan.end = plan.contexts + round_up(ids, 16);
    return plan;
}

} // namespace

Plan make_plan(const Header& header, std::size_t batch) noexcept
{
    const PlaceSizes sizes = place_sizes(header);
    return plan_of(header, sizes, lanes_of_batch(header, sizes, batch));
}

nib_status make_workspace(const View& view, std::size_t batch, void* memory, std::size_t bytes,
                          Workspace& workspace) noexcept
{
    if (reinterpret_cast<std::uintptr_t>(memory) % 64 != 0) return NIB_ERR_WORKSPACE;
    Plan plan = plan_of(*view.header, view.places, lanes_of_batch(*view.header, view.places, batch));
    while (plan.bytes() > bytes) {
        if (plan.lanes == 1) return NIB_ERR_WORKSPACE;
        const auto lanes = static_cast<std::size_t>(plan.lanes);
        plan = plan_of(*view.header, view.places, lanes > lane_step ? lanes - lane_step : 1);
    }
    auto* floats = static_cast<float*>(memory);
    workspace = {.plan = plan, .memory = floats, .contexts = reinterpret_cast<std::int32_t*>(floats + plan.contexts)};
    return NIB_OK;
}

float* logits_of_one(const View& view, const std::int32_t* context, const Workspace& workspace) noexcept
{
    return run({view, context, 1, workspace});
}

float* logits_of_batch(const View& view, const Workspace& workspace) noexcept
{
    return run({view, workspace.contexts, workspace.plan.lanes, workspace});
}

namespace {

// Goes through `count` examples: batch(first, n, pass) for n at a time if that is faster, then one(i).
template <class Batch, class One>
void in_batches(const View& view, std::size_t count, const Workspace& workspace, Batch batch, One one) noexcept
{
    const auto most = static_cast<std::size_t>(workspace.plan.lanes);
    std::size_t at = 0;
    while (most > 1) {
        const std::size_t lanes = lanes_for(*view.header, count - at, most);
        if (lanes == 0) break;
        const std::size_t n = count - at < lanes ? count - at : lanes;
        Workspace pass = workspace;
        pass.plan.lanes = static_cast<std::ptrdiff_t>(lanes);
        batch(at, n, pass);
        at += n;
    }
    for (; at < count; ++at) one(at);
}

// Copies the numbers of a row to the place from which the first operation reads them.
float* outputs_of_one(const View& view, const float* row, const Workspace& workspace) noexcept
{
    const EnginePass pass = {view, nullptr, 1, workspace};
    const auto inputs = static_cast<std::size_t>(view.inputs());
    float* const x = pass.place(0);
    if (row != x) load_plane(view.header->shape, row, x);
    std::memset(x + inputs, 0, static_cast<std::size_t>(round_up(inputs, 16) - inputs) * sizeof *x);
    return run(pass);
}

// Turns rows into a batch's numbers in the order (y, x, channel, lane). Lanes without a row get zeros.
float* outputs_of_batch(const View& view, const float* rows, std::size_t count, std::size_t row_stride,
                        const Workspace& workspace) noexcept
{
    const EnginePass pass = {view, nullptr, workspace.plan.lanes, workspace};
    const Shape& shape = view.header->shape;
    const std::ptrdiff_t channels = shape.pixels() == 1 ? 1 : signed_of(shape.channels);
    const std::ptrdiff_t numbers = view.inputs() / channels, n = signed_of(count);
    float* const x = pass.place(0);
    if (n < pass.lanes) std::memset(x, 0, static_cast<std::size_t>(view.inputs() * pass.lanes) * sizeof *x);
    for (std::ptrdiff_t i = 0; i < channels; ++i)
        view.kernels->transpose(n, numbers, rows + i * numbers, signed_of(row_stride), x + i * pass.lanes,
                                channels * pass.lanes);
    return run(pass);
}

// y (count, outputs) from a batch's outputs (outputs, lanes).
void store_batch(const View& view, const float* z, std::ptrdiff_t lanes, std::size_t count, float* y) noexcept
{
    view.kernels->transpose(view.outputs(), signed_of(count), z, lanes, y, view.outputs());
}

bool has_nan(const float* x, std::ptrdiff_t n) noexcept
{
    int found = 0; // not a bool: the compiler compares four numbers at a time then
    for (std::ptrdiff_t i = 0; i < n; ++i) found |= x[i] != x[i] ? 1 : 0;
    return found != 0;
}

// Writes the test vector's row into the place from which the first operation reads: numbers of the counter-based stream
// from -2 to 2. If the file begins with a standardization, they count deviations from the mean.
float* make_test_row(const View& view, std::uint32_t test, const Workspace& workspace) noexcept
{
    float* const x = EnginePass{view, nullptr, 1, workspace}.place(0);
    const Operation& first = *view.operations();
    const float* const numbers = view.numbers(first);
    CounterStream stream(1, test);
    for (std::ptrdiff_t i = 0; i < view.inputs(); ++i) {
        x[i] = 4.0f * stream() - 2.0f;
        if (first.kind != OperationKind::standardize) continue;
        const float mean = numbers[i],
                    scaled = mean + x[i] / numbers[static_cast<std::ptrdiff_t>(stride_of(first)) + i];
        x[i] = __builtin_fabsf(scaled) <= __FLT_MAX__ ? scaled : mean; // an inverse may be 0
    }
    return x;
}

} // namespace

std::int32_t class_of(const Header& header, const float* z, std::ptrdiff_t stride) noexcept
{
    if (header.answers == Answers::two_classes) return z[0] > 0 ? 1 : 0;
    std::int32_t best = 0;
    for (std::int32_t i = 1; i < static_cast<std::int32_t>(header.outputs); ++i) {
        if (z[i * stride] > z[best * stride]) best = i;
    }
    return best;
}

void logits(const View& view, const std::int32_t* contexts, std::size_t count, float* out,
            const Workspace& workspace) noexcept
{
    const auto length = static_cast<std::size_t>(view.inputs()), outputs = static_cast<std::size_t>(view.outputs());
    in_batches(
        view, count, workspace,
        [&](std::size_t first, std::size_t n, const Workspace& pass) {
            load_contexts(contexts + first * length, n, length, pass);
            store_batch(view, logits_of_batch(view, pass), pass.plan.lanes, n, out + first * outputs);
        },
        [&](std::size_t i) {
            const float* z = logits_of_one(view, contexts + i * length, workspace);
            std::memcpy(out + i * outputs, z, outputs * sizeof *z);
        });
}

void outputs(const View& view, const float* rows, std::size_t count, std::size_t row_stride, float* y,
             const Workspace& workspace) noexcept
{
    const auto outputs = static_cast<std::size_t>(view.outputs());
    in_batches(
        view, count, workspace,
        [&](std::size_t first, std::size_t n, const Workspace& pass) {
            const float* z = outputs_of_batch(view, rows + first * row_stride, n, row_stride, pass);
            store_batch(view, z, pass.plan.lanes, n, y + first * outputs);
        },
        [&](std::size_t i) {
            const float* z = outputs_of_one(view, rows + i * row_stride, workspace);
            std::memcpy(y + i * outputs, z, outputs * sizeof *z);
        });
    for (std::size_t i = 0; i < count; ++i) {
        if (!has_nan(rows + i * row_stride, view.inputs())) continue;
        for (std::size_t o = 0; o < outputs; ++o) y[i * outputs + o] = __builtin_nanf("");
    }
}

void classify(const View& view, const float* rows, std::size_t count, std::size_t row_stride, std::int32_t* classes,
              const Workspace& workspace) noexcept
{
    in_batches(
        view, count, workspace,
        [&](std::size_t first, std::size_t n, const Workspace& pass) {
            const float* z = outputs_of_batch(view, rows + first * row_stride, n, row_stride, pass);
            for (std::size_t i = 0; i < n; ++i) classes[first + i] = class_of(*view.header, z + i, pass.plan.lanes);
        },
        [&](std::size_t i) {
            classes[i] = class_of(*view.header, outputs_of_one(view, rows + i * row_stride, workspace), 1);
        });
    for (std::size_t i = 0; i < count; ++i) {
        if (has_nan(rows + i * row_stride, view.inputs())) classes[i] = 0;
    }
}

float* outputs_of_test(const View& view, std::uint32_t test, const Workspace& workspace) noexcept
{
    if (view.is_of_text()) return logits_of_one(view, view.test_contexts + test * view.inputs(), workspace);
    return outputs_of_one(view, make_test_row(view, test, workspace), workspace);
}

void test_outputs_of(const View& view, const float* outputs, float* to) noexcept
{
    const std::uint64_t n = view.header->outputs, whole = n <= max_whole_outputs ? n : first_outputs;
    std::memcpy(to, outputs, static_cast<std::size_t>(whole) * sizeof *outputs);
    for (std::uint64_t i = 0; whole < n && i < output_sums; ++i) {
        float sum = 0.0f;
        for (std::uint64_t at = first_outputs + i; at < n; at += output_sums) sum += outputs[at];
        to[first_outputs + i] = sum;
    }
}

nib_status check_test_vector(const View& view, const Workspace& workspace) noexcept
{
    // If activations are rounded to bytes, the last bit of a float (SSE2 has no fma) can decide a step of 1/127.
    const float tolerance = view.header->weight_bits == 8 ? 0.05f : 1e-4f;
    const std::uint64_t n = test_outputs(*view.header);
    for (std::uint32_t test = 0; test < view.header->tests; ++test) {
        const float* expected = view.test_outputs + test * n;
        float computed[max_whole_outputs];
        test_outputs_of(view, outputs_of_test(view, test, workspace), computed);
        float largest = 1.0f;
        for (std::uint64_t i = 0; i < n; ++i) {
            const float size = __builtin_fabsf(expected[i]);
            if (!(size <= __FLT_MAX__)) return NIB_ERR_FORMAT;
            largest = size > largest ? size : largest;
        }
        for (std::uint64_t i = 0; i < n; ++i) {
            // This comparison and the one above are written so that NaN fails them.
            if (!(__builtin_fabsf(computed[i] - expected[i]) <= tolerance * largest)) return NIB_ERR_FORMAT;
        }
    }
    return NIB_OK;
}

} // namespace nib::infer
