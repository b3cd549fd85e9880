// What is written down of a training run while it goes on.
#pragma once

#include "nib/nib.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nib::cli {

struct StepRecord {
    std::int64_t step;
    double loss; // of the minibatch, before the update
    double learning_rate;
    double seconds; // since the training began
};

struct LayerRecord {
    nib_layer_statistics statistics;
    std::optional<nib_histogram> activations, gradients;
};

// Of a weight matrix or the embedding.
struct TensorRecord {
    nib_tensor_statistics statistics;
    std::optional<nib_histogram> gradients;
};

struct StatisticsRecord {
    std::int64_t step;
    std::vector<LayerRecord> layers;
    std::vector<TensorRecord> tensors;
};

// Which units are saturated in which rows of a minibatch: bit row * units + unit, the first in a byte its highest.
struct SaturationRecord {
    std::int64_t step;
    std::string layer;
    std::int32_t units, rows;
    std::vector<unsigned char> bits;
};

} // namespace nib::cli
