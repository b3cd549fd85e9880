// Any network in double precision, an example at a time, written only for clarity. nib's kernels, layers and gradients
// are compared with it, and net/reference_test.cpp compares it with PyTorch.
#pragma once

#include "base/extents.hpp"
#include "exact.hpp"
#include "examples.hpp"
#include "layers/activation.hpp"
#include "net/model.hpp"
#include "random/philox.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace nib::test {

using Vector = std::vector<double>;
using Batch = std::vector<Vector>; // by example

class Reference {
public:
    // By state_dict's names, dense, (rows, columns).
    using Tensors = std::map<std::string, Vector>;

    explicit Reference(const Network& network, std::uint32_t seed = 0) : network_(network), seed_(seed) {}

    // The model's parameters and running statistics; running_var holds the layer's quantity, variance or std.
    explicit Reference(const Model& model) : Reference(model.network, model.seed)
    {
        for (const Tensor& tensor : model.layout.tensors) {
            std::vector<float> values(static_cast<std::size_t>(tensor.rows * tensor.columns));
            read_tensor(tensor, model.parameters.data(), values.data());
            tensors[tensor.name] = Vector(values.begin(), values.end());
        }
        for (const Running& each : model.layout.running) {
            const float* mean = model.running.data() + each.mean;
            const float* spread = model.running.data() + each.spread;
            running[each.mean_name()] = Vector(mean, mean + each.size);
            running[each.variance_name()] = Vector(spread, spread + each.size);
        }
        for (const Scale& each : model.layout.scales) {
            const float *mean = model.running.data() + each.mean, *factor = model.running.data() + each.factor;
            scales_[each.mean_name()] = Vector(mean, mean + each.size);
            scales_[each.factor_name()] = Vector(factor, factor + each.size);
        }
        loss_ = model.loss;
    }

    // The values that pass between the nodes, numbered as in Node; value 0 is the rows, and empty for contexts.
    // Training mode updates `running`, too.
    std::vector<Batch> values(const std::vector<std::int32_t>& contexts, bool training)
    {
        return values(Examples{contexts, {}, {}, {}, {}}, training);
    }
    std::vector<Batch> values(const Examples& examples, bool training)
    {
        std::vector<Batch> all(1, examples.rows);
        for (const Node& node : network_.nodes()) {
            all.push_back(value_of_node(node, examples.contexts, all, training));
            if (moved_.value == static_cast<int>(all.size()) - 1)
                all.back()[moved_.example].at(moved_.row) += moved_.by;
        }
        return all;
    }

    Batch logits(const std::vector<std::int32_t>& contexts, bool training) { return values(contexts, training).back(); }

    double loss(const Examples& examples, bool training)
    {
        const Batch z = values(examples, training).back();
        double total = 0.0, weight = 0.0;
        for (std::size_t e = 0; e < z.size(); ++e) {
            const double w = examples.weights.empty() ? 1.0 : examples.weights[e];
            total += w * loss_of_example(z[e], examples, e, training);
            weight += w;
        }
        return total / weight;
    }

    // d loss / d tensor[index] in training mode by central differences. With a third derivative of the loss of about 1,
    // truncation costs distance^2 = 1e-12 and rounding 1e-16 / distance = 1e-10.
    double slope(const std::string& tensor, std::size_t index, const Examples& examples)
    {
        double& value = tensors.at(tensor).at(index);
        const double kept = value;
        const double slope = central_difference(examples, [&](double by) { value = kept + by; });
        value = kept;
        return slope;
    }

    // The same with respect to a row of a value, for one example.
    double slope(int value, std::size_t row, std::size_t example, const Examples& examples)
    {
        const double slope = central_difference(examples, [&](double by) { moved_ = {value, row, example, by}; });
        moved_ = {};
        return slope;
    }

