#include "infer/engine.hpp"

#include <cstring>
#include <utility>

namespace nib::infer {

namespace {

// Fewer contexts than this are faster one by one: a batch costs as much as all its lanes. A lane costs half of a
// context alone where weights are floats, four fifths where they are fewer bytes to wait for.
std::size_t smallest_batch(const Header& header, std::size_t lanes) noexcept
{
    return header.weight_bits == 32 ? lanes / 2 : lanes * 4 / 5;
}

// Lanes for the next of so many contexts, up to `most`; 0: one by one.
std::size_t lanes_for(const Header& header, std::size_t count, std::size_t most) noexcept
{
    std::size_t lanes = count < most ? static_cast<std::size_t>(round_up(count, lane_step)) : most;
    while (lanes > 0 && count < smallest_batch(header, lanes)) lanes -= lane_step;
    return lanes;
}

void from_embedding(const View& view, const std::int32_t* context, float* x) noexcept
{
    const std::size_t size = view.header->embedding_size, inputs = size * view.header->context_length;
    std::memset(x + inputs, 0, static_cast<std::size_t>(round_up(inputs, 16) - inputs) * sizeof(float));
    for (std::ptrdiff_t place = 0; place < view.context_length(); ++place) {
        const std::size_t from = static_cast<std::size_t>(context[place]) * size;
        std::memcpy(x + static_cast<std::size_t>(place) * size, view.first + from, size * sizeof(float));
    }
}

void batch_from_embedding(const View& view, const std::int32_t* contexts, std::ptrdiff_t lanes, float* x) noexcept
{
    const std::ptrdiff_t size = view.header->embedding_size, length = view.context_length();
    for (std::ptrdiff_t place = 0; place < length; ++place) {
        for (std::ptrdiff_t lane = 0; lane < lanes; ++lane) {
            const float* from = view.first + contexts[place * lanes + lane] * size;
            float* to = x + place * size * lanes + lane;
            for (std::ptrdiff_t e = 0; e < size; ++e) to[e * lanes] = from[e];
        }
    }
}

// to (columns, rows) = the first columns of from (rows, stride), transposed.
template <class T>
void transpose(const T* from, std::size_t rows, std::size_t stride, std::size_t columns, T* to) noexcept
{
    for (std::size_t column = 0; column < columns; ++column) {
        for (std::size_t row = 0; row < rows; ++row) *to++ = from[row * stride + column];
    }
}

// Contexts (count, length) as a batch's (length, lanes). Lanes without a context get symbol 0's.
void load_contexts(const std::int32_t* contexts, std::size_t count, std::size_t length,
                   const Workspace& workspace) noexcept
{
    const auto lanes = static_cast<std::size_t>(workspace.plan.lanes);
    for (std::size_t place = 0; place < length; ++place) {
        std::int32_t* ids = workspace.contexts + place * lanes;
        for (std::size_t i = 0; i < lanes; ++i) ids[i] = i < count ? contexts[i * length + place] : 0;
    }
}

// y = activation(bias + W x) of one context or of a batch, whatever the weights. x is overwritten where they are bytes.
void run_layer(const View& view, const Dense& layer, const Workspace& workspace, float* x, float* y) noexcept
{
    const std::ptrdiff_t lanes = workspace.plan.lanes;
    if (layer.weight_bits != 8) {
        if (lanes == 1) return view.kernels->layer(layer, x, y);
        return view.kernels->layer_batch(layer, lanes, x, workspace.rows, y);
    }
    float steps[max_lanes];
    view.kernels->quantise(layer.inputs, lanes, layer.input_bound, x, steps);
    if (lanes == 1) {
        view.dots->one(layer, x, steps, y);
    } else {
        view.dots->batch(layer, lanes, x, steps, y);
    }
    view.kernels->activate(layer.activation, lanes == 1 ? layer.stride : layer.outputs * lanes, y);
}

float* run_layers(const View& view, const Workspace& workspace) noexcept
{
    float* from = workspace.one;
    float* to = workspace.other;
    for (std::uint32_t i = view.has_table() ? 1 : 0; i < view.layer_count(); ++i) {
        run_layer(view, view.layer(i), workspace, from, to);
        std::swap(from, to);
    }
    return from;
}

} // namespace

Plan make_plan(const Header& header, std::size_t batch) noexcept
{
    const bool single = batch < smallest_batch(header, lane_step);
    const std::size_t lanes = single              ? 1
                              : batch > max_lanes ? max_lanes
                                                  : static_cast<std::size_t>(round_up(batch, lane_step));
    std::uint64_t widest = layer_size(header, 0).stride(), widest_row = widest;
    for (std::uint32_t i = 0; i <= header.inner_layers; ++i) {
        const LayerSize size = layer_size(header, i);
        widest = size.stride() > widest ? size.stride() : widest;
        widest_row = size.stride() > widest_row ? size.stride() : widest_row;
        const bool reads = i > 0 || header.first_layer == first_embedding;
        if (reads && size.inputs > widest) widest = size.inputs;
    }
    Plan plan{};
    plan.lanes = static_cast<std::ptrdiff_t>(lanes);
    plan.one = static_cast<std::size_t>(round_up(widest * lanes, 16));
    const std::uint64_t rows = header.first_layer == first_embedding ? 0 : 16 * layer_size(header, 0).stride();
    const std::uint64_t widened = header.weight_bits == 16 ? widened_inputs * widest_row : 0;
    plan.rows = single ? 0 : static_cast<std::size_t>(rows > widened ? rows : widened);
    plan.contexts = static_cast<std::size_t>(round_up((single ? 2 : lanes) * header.context_length, 16));
    return plan;
}

nib_status make_workspace(const Header& header, std::size_t batch, void* memory, std::size_t bytes,
                          Workspace& workspace) noexcept
{
    if (reinterpret_cast<std::uintptr_t>(memory) % 64 != 0) return NIB_ERR_WORKSPACE;
    Plan plan = make_plan(header, batch);
    while (plan.bytes() > bytes) {
        if (plan.lanes == 1) return NIB_ERR_WORKSPACE;
        plan = make_plan(header, static_cast<std::size_t>(plan.lanes) > lane_step
                                     ? static_cast<std::size_t>(plan.lanes) - lane_step
                                     : 1);
    }
    auto* floats = static_cast<float*>(memory);
    workspace = {.plan = plan,
                 .one = floats,
                 .other = floats + plan.one,
                 .rows = floats + 2 * plan.one,
                 .contexts = reinterpret_cast<std::int32_t*>(floats + 2 * plan.one + plan.rows)};
    return NIB_OK;
}

float* logits_of_one(const View& view, const std::int32_t* context, const Workspace& batched) noexcept
{
    Workspace workspace = batched;
    workspace.plan.lanes = 1;
    if (view.has_table()) {
        view.kernels->lookup(view.lookup(), context, workspace.one);
    } else {
        from_embedding(view, context, workspace.one);
    }
    return run_layers(view, workspace);
}

float* logits_of_batch(const View& view, const Workspace& workspace) noexcept
{
    const std::ptrdiff_t lanes = workspace.plan.lanes;
    if (view.has_table()) {
        for (std::ptrdiff_t i = 0; i < lanes; i += 16) {
            view.kernels->lookup_batch(view.lookup(), lanes, workspace.contexts + i, workspace.rows, workspace.one + i);
        }
    } else {
        batch_from_embedding(view, workspace.contexts, lanes, workspace.one);
    }
    return run_layers(view, workspace);
}

void logits(const View& view, const std::int32_t* contexts, std::size_t count, float* out,
            const Workspace& workspace) noexcept
{
    const auto most = static_cast<std::size_t>(workspace.plan.lanes);
    const auto length = static_cast<std::size_t>(view.context_length());
    const auto vocabulary = static_cast<std::size_t>(view.vocabulary());
    while (most > 1) {
        const std::size_t lanes = lanes_for(*view.header, count, most);
        if (lanes == 0) break;
        const std::size_t n = count < lanes ? count : lanes;
        Workspace pass = workspace;
        pass.plan.lanes = static_cast<std::ptrdiff_t>(lanes);
        load_contexts(contexts, n, length, pass);
        transpose(logits_of_batch(view, pass), vocabulary, lanes, n, out);
        contexts += n * length;
        out += n * vocabulary;
        count -= n;
    }
    for (; count > 0; --count, contexts += length, out += vocabulary) {
        std::memcpy(out, logits_of_one(view, contexts, workspace), vocabulary * sizeof(float));
    }
}

nib_status check_test_vector(const View& view, const Workspace& workspace) noexcept
{
    // Where activations are rounded to bytes, the last bit of a float (SSE2 has no fma) decides about a step of 1/127.
    const float tolerance = view.header->weight_bits == 8 ? 0.05f : 1e-4f;
    for (std::uint32_t test = 0; test < view.header->tests; ++test) {
        const float* expected = view.test_logits + test * view.header->vocabulary;
        const float* computed = logits_of_one(view, view.test_contexts + test * view.header->context_length, workspace);
        float largest = 1.0f;
        for (std::ptrdiff_t i = 0; i < view.vocabulary(); ++i) {
            const float size = __builtin_fabsf(expected[i]);
            if (!(size <= __FLT_MAX__)) return NIB_ERR_FORMAT;
            largest = size > largest ? size : largest;
        }
        for (std::ptrdiff_t i = 0; i < view.vocabulary(); ++i) {
            // This and the comparison above are written so that NaN fails.
            if (!(__builtin_fabsf(computed[i] - expected[i]) <= tolerance * largest)) return NIB_ERR_FORMAT;
        }
    }
    return NIB_OK;
}

} // namespace nib::infer
