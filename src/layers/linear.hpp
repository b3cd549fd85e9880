// linear N: y = x W^T + b (torch.nn.Linear).
#pragma once

#include "nib/nib.h"

#include <cstdint>

namespace nib {

struct LinearOptions {
    std::int32_t outputs; // 0: not given, the data's number of classes
    std::int32_t bias;
    nib_weight_init init;
    double gain;
    double bias_init; // bias = randn * bias_init; negative: zeros, and nothing is drawn
};

} // namespace nib
