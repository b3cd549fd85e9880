// The network in double precision, an example at a time, written for clarity alone: what nib's kernels, layers and
// gradients are compared with. It is compared with PyTorch itself by net/reference_test.cpp.
#pragma once

#include "exact.hpp"
#include "examples.hpp"
#include "nib/nib.h"
#include "net/model.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace nib::test {

using Vector = std::vector<double>;
using Batch = std::vector<Vector>; // by example

class Reference {
public:
    // By state_dict's names, dense, (rows, columns).
    using Tensors = std::map<std::string, Vector>;

    explicit Reference(const nib_model_options& options) : options_(options) {}

    // The model's parameters and running statistics; running_var holds what the layer keeps, variance or std.
    explicit Reference(const Model& model) : Reference(model.options)
    {
        for (const Tensor& tensor : model.layout.tensors) {
            std::vector<float> values(static_cast<std::size_t>(tensor.rows * tensor.columns));
            read_tensor(tensor, model.parameters.data(), values.data());
            tensors[tensor.name] = Vector(values.begin(), values.end());
        }
        for (std::size_t i = 0; i < model.layout.layers.size(); ++i) {
            const Layer& layer = model.layout.layers[i];
            if (!layer.norm) continue;
            const float* mean = model.running.data() + layer.running_mean;
            const float* var = model.running.data() + layer.running_variance;
            running[layer_name(i) + ".batchnorm.running_mean"] = Vector(mean, mean + layer.outputs);
            running[layer_name(i) + ".batchnorm.running_var"] = Vector(var, var + layer.outputs);
        }
    }

    std::size_t layers() const { return static_cast<std::size_t>(options_.hidden_layers) + 1; }
    std::string layer_name(std::size_t i) const { return i + 1 == layers() ? "output" : "hidden." + std::to_string(i); }

    // Training mode updates `running`, too.
    Batch logits(const std::vector<std::int32_t>& contexts, bool training)
    {
        Batch x = embed(contexts);
        for (std::size_t i = 0; i < layers(); ++i) x = block(i, x, training);
        return x;
    }

    double loss(const Examples& examples, bool training)
    {
        const Batch z = logits(examples.contexts, training);
        double total = 0.0;
        for (std::size_t e = 0; e < z.size(); ++e) {
            double greatest = -INFINITY, sum = 0.0;
            for (const double each : z[e]) greatest = std::max(greatest, each);
            for (const double each : z[e]) sum += std::exp(each - greatest);
            total += std::log(sum) + greatest - z[e][static_cast<std::size_t>(examples.targets[e])];
        }
        return total / static_cast<double>(z.size());
    }

    // d loss / d tensor[index] in training mode by central differences: with loss's third derivative about 1, cutting
    // off costs step^2 = 1e-12 and rounding 1e-16 / step = 1e-10.
    double slope(const std::string& tensor, std::size_t index, const Examples& examples)
    {
        constexpr double step = 1e-6;
        const Tensors before = running;
        double& value = tensors.at(tensor).at(index);
        const double kept = value;
        value = kept + step;
        const double above = loss(examples, true);
        value = kept - step;
        const double below = loss(examples, true);
        value = kept;
        running = before;
        return (above - below) / (2 * step);
    }

    Tensors tensors, running;
    double least_divisor = INFINITY; // the least that batch normalisation divided by so far

private:
    Batch embed(const std::vector<std::int32_t>& contexts) const
    {
        const auto length = static_cast<std::size_t>(options_.context_length);
        const auto size = static_cast<std::size_t>(options_.embedding_size);
        const Vector& table = tensors.at("embedding.weight");
        Batch x(contexts.size() / length);
        for (std::size_t i = 0; i < contexts.size(); ++i) {
            const auto* row = table.data() + static_cast<std::size_t>(contexts[i]) * size;
            x[i / length].insert(x[i / length].end(), row, row + size);
        }
        return x;
    }

    // Linear, then batch normalisation or the bias, then the activation.
    Batch block(std::size_t i, const Batch& x, bool training)
    {
        const bool last = i + 1 == layers();
        const std::string name = layer_name(i);
        Batch z = multiply(tensors.at(name + ".linear.weight"), x);
        const bool norm = last ? options_.output_batchnorm != 0 : options_.batchnorm != 0;
        const Vector& shift = tensors.at(name + (norm ? ".batchnorm.bias" : ".linear.bias"));
        for (std::size_t o = 0; o < shift.size(); ++o) {
            if (norm) normalise(name, o, z, training);
            const double scale = norm ? tensors.at(name + ".batchnorm.weight")[o] : 1.0;
            for (Vector& example : z) {
                const double value = scale * example[o] + shift[o];
                example[o] = last ? value : activate(value);
            }
        }
        return z;
    }

    static Batch multiply(const Vector& weight, const Batch& x)
    {
        const std::size_t inputs = x.front().size(), outputs = weight.size() / inputs;
        Batch z(x.size(), Vector(outputs));
        for (std::size_t e = 0; e < x.size(); ++e) {
            for (std::size_t o = 0; o < outputs; ++o) {
                for (std::size_t k = 0; k < inputs; ++k) z[e][o] += weight[o * inputs + k] * x[e][k];
            }
        }
        return z;
    }

    void normalise(const std::string& name, std::size_t o, Batch& z, bool training)
    {
        const bool is_std = options_.bn_running == NIB_BN_RUNNING_STD;
        double& running_mean = running.at(name + ".batchnorm.running_mean")[o];
        double& running_var = running.at(name + ".batchnorm.running_var")[o];
        double mean = running_mean, variance = is_std ? running_var * running_var : running_var;
        if (training) {
            const auto n = static_cast<double>(z.size());
            double scatter = 0.0;
            mean = 0.0;
            for (const Vector& example : z) mean += example[o] / n;
            for (const Vector& example : z) scatter += (example[o] - mean) * (example[o] - mean);
            variance = scatter / (options_.bn_variance == NIB_BN_UNBIASED ? n - 1 : n);
            const double spread = is_std ? std::sqrt(scatter / (n - 1)) : scatter / (n - 1);
            running_mean += options_.bn_momentum * (mean - running_mean);
            running_var += options_.bn_momentum * (spread - running_var);
        }
        const double divisor = std::sqrt(variance + (is_std ? 0.0 : options_.bn_eps));
        least_divisor = std::min(least_divisor, divisor);
        for (Vector& example : z) example[o] = (example[o] - mean) / divisor;
    }

    double activate(double x) const { return exact_activation(options_.activation, x); }

    nib_model_options options_;
};

} // namespace nib::test