    Tensors tensors, running;
    std::uint64_t step = 0;          // of the training: dropout depends on it
    double least_divisor = INFINITY; // the least that batch normalisation divided by so far

private:
    template <class Move>
    double central_difference(const Examples& examples, Move move)
    {
        constexpr double distance = 1e-6;
        const Tensors before = running;
        move(distance);
        const double above = loss(examples, true);
        move(-distance);
        const double below = loss(examples, true);
        running = before;
        return (above - below) / (2 * distance);
    }

    std::string_view loss_word() const { return loss_.kind == nullptr ? "cross-entropy" : loss_.kind->word.name; }
    double loss_option(const char* name) const
    {
        const Field* const field = find_field(loss_.kind->word.keys, name);
        if (field == nullptr) throw std::logic_error(std::string(loss_word()) + " has no " + name);
        return value_of(*field, loss_.options);
    }

    double loss_of_example(const Vector& z, const Examples& examples, std::size_t e, bool training) const
    {
        if (loss_word() == "cross-entropy") {
            const double smoothing = training && loss_.kind != nullptr ? loss_option("smoothing") : 0.0;
            return cross_entropy(z, static_cast<std::size_t>(examples.targets[e]), smoothing);
        }
        if (loss_word() == "logistic") return std::log1p(std::exp(examples.targets[e] == 1 ? -z[0] : z[0]));
        double sum = 0.0;
        for (std::size_t i = 0; i < z.size(); ++i) {
            const auto unit = scales_.find(network_.nodes().back().position + ".std");
            const double by = unit == scales_.end() ? 1.0 : unit->second[i];
            const double difference = std::abs(z[i] - examples.numbers[e][i]) / by;
            sum += loss_word() == "squared" ? difference * difference : huber(difference, loss_option("delta"));
        }
        return sum / static_cast<double>(z.size());
    }

    // torch.nn.CrossEntropyLoss(label_smoothing=smoothing).
    static double cross_entropy(const Vector& z, std::size_t target, double smoothing)
    {
        double greatest = -INFINITY, sum = 0.0, mean = 0.0;
        for (const double each : z) greatest = std::max(greatest, each);
        for (const double each : z) sum += std::exp(each - greatest), mean += each / static_cast<double>(z.size());
        return std::log(sum) + greatest - (1 - smoothing) * z[target] - smoothing * mean;
    }

    // torch.nn.HuberLoss(delta=delta).
    static double huber(double difference, double delta)
    {
        return difference < delta ? difference * difference / 2 : delta * (difference - delta / 2);
    }

    Batch value_of_node(const Node& node, const std::vector<std::int32_t>& contexts, const std::vector<Batch>& before,
                        bool training)
    {
        const std::string_view word = node.kind->word.name;
        const Batch& x = before[static_cast<std::size_t>(node.input)];
        if (word == "embedding") return embed(node, contexts);
        if (word == "flatten") return x; // the numbers are in that order already
        if (word == "linear") return multiply(node, x);
        if (word == "batchnorm") return normalise(node, x, training);
        if (word == "layernorm" || word == "rmsnorm") return standardise(node, x);
        if (word == "dropout") return training ? drop(node, x) : x;
        if (word == "conv1d" || word == "conv2d") return convolve(node, x);
        if (word == "maxpool" || word == "avgpool" || word == "global-average") return pool(node, x);
        if (word == "standardize" || word == "unscale") return scale(node, x);
        if (word == "residual") return add(x, before[static_cast<std::size_t>(node.shortcut)]);
        if (is_activation(*node.kind)) return activate(activation_of(node.spec), x);
        throw std::logic_error("the reference does not know " + node.name());
    }

    Batch embed(const Node& node, const std::vector<std::int32_t>& contexts) const
    {
        const auto length = static_cast<std::size_t>(node.in.height), size = static_cast<std::size_t>(node.out.width);
        const Vector& table = tensors.at(node.position + ".weight");
        Batch x(contexts.size() / length);
        for (std::size_t i = 0; i < contexts.size(); ++i) {
            const auto* row = table.data() + static_cast<std::size_t>(contexts[i]) * size;
            x[i / length].insert(x[i / length].end(), row, row + size);
        }
        return x;
    }

