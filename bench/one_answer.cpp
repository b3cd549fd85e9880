// one_answer/<preset>: the cost, on one thread, of computing the gradient of each layer's input by groups of neurons
// and adding these up in order, which gives the same bits on any number of threads. The alternative is one product over
// all neurons. us_more is the difference over all layers of a step.
#include "arrays.hpp"
#include "benchmarks.hpp"
#include "kernels/table.hpp"
#include "layers/list.hpp"
#include "measure.hpp"
#include "net/layout.hpp"
#include "net/model_options.hpp"
#include "net/shares.hpp"
#include "train/presets.hpp"

namespace nib::bench {

namespace {

// dx (inputs, batch) = W^T dz, in this many groups, as one thread computes it; weight is W, (outputs, inputs).
double seconds_for(const Tensor& weight, std::ptrdiff_t batch, std::ptrdiff_t groups)
{
    const std::ptrdiff_t outputs = weight.rows, inputs = weight.columns;
    const std::ptrdiff_t stride = row_stride(batch);
    const Buffer<float> weights = filled(outputs * weight.row_stride);
    const Buffer<float> dz = filled(outputs * stride);
    Buffer<float> dx = filled(inputs * stride);
    const kernels::Table& kernels = *kernels::table();
    const auto work = [&] {
        for (std::ptrdiff_t group = 0; group < groups; ++group) {
            const Range neurons = slice(outputs, groups, group);
            kernels.product({.m = inputs,
                             .n = batch,
                             .k = neurons.size(),
                             .a = weights.data() + neurons.first * weight.row_stride,
                             .a_stride = weight.row_stride,
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
    const ModelDesign design(read_options(preset.model, spec_words()), {true, 0, Task::classes, letters});
    const Network& network = design.network;
    const Layout& layout = design.layout;
    const std::ptrdiff_t batch = preset.train.batch_size;
    double grouped = 0, whole = 0;
    for (std::size_t i = 0; i < network.nodes().size(); ++i) {
        if (network.nodes()[i].kind != &linear_layer) continue;
        const Tensor& weight = layout.tensor(i, 0);
        grouped += seconds_for(weight, batch, neuron_groups(weight.rows));
        whole += seconds_for(weight, batch, 1);
    }
    state.SetIterationTime(grouped);
    state.counters["us_more"] = (grouped - whole) * 1e6;
}

} // namespace

void add_one_answer()
{
    for (const char* name : {"lecture-deep", "lecture-batchnorm", "mlp"}) {
        const Preset* preset = find_preset(name);
        add("one_answer/" + std::string(name), [=](benchmark::State& state) { measure(state, *preset); });
    }
}

} // namespace nib::bench
