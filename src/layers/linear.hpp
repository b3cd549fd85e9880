// linear N: y = x W^T + b (torch.nn.Linear).
#pragma once

#include "net/layer_kind.hpp"

#include <cstdint>

namespace nib {

// How the weights are drawn: randn * gain, or randn * gain / sqrt(fan_in) (He et al. 2015, arXiv:1502.01852).
enum class WeightInit : int { scaled, fan_in };

struct LinearOptions {
    std::int32_t outputs; // 0: not given, the data's number of classes
    std::int32_t bias;
    WeightInit init;
    double gain;
    double bias_init; // bias = randn * bias_init; negative: zeros, and nothing is drawn
};

// LayerKind::initial for layers with weights: no bias if batch normalisation follows, which subtracts the mean again;
// the gain of the activation behind.
double initial_of_weights(const Field& field, std::span<const LayerSpec> next);

} // namespace nib
