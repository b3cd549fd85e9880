#include "train/divergence.hpp"

#include "activations/description.hpp"
#include "base/finite.hpp"
#include "layers/activation.hpp"
#include "layers/batchnorm.hpp"
#include "layers/conv.hpp"
#include "layers/linear.hpp"
#include "layers/list.hpp"
#include "net/file_tensors.hpp"
#include "optim/learning_rate.hpp"

#include <algorithm>
#include <cmath>
#include <cstdarg>
#include <cstddef>
#include <cstdio>

namespace nib {

namespace {

// The tensor with the largest number: "hidden.0.linear.weight reaches 3e+20".
std::string largest(const Model& model)
{
    const Tensor* where = &model.layout.tensors.front();
    float most = -1;
    for (const Tensor& tensor : model.layout.tensors) {
        for (std::ptrdiff_t r = 0; r < tensor.rows; ++r) {
            for (std::ptrdiff_t c = 0; c < tensor.columns; ++c) {
                const float* at = model.at(tensor.offset + tensor.place(r, c));
                if (std::abs(*at) <= most) continue;
                most = std::abs(*at);
                where = &tensor;
            }
        }
    }
    char text[32];
    std::snprintf(text, sizeof text, " reaches %.3g", static_cast<double>(most));
    return where->name + text;
}

[[gnu::format(printf, 1, 2)]] std::string formatted(const char* format, ...)
{
    char text[256];
    std::va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return text;
}

// The highest learning rate of the steps before this one.
double highest_rate(const nib_train_options& options, std::int64_t step)
{
    return learning_rate(options, std::min(step - 1, std::max<std::int64_t>(options.warmup_steps - 1, 0)));
}

// The cause if weight decay makes a weight change its sign and grow at each step.
std::string cause_in_weight_decay(const nib_train_options& options, double rate)
{
    if (options.optimizer != NIB_ADAMW || rate * options.weight_decay <= 2) return "";
    return formatted(
        "likely a weight_decay of %g is too high: with a learning rate of %g, a step multiplies each weight "
        "by %.3g",
        options.weight_decay, rate, 1 - rate * options.weight_decay);
}

bool is_convolution(const LayerKind& kind) { return &kind == &conv1d_layer || &kind == &conv2d_layer; }

// How a layer's weights and biases are drawn: its gain, how many times the size of its inputs its sums have, and the
// size of its biases.
struct InitialSums {
    double gain, times, bias_init;
};

InitialSums initial_sums_of(const Node& node)
{
    if (is_convolution(*node.kind)) {
        const double gain = node.spec.options.as<ConvOptions>().gain;
        return {gain, gain, 0};
    }
    const auto& o = node.spec.options.as<LinearOptions>();
    const double inputs = o.init == WeightInit::scaled ? std::sqrt(static_cast<double>(node.in.rows())) : 1;
    return {o.gain, o.gain * inputs, o.bias_init};
}

// Follows the typical size of the sums through the layers as they were initialised: it starts from embeddings of 1,
// each layer multiplies it by its gain, batch normalisation sets it to its weight, and tanh and similar activations
// bound it. The largest size in the lecture is 14.
std::string cause_in_initial_weights(const Model& model)
{
    constexpr double most_sum = 1e3;
    constexpr double most_normalised = 1e17; // its square, over a batch, exceeds a float
    const std::vector<Node>& nodes = model.network.nodes();
    double size = 1;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const Node& node = nodes[i];
        if (node.kind == &batchnorm_layer) {
            const double gain = node.spec.options.as<BatchnormOptions>().gain;
            size = std::abs(gain);
            if (size > most_sum)
                return formatted("likely the initial weights are too large: the gain of layer %s is %g",
                                 node.name().c_str(), gain);
        } else if (node.kind->passes_gain && node.kind->initialise != nullptr) {
            size = 1; // a norm over the features
        } else if (is_activation(*node.kind)) {
            const float bound = activations::description_of(activation_of(node.spec)).bound;
            if (bound > 0) size = std::min<double>(size, bound);
        } else if (node.kind == &linear_layer || is_convolution(*node.kind)) {
            const auto [gain, times, bias_init] = initial_sums_of(node);
            const bool normalised = node.has_next && nodes[i + 1].kind == &batchnorm_layer;
            size *= times;
            if (size > (normalised ? most_normalised : most_sum))
                return formatted(
                    "likely the initial weights are too large: the gain of layer %s is %g, which makes its sums about "
                    "%.3g",
                    node.name().c_str(), gain, size);
            if (bias_init > most_sum)
                return formatted("likely the initial biases are too large: bias-init of layer %s is %g",
                                 node.name().c_str(), bias_init);
        }
    }
    return "";
}

// The fewer numbers a mean is over, the likelier a neuron, or a channel, is nearly the same in all of them. Its std is
// then nearly 0, and dividing by it multiplies the gradient.
std::string cause_in_batches(const Model& model, const nib_train_options& options, double rate)
{
    constexpr std::int32_t enough = 8;
    if (model.layout.running.empty()) return "";
    const double low = options.optimizer == NIB_SGD ? 0.01 : 1e-3; // a tenth of the presets' or less
    const bool divides_by_0 = std::any_of(model.layout.running.begin(), model.layout.running.end(),
                                          [](const Running& running) { return running.divides_by_spread; });
    const std::vector<Node>& nodes = model.network.nodes();
    const bool has_few = std::any_of(nodes.begin(), nodes.end(), [&](const Node& node) {
        return node.kind == &batchnorm_layer && options.batch_size * node.in.positions() < enough;
    });
    if (!divides_by_0 && !has_few) return "";
    const std::string batch =
        divides_by_0
            ? "a neuron had the same value for the whole batch, whose variance 0 was divided by (batchnorm eps=0)"
            : formatted("a batch_size of %d is too small for batch normalisation: where the examples differ little, it "
                        "divides by a std near 0",
                        options.batch_size);
    return rate < low ? "likely " + batch : formatted("either a learning rate of %g is too high, or ", rate) + batch;
}

} // namespace

std::string not_finite(const Model& model)
{
    for (const Running& running : model.layout.running) {
        const auto statistics = [&](std::ptrdiff_t at) {
            return model.running.span().subspan(static_cast<std::size_t>(at), static_cast<std::size_t>(running.size));
        };
        if (!all_finite(statistics(running.mean))) return running.mean_name();
        if (!all_finite(statistics(running.spread))) return running.variance_name();
    }
    if (all_finite(model.parameters.span())) return "";
    for (const Tensor& tensor : model.layout.tensors) {
        const auto size = static_cast<std::size_t>(tensor.line_size());
        for (std::ptrdiff_t line = 0; line < tensor.lines(); ++line) {
            if (!all_finite({model.at(tensor.offset + line * tensor.line_stride()), size})) return tensor.name;
        }
    }
    return "the padding"; // no step writes to it
}

std::string likely_cause(const Model& model, const nib_train_options& options, std::int64_t step)
{
    const std::string broken = not_finite(model);
    if (step == 0)
        return broken.empty() ? "before any update, so the initial weights are too large: " + largest(model)
                              : broken + " held a number that is not finite before training";
    const double rate = highest_rate(options, step);
    for (const std::string& cause : {cause_in_weight_decay(options, rate), cause_in_initial_weights(model),
                                     cause_in_batches(model, options, rate)}) {
        if (!cause.empty()) return cause;
    }
    return formatted("likely a learning rate of %g is too high: ", rate) +
           (broken.empty() ? largest(model) : broken + " has overflowed");
}

} // namespace nib
