#include "train/step_workspace.hpp"

#include "train/shares.hpp"

#include <algorithm>

namespace nib {

StepWorkspace::StepWorkspace(const Mlp& mlp, std::ptrdiff_t classes, std::ptrdiff_t examples, Memory* memory)
    : batch(examples), stride(row_stride(examples)), inputs_(mlp.layers.size() + 1), layers_(mlp.layers.size())
{
    // Once to count, once to place.
    const std::ptrdiff_t floats = lay_out(mlp, classes);
    memory_ = Buffer<float>(static_cast<std::size_t>(floats), memory);
    lay_out(mlp, classes);
}

float* StepWorkspace::take(std::ptrdiff_t floats) noexcept
{
    float* place = memory_.data() == nullptr ? nullptr : memory_.data() + used_;
    used_ += padded(floats);
    return place;
}

std::ptrdiff_t StepWorkspace::lay_out(const Mlp& mlp, std::ptrdiff_t classes)
{
    used_ = 0;
    const MlpLayer& first = mlp.layers.front();
    for (float*& each : embedded_) each = take(first.inputs * stride);
    for (std::size_t i = 0; i < mlp.layers.size(); ++i) {
        const MlpLayer& layer = mlp.layers[i];
        LayerBuffers& to = layers_[i];
        to.z = take(layer.outputs * stride);
        inputs_[i + 1] = take(layer.outputs * stride);
        to.inverse_std = take(layer.outputs);
        to.mean = take(layer.outputs);
        to.spread = take(layer.outputs);
        to.dx_part_stride = layer.inputs * stride;
    }
    for (const std::size_t parity : {0, 1}) {
        std::ptrdiff_t largest = 0;
        for (std::size_t i = parity; i < layers_.size(); i += 2) {
            largest = std::max(largest, neuron_groups(mlp.layers[i].outputs) * layers_[i].dx_part_stride);
        }
        float* place = take(largest);
        for (std::size_t i = parity; i < layers_.size(); i += 2) layers_[i].dx_parts = place;
    }
    logit_gradient_ = take(classes * stride);
    return used_;
}

} // namespace nib
