// A network that fits its data: what a model's texts and the data's shape make together, before anything is allocated.
#pragma once

#include "io/dataset.hpp"
#include "net/layout.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace nib {

// The content of nib_model_options, once its texts are read.
struct ModelSpec {
    std::vector<LayerSpec> layers;
    InputSpec input;
    LossSpec loss; // kind null: the first of losses that the data take
    std::span<const LossKind* const> losses;
    std::uint32_t seed;
};

// What a network has to fit.
struct DataShape {
    bool is_text;
    std::ptrdiff_t features; // numbers of a row; of text 0
    Task task;
    std::ptrdiff_t learned; // symbols with the end mark, classes, or numbers to learn
};

DataShape shape_of(const DataFormat& format);

struct ModelDesign {
    // Throws what Network throws, and NIB_ERR_INVALID_ARGUMENT where input or loss are none for such data.
    ModelDesign(ModelSpec spec, const DataShape& data);

    std::uint32_t seed;
    InputSpec input; // with the data's size
    LossSpec loss;
    Network network;
    Layout layout;
};

} // namespace nib
