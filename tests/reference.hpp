// Any network in double precision, an example at a time, written only for clarity. nib's kernels, layers and gradients
// are compared with it, and net/reference_test.cpp compares it with PyTorch.
#pragma once

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
        if (word == "flatten") return x; // number e of symbol t is t * E + e already
        if (word == "linear") return multiply(node, x);
        if (word == "batchnorm") return normalise(node, x, training);
        if (word == "layernorm" || word == "rmsnorm") return standardise(node, x);
        if (word == "dropout") return training ? drop(node, x) : x;
        if (word == "standardize" || word == "unscale") return scale(node, x);
        if (word == "residual") return add(x, before[static_cast<std::size_t>(node.shortcut)]);
        if (is_activation(*node.kind)) return activate(activation_of(node.spec), x);
        throw std::logic_error("the reference does not know " + node.name());
    }

    Batch embed(const Node& node, const std::vector<std::int32_t>& contexts) const
    {
        const auto length = static_cast<std::size_t>(node.in.length), size = static_cast<std::size_t>(node.out.width);
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
        for (std::size_t i = 0; i < weight.size(); ++i) {
            normalise(node, i, y, training);
            for (Vector& example : y) example[i] = weight[i] * example[i] + bias[i];
        }
        return y;
    }

    // Number i of each example, minus its mean and divided by its deviation.
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
            for (const Vector& example : z) mean += example[i] / n;
            for (const Vector& example : z) scatter += (example[i] - mean) * (example[i] - mean);
            variance = scatter / (is(node, "variance", "unbiased") ? n - 1 : n);
            const double spread = is_std ? std::sqrt(scatter / (n - 1)) : scatter / (n - 1);
            running_mean += option(node, "momentum") * (mean - running_mean);
            running_var += option(node, "momentum") * (spread - running_var);
        }
        const double divisor = std::sqrt(variance + (is_std ? 0.0 : option(node, "eps")));
        least_divisor = std::min(least_divisor, divisor);
        for (Vector& example : z) example[i] = (example[i] - mean) / divisor;
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
        const auto layer = static_cast<std::uint64_t>(&node - network_.nodes().data());
        Batch y = x;
        for (std::size_t e = 0; e < y.size(); ++e) {
            for (std::size_t row = 0; row < y[e].size(); ++row) {
                const std::uint32_t counter[4] = {static_cast<std::uint32_t>(e), static_cast<std::uint32_t>(row / 4),
                                                  static_cast<std::uint32_t>(step),
                                                  static_cast<std::uint32_t>(step >> 32)};
                std::uint32_t words[4];
                nib_internal_philox4x32(seed_ | layer << 32, counter, words);
                const bool is_kept = words[row % 4] >= std::floor(probability * 0x1p32);
                y[e][row] *= is_kept ? 1 / (1 - probability) : 0;
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
