// Initialisation: the order of draws and the scales that the lecture's recipes and Kaiming's share.
#include "activations/description.hpp"
#include "nn/model.hpp"

#include <cmath>
#include <vector>

namespace nib {

namespace {

// randn(fan_in, fan_out) * scale, transposed into the Linear's (outputs, inputs). The scale is multiplied in float, as
// a Python number times a float tensor is.
void draw_weight(Model& model, const Layer& layer, nib_weight_init kind, double gain)
{
    const auto inputs = static_cast<std::size_t>(layer.inputs), outputs = static_cast<std::size_t>(layer.outputs);
    Buffer<float> drawn(inputs * outputs, model.memory);
    randn(model.generator, drawn.span());
    const double divisor = kind == NIB_WEIGHT_FAN_IN ? std::sqrt(static_cast<double>(layer.inputs)) : 1.0;
    const float scale = static_cast<float>(gain / divisor);
    float* weight = model.at(layer.weight);
    for (std::size_t o = 0; o < outputs; ++o) {
        float* row = weight + o * static_cast<std::size_t>(layer.weight_stride);
        for (std::size_t i = 0; i < inputs; ++i) row[i] = drawn[i * outputs + o] * scale;
    }
}

void draw_bias(Model& model, const Layer& layer, double scale)
{
    const std::span<float> bias(model.at(layer.shift), static_cast<std::size_t>(layer.outputs));
    for (float& each : bias) each = 0.0f;
    if (scale < 0) return;
    randn(model.generator, bias);
    for (float& each : bias) each *= static_cast<float>(scale);
}

void set_norm(Model& model, const Layer& layer, double gain)
{
    for (std::ptrdiff_t i = 0; i < layer.outputs; ++i) {
        model.at(layer.gamma)[i] = static_cast<float>(gain);
        model.at(layer.shift)[i] = 0.0f;
    }
}

} // namespace

void initialise(Model& model)
{
    const nib_model_options& o = model.options;
    const Tensor& embedding = model.layout.tensors.front();
    Buffer<float> drawn(static_cast<std::size_t>(embedding.rows * embedding.columns), model.memory);
    randn(model.generator, drawn.span());
    write_tensor(embedding, drawn.data(), model.parameters.data());

    const double hidden_gain = o.hidden_gain > 0 ? o.hidden_gain : activations::description_of(o.activation).gain;
    for (const Layer& layer : model.layout.layers) {
        const bool last = &layer == &model.layout.layers.back();
        draw_weight(model, layer, last ? o.output_init : o.hidden_init, last ? o.output_gain : hidden_gain);
        if (layer.norm) {
            set_norm(model, layer, last ? o.output_bn_gain : 1.0);
        } else {
            draw_bias(model, layer, last ? o.output_bias_scale : o.hidden_bias_scale);
        }
    }
}

} // namespace nib
