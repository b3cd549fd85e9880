// one_answer/<preset>: what it costs on one thread that the gradient of each layer's input is made by groups of
// neurons and added up in order, which is what gives the same bits on any number of threads. The other choice is one
// product over all neurons. us_more is the difference over all layers of a step.
#include "arrays.hpp"
#include "benchmarks.hpp"
#include "kernels/table.hpp"
#include "measure.hpp"
#include "net/layout.hpp"
#include "train/presets.hpp"
#include "train/shares.hpp"

namespace nib::bench {

namespace {

// dx (inputs, batch) = W^T dz, by so many groups, as one thread does it.
double seconds_for(const Layer& layer, std::ptrdiff_t batch, std::ptrdiff_t groups)
{
    const std::ptrdiff_t stride = row_stride(batch);
    const Buffer<float> weights = filled(layer.outputs * layer.weight_stride);
    const Buffer<float> dz = filled(layer.outputs * stride);
    Buffer<float> dx = filled(layer.inputs * stride);
    const kernels::Table& kernels = *kernels::table();
    const auto work = [&] {
        for (std::ptrdiff_t group = 0; group < groups; ++group) {
            const Range neurons = slice(layer.outputs, groups, group);
            kernels.product({.m = layer.inputs,
                             .n = batch,
                             .k = neurons.size(),
                             .a = weights.data() + neurons.first * layer.weight_stride,
                             .a_stride = layer.weight_stride,
                             .a_along_k = false,
                             .b = dz.data() + neurons.first * stride,
                             .b_stride = stride,
                             .c = dx.data(),
                             .c_stride = stride,
                             .op = group == 0 ? kernels::ProductOp::store : kernels::ProductOp::add_scaled,
                             .alpha = 1});
        }
    };
    return fastest(repeat(work), usual_budget);
}

void measure(benchmark::State& state, const Preset& preset)
{
    constexpr std::ptrdiff_t letters = 27;
    const Layout layout(preset.model, letters);
    const std::ptrdiff_t batch = preset.train.batch_size;
    double grouped = 0, whole = 0;
    for (const Layer& layer : layout.layers) {
        grouped += seconds_for(layer, batch, neuron_groups(layer.outputs));
        whole += seconds_for(layer, batch, 1);
    }
    state.SetIterationTime(grouped);
    state.counters["us_more"] = (grouped - whole) * 1e6;
}

} // namespace

void add_one_answer()
{
    for (const char* name : {"lecture-deep", "lecture-batchnorm", "default"}) {
        const Preset* preset = find_preset(name);
        add("one_answer/" + std::string(name), [=](benchmark::State& state) { measure(state, *preset); });
    }
}

} // namespace nib::bench
