#include "train/divergence.hpp"

#include "activations/description.hpp"
#include "base/finite.hpp"
#include "nn/file_tensors.hpp"
#include "train/schedule.hpp"

#include <cmath>
#include <cstdarg>
#include <cstddef>
#include <cstdio>

namespace nib {

namespace {

// The tensor with the largest number, "hidden.0.linear.weight reaches 3e+20".
std::string largest(const Model& model)
{
    const Tensor* where = &model.layout.tensors.front();
    float most = -1;
    for (const Tensor& tensor : model.layout.tensors) {
        for (std::ptrdiff_t r = 0; r < tensor.rows; ++r) {
            for (std::ptrdiff_t c = 0; c < tensor.columns; ++c) {
                const float* at = model.at(tensor.offset + r * tensor.row_stride + c * tensor.column_stride);
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

std::string name_of(const Layout& layout, std::size_t layer)
{
    return layer + 1 == layout.layers.size() ? "output" : "hidden." + std::to_string(layer);
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

// A weight changes its sign and grows at each step.
std::string cause_in_weight_decay(const nib_train_options& options, double rate)
{
    if (options.optimizer != NIB_ADAMW || rate * options.weight_decay <= 2) return "";
    return formatted(
        "likely a weight_decay of %g is too high: with a learning rate of %g, a step multiplies each weight "
        "by %.3g",
        options.weight_decay, rate, 1 - rate * options.weight_decay);
}

// Follows the typical size of the sums through the layers, as they were drawn: from embeddings of 1, each layer
// multiplies it by its gain, batch normalisation makes it its weight, and tanh and its like keep to their bound. The
// lecture's largest is 14.
std::string cause_in_initial_weights(const Model& model)
{
    constexpr double most_sum = 1e3;
    constexpr double most_normalised = 1e17; // its square, over a batch, is no float
    const nib_model_options& o = model.options;
    const activations::Description& activation = activations::description_of(o.activation);
    const double hidden_gain = o.hidden_gain > 0 ? o.hidden_gain : activation.gain;
    double size = 1;
    for (std::size_t i = 0; i < model.layout.layers.size(); ++i) {
        const Layer& layer = model.layout.layers[i];
        const bool last = i + 1 == model.layout.layers.size();
        const double gain = last ? o.output_gain : hidden_gain;
        const bool scaled = (last ? o.output_init : o.hidden_init) == NIB_WEIGHT_SCALED;
        const double bias = layer.norm ? 0 : (last ? o.output_bias_scale : o.hidden_bias_scale);
        const double sum = size * gain * (scaled ? std::sqrt(static_cast<double>(layer.inputs)) : 1);
        const double norm_gain = last ? std::abs(o.output_bn_gain) : 1;
        const char* const prefix = last ? "output" : "hidden";
        if (sum > (layer.norm ? most_normalised : most_sum))
            return formatted(
                "likely the initial weights are too large: %s_gain is %g, which makes the sums of %s about "
                "%.3g",
                prefix, gain, name_of(model.layout, i).c_str(), sum);
        if (bias > most_sum)
            return formatted("likely the initial biases are too large: %s_bias_scale is %g", prefix, bias);
        if (layer.norm && norm_gain > most_sum)
            return formatted("likely the initial weights are too large: output_bn_gain is %g", norm_gain);
        size = layer.norm ? norm_gain : sum;
        if (activation.bound > 0) size = std::min<double>(size, activation.bound);
    }
    return "";
}

// The fewer examples, the likelier is a minibatch for all of which a neuron is nearly the same. Its std is nearly 0,
// and the division by it multiplies the gradient.
std::string cause_in_batches(const Model& model, const nib_train_options& options, double rate)
{
    constexpr std::int32_t enough = 8;
    if (model.options.batchnorm == 0 && model.options.output_batchnorm == 0) return "";
    const double low = options.optimizer == NIB_SGD ? 0.01 : 1e-3; // a tenth of the presets' and less
    const bool divides_by_0 = model.options.bn_eps == 0 || model.options.bn_running == NIB_BN_RUNNING_STD;
    if (!divides_by_0 && options.batch_size >= enough) return "";
    const std::string batch =
        divides_by_0
            ? "a neuron had the same value for the whole batch, whose variance 0 was divided by (bn_eps 0)"
            : formatted("a batch_size of %d is too small for batch normalisation: where the examples differ little, it "
                        "divides by a std near 0",
                        options.batch_size);
    return rate < low ? "likely " + batch : formatted("either a learning rate of %g is too high, or ", rate) + batch;
}

} // namespace

std::string not_finite(const Model& model)
{
    for (const Running& running : running_of(model.layout)) {
        const auto statistics = [&](std::ptrdiff_t at) {
            return model.running.span().subspan(static_cast<std::size_t>(at), running.outputs);
        };
        if (!all_finite(statistics(running.layer->running_mean))) return running.mean;
        if (!all_finite(statistics(running.layer->running_variance))) return running.variance;
    }
    if (all_finite(model.parameters.span())) return "";
    for (const Tensor& tensor : model.layout.tensors) {
        // The rows that are contiguous: those of a matrix that is stored by its columns are columns.
        const bool by_columns = tensor.column_stride != 1;
        const std::ptrdiff_t rows = by_columns ? tensor.columns : tensor.rows;
        const std::ptrdiff_t stride = by_columns ? tensor.column_stride : tensor.row_stride;
        const auto length = static_cast<std::size_t>(by_columns ? tensor.rows : tensor.columns);
        for (std::ptrdiff_t r = 0; r < rows; ++r) {
            if (!all_finite({model.at(tensor.offset + r * stride), length})) return tensor.name;
        }
    }
    return "the padding"; // which no step writes to
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