    Batch multiply(const Node& node, const Batch& x) const
    {
        const auto inputs = static_cast<std::size_t>(node.in.width), outputs = static_cast<std::size_t>(node.out.width);
        const Vector& weight = tensors.at(node.position + ".weight");
        const bool has_bias = option(node, "bias") != 0;
        Batch z(x.size(), has_bias ? tensors.at(node.position + ".bias") : Vector(outputs));
        for (std::size_t e = 0; e < x.size(); ++e) {
            for (std::size_t o = 0; o < outputs; ++o) {
                for (std::size_t k = 0; k < inputs; ++k) z[e][o] += weight[o * inputs + k] * x[e][k];
            }
        }
        return z;
    }

    Batch normalise(const Node& node, const Batch& x, bool training)
    {
        const Vector &weight = tensors.at(node.position + ".weight"), &bias = tensors.at(node.position + ".bias");
        Batch y = x;
        const auto positions = static_cast<std::size_t>(node.in.positions());
        for (std::size_t i = 0; i < weight.size(); ++i) {
            Batch feature; // its numbers, each as an example of one
            for (const Vector& example : x)
                for (std::size_t p = 0; p < positions; ++p) feature.push_back({example[i * positions + p]});
            normalise(node, i, feature, training);
            for (std::size_t e = 0; e < y.size(); ++e)
                for (std::size_t p = 0; p < positions; ++p)
                    y[e][i * positions + p] = weight[i] * feature[e * positions + p][0] + bias[i];
        }
        return y;
    }

    // All numbers of feature i, minus their mean and divided by their deviation.
    void normalise(const Node& node, std::size_t i, Batch& z, bool training)
    {
        const bool is_std = is(node, "running", "std");
        double& running_mean = running.at(node.position + ".running_mean")[i];
        double& running_var = running.at(node.position + ".running_var")[i];
        double mean = running_mean, variance = is_std ? running_var * running_var : running_var;
        if (training) {
            const auto n = static_cast<double>(z.size());
            double scatter = 0.0;
            mean = 0.0;
            for (const Vector& example : z) mean += example[0] / n;
            for (const Vector& example : z) scatter += (example[0] - mean) * (example[0] - mean);
            variance = scatter / (is(node, "variance", "unbiased") ? n - 1 : n);
            const double spread = is_std ? std::sqrt(scatter / (n - 1)) : scatter / (n - 1);
            running_mean += option(node, "momentum") * (mean - running_mean);
            running_var += option(node, "momentum") * (spread - running_var);
        }
        const double divisor = std::sqrt(variance + (is_std ? 0.0 : option(node, "eps")));
        least_divisor = std::min(least_divisor, divisor);
        for (Vector& example : z) example[0] = (example[0] - mean) / divisor;
    }

    // An option that is one number for both axes, or two.
    static std::ptrdiff_t window_option(const Node& node, const char* name, int axis, std::ptrdiff_t absent)
    {
        const std::span<const Field> sizes = node.kind->word.sizes, keys = node.kind->word.keys;
        const Field* found = find_field(sizes, name);
        if (found == nullptr) found = find_field(keys, name);
        if (found == nullptr) return absent;
        const Extents e = unpacked_extents(static_cast<std::int64_t>(value_of(*found, node.spec.options)));
        return static_cast<std::ptrdiff_t>(e.n[e.count == 1 ? 0 : axis]);
    }

    // The window of a convolution or a pool along each axis, and the place that each tap meets.
    struct Axis {
        std::ptrdiff_t in, out, taps, stride, padding, dilation;

