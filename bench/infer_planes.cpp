// infer_planes/<network>/<threads>/<batch>: the outputs of a folded network of convolutions for pictures, on one
// thread; _int8: with weights of 8 bits. us_per_row is the time of one picture. <channels>x<height>x<width>-3x3: two
// convolutions that keep the size and the channels, as in ResNet-50.
#include "arrays.hpp"
#include "benchmarks.hpp"
#include "measure.hpp"
#include "opened.hpp"
#include "recipe.hpp"

#include "deploy/fold.hpp"

namespace nib::bench {

namespace {

template <int numbers, int classes>
const Dataset& pictures()
{
    static const Dataset data = rows_of_numbers(1, numbers, classes);
    return data;
}

Recipe small_recipe()
{
    Recipe recipe = preset_recipe("fashion");
    recipe.network = "conv2d 8 3x3 stride=2 padding=1, batchnorm, relu, conv2d 16 3x3 stride=2 padding=1, batchnorm, "
                     "relu, flatten, linear";
    recipe.data = pictures<28 * 28, 10>; // Fashion-MNIST
    return recipe;
}

Recipe keyword_recipe()
{
    Recipe recipe = preset_recipe("dscnn");
    recipe.data = pictures<49 * 10, 12>;
    return recipe;
}

// The taps of all windows along an axis that lie on the plane.
std::uint64_t taps_on_plane(const infer::Axis& axis, std::uint32_t in, std::uint32_t out)
{
    std::uint64_t taps = 0;
    for (std::uint64_t window = 0; window < out; ++window)
        for (std::uint64_t tap = 0; tap < axis.kernel; ++tap) {
            const std::uint64_t at = window * axis.stride + tap * axis.dilation; // beyond the padding
            if (at >= axis.padding && at < std::uint64_t{axis.padding} + in) ++taps;
        }
    return taps;
}

// The multiply-adds for a row without those of taps outside a plane, which are left out.
double needed_multiply_adds(const infer::Header& header)
{
    std::uint64_t total = infer::multiply_adds(header);
    for (std::uint32_t i = 0; i < header.operations; ++i) {
        const infer::Operation& o = infer::operations_of(header)[i];
        if (o.kind != infer::OperationKind::convolution && o.kind != infer::OperationKind::depthwise) continue;
        const std::uint64_t on_plane =
            taps_on_plane(o.y, o.in.height, o.out.height) * taps_on_plane(o.x, o.in.width, o.out.width);
        total -= (infer::taps_of(o) * o.out.pixels() - on_plane) * (o.in.channels / o.groups) * o.out.channels;
    }
    return static_cast<double>(total);
}

// Rows are computed one at a time, and the weights of these networks fit in the nearest cache. For 8-bit integers no
// demand is stated, as in infer.cpp.
Demand demand_of(const Opened& opened, double rows)
{
    if (opened.header().weight_bits == 8) return {};
    return {.flops = 2 * needed_multiply_adds(opened.header()) * rows};
}

void infer_planes(benchmark::State& state, const Recipe& recipe, nib_weights weights, std::size_t batch)
{
    const Model trained = new_model(recipe);
    Opened opened(fold(trained, process_heap(), {weights}), 1, batch);
    const infer::Header& header = opened.header();
    const Buffer<float> rows = filled(static_cast<std::ptrdiff_t>(batch * header.inputs));
    std::vector<float> outputs(batch * header.outputs);
    Buffer<char>& workspace = opened.workspaces[0];
    const Burst burst = repeat(
        [&] { nib_infer_run(&opened.model, rows.data(), batch, outputs.data(), workspace.data(), workspace.size()); });
    const double seconds = fastest(burst, usual_budget), count = static_cast<double>(batch);
    state.SetIterationTime(seconds);
    state.counters["us_per_row"] = seconds / count * 1e6;
    state_limit(state, demand_of(opened, count), 1, seconds);
}

void add_row(const std::string& network, const Recipe& recipe, nib_weights weights, std::size_t batch)
{
    const std::string name = weights == NIB_WEIGHTS_INT8 ? "infer_planes_int8/" : "infer_planes/";
    add(name + network + "/1/" + std::to_string(batch),
        [=](benchmark::State& state) { infer_planes(state, recipe, weights, batch); });
}

void add_network(const std::string& network, const Recipe& recipe)
{
    for (const nib_weights weights : {NIB_WEIGHTS_F32, NIB_WEIGHTS_INT8})
        for (const std::size_t batch : {1, 32}) add_row(network, recipe, weights, batch);
}

template <int channels, int size>
void add_convolutions()
{
    const std::string planes = std::to_string(channels) + "x" + std::to_string(size) + "x" + std::to_string(size);
    Recipe recipe = preset_recipe("fashion");
    recipe.network = "2 x (conv2d " + std::to_string(channels) + " 3x3 padding=1, relu), global-average, linear";
    recipe.input = "floats " + planes;
    recipe.data = pictures<channels * size * size, 10>;
    add_row(planes + "-3x3", recipe, NIB_WEIGHTS_F32, 1);
}

} // namespace

void add_infer_planes(bool all)
{
    add_network("conv-8-16", small_recipe());
    add_network("dscnn", keyword_recipe());
    if (!all) return;
    add_convolutions<64, 56>();
    add_convolutions<128, 28>();
    add_convolutions<256, 14>();
    add_convolutions<512, 7>();
}

} // namespace nib::bench