        std::ptrdiff_t at(std::ptrdiff_t o, std::ptrdiff_t tap) const { return o * stride - padding + tap * dilation; }
        bool holds(std::ptrdiff_t place) const { return place >= 0 && place < in; }
    };
    static Axis axis_of(const Node& node, int axis)
    {
        const std::ptrdiff_t in = axis == 0 ? node.in.height : node.in.width;
        const std::ptrdiff_t out = axis == 0 ? node.out.height : node.out.width;
        if (std::string_view(node.kind->word.name) == "global-average") return {in, 1, in, 1, 0, 1};
        if (axis == 0 && node.in.kind == ShapeKind::signal) return {1, 1, 1, 1, 0, 1};
        const std::ptrdiff_t taps = window_option(node, "kernel", axis, 0);
        const std::ptrdiff_t stride = window_option(node, "stride", axis, 1);
        return {in, out, taps, stride == 0 ? taps : stride, window_option(node, "padding", axis, 0),
                window_option(node, "dilation", axis, 1)};
    }

    // f(output's place in a plane, tap, input's place in a plane) for every tap that meets the plane.
    template <class F>
    static void for_taps(const Axis& y, const Axis& x, F f)
    {
        for (std::ptrdiff_t oy = 0; oy < y.out; ++oy)
            for (std::ptrdiff_t ox = 0; ox < x.out; ++ox)
                for (std::ptrdiff_t ky = 0; ky < y.taps; ++ky)
                    for (std::ptrdiff_t kx = 0; kx < x.taps; ++kx)
                        if (y.holds(y.at(oy, ky)) && x.holds(x.at(ox, kx)))
                            f(static_cast<std::size_t>(oy * x.out + ox), static_cast<std::size_t>(ky * x.taps + kx),
                              static_cast<std::size_t>(y.at(oy, ky) * x.in + x.at(ox, kx)));
    }

    Batch convolve(const Node& node, const Batch& x) const
    {
        const Axis vertical = axis_of(node, 0), horizontal = axis_of(node, 1);
        const auto groups = static_cast<std::size_t>(option(node, "groups"));
        const auto outputs = static_cast<std::size_t>(node.out.channels);
        const std::size_t channels = static_cast<std::size_t>(node.in.channels) / groups;
        const auto in = static_cast<std::size_t>(node.in.positions());
        const auto out = static_cast<std::size_t>(node.out.positions());
        const auto taps = static_cast<std::size_t>(vertical.taps * horizontal.taps);
        const Vector& weight = tensors.at(node.position + ".weight");
        Batch z(x.size(), Vector(outputs * out));
        for (std::size_t o = 0; o < outputs; ++o) {
            const std::size_t first = o / (outputs / groups) * channels;
            const double bias = option(node, "bias") != 0 ? tensors.at(node.position + ".bias")[o] : 0;
            for (std::size_t e = 0; e < x.size(); ++e) {
                for (std::size_t p = 0; p < out; ++p) z[e][o * out + p] = bias;
                for_taps(vertical, horizontal, [&](std::size_t to, std::size_t tap, std::size_t from) {
                    for (std::size_t c = 0; c < channels; ++c)
                        z[e][o * out + to] += weight[(o * channels + c) * taps + tap] * x[e][(first + c) * in + from];
                });
            }
        }
        return z;
    }

    Batch pool(const Node& node, const Batch& x) const
    {
        const bool is_max = std::string_view(node.kind->word.name) == "maxpool";
        const Axis vertical = axis_of(node, 0), horizontal = axis_of(node, 1);
        const auto channels = static_cast<std::size_t>(node.in.channels);
        const auto in = static_cast<std::size_t>(node.in.positions());
        const std::size_t out = static_cast<std::size_t>(node.out.rows()) / channels;
        const auto taps = static_cast<double>(vertical.taps * horizontal.taps);
        Batch y(x.size(), Vector(channels * out, is_max ? -INFINITY : 0.0));
        for (std::size_t e = 0; e < x.size(); ++e) {
            for (std::size_t c = 0; c < channels; ++c) {
                for_taps(vertical, horizontal, [&](std::size_t to, std::size_t, std::size_t from) {
                    double& result = y[e][c * out + to];
                    const double met = x[e][c * in + from];
                    result = is_max ? std::max(result, met) : result + met / taps;
                });
            }
        }
        return y;
    }

    // Over the features of each example: layernorm subtracts the mean, and has a bias.
    Batch standardise(const Node& node, const Batch& x)
    {
        const Vector& weight = tensors.at(node.position + ".weight");
        const auto bias = tensors.find(node.position + ".bias");
        const bool is_centred = bias != tensors.end();
        Batch y = x;
        for (Vector& example : y) {
            const auto n = static_cast<double>(example.size());
            double mean = 0.0, square = 0.0;
            for (const double each : example) mean += is_centred ? each / n : 0;
            for (const double each : example) square += (each - mean) * (each - mean) / n;
            const double divisor = std::sqrt(square + option(node, "eps"));
            least_divisor = std::min(least_divisor, divisor);
            for (std::size_t i = 0; i < example.size(); ++i)
                example[i] = weight[i] * (example[i] - mean) / divisor + (is_centred ? bias->second[i] : 0);
        }
        return y;
    }

    // kernels/table.hpp's Dropout defines which word decides.
    Batch drop(const Node& node, const Batch& x) const
    {
        const double probability = value_of(node.kind->word.sizes.front(), node.spec.options);
        const auto together = static_cast<std::size_t>(is(node, "of", "channels") ? node.in.positions() : 1);
        const auto layer = static_cast<std::uint64_t>(&node - network_.nodes().data());
        Batch y = x;
        for (std::size_t e = 0; e < y.size(); ++e) {
            for (std::size_t number = 0; number < y[e].size(); ++number) {
                const std::size_t row = number / together;
                const std::uint32_t counter[4] = {static_cast<std::uint32_t>(e), static_cast<std::uint32_t>(row / 4),
                                                  static_cast<std::uint32_t>(step),
                                                  static_cast<std::uint32_t>(step >> 32)};
                std::uint32_t words[4];
                nib_internal_philox4x32(seed_ | layer << 32, counter, words);
                const bool is_kept = words[row % 4] >= std::floor(probability * 0x1p32);
                y[e][number] *= is_kept ? 1 / (1 - probability) : 0;
            }
        }
        return y;
    }

    Batch scale(const Node& node, const Batch& x) const
    {
        const Vector& mean = scales_.at(node.position + ".mean");
        const auto inverse_std = scales_.find(node.position + ".inverse_std");
        Batch y = x;
        for (Vector& example : y) {
            for (std::size_t i = 0; i < mean.size(); ++i) {
                example[i] = inverse_std != scales_.end()
                                 ? (example[i] - mean[i]) * inverse_std->second[i]
                                 : example[i] * scales_.at(node.position + ".std")[i] + mean[i];
            }
        }
        return y;
    }

    static Batch add(const Batch& a, const Batch& b)
    {
        Batch sum = a;
        for (std::size_t e = 0; e < a.size(); ++e) {
            for (std::size_t i = 0; i < a[e].size(); ++i) sum[e][i] += b[e].at(i);
        }
        return sum;
    }

    static Batch activate(nib_activation activation, const Batch& x)
    {
        Batch y = x;
        for (Vector& example : y) {
            for (double& each : example) each = exact_activation(activation, each);
        }
        return y;
    }

    static const Field& key(const Node& node, const char* name)
    {
        const Field* const field = find_field(node.kind->word.keys, name);
        if (field == nullptr) throw std::logic_error(std::string(node.kind->word.name) + " has no " + name);
        return *field;
    }
    static double option(const Node& node, const char* name) { return value_of(key(node, name), node.spec.options); }
    static bool is(const Node& node, const char* name, std::string_view word)
    {
        return key(node, name).words[static_cast<std::size_t>(option(node, name))] == word;
    }

    struct Moved {
        int value = -1; // none
        std::size_t row = 0, example = 0;
        double by = 0;
    };

    Network network_;
    std::uint64_t seed_;
    Tensors scales_; // of standardize and unscale
    LossSpec loss_{};
    Moved moved_;
};

} // namespace nib::test
