// A network that fits its data: built from a model's texts and the data's shape, before anything is allocated.
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
    LossSpec loss; // kind null: the first of `losses` that fits the data
    std::span<const LossKind* const> losses;
    std::uint32_t seed;
};

// The properties of the data that a network has to fit.
struct DataShape {
    bool is_text;
    std::ptrdiff_t features; // numbers of a row; 0 for text
    Task task;
    std::ptrdiff_t learned;                    // symbols with the end mark, classes, or numbers to learn
    std::vector<std::uint64_t> row_shape = {}; // DataTable's
};

DataShape shape_of(const DataFormat& format);
DataShape shape_of(const Dataset& data);

struct ModelDesign {
    // Throws what Network throws, and NIB_ERR_INVALID_ARGUMENT if the input or the loss does not suit such data.
    ModelDesign(ModelSpec spec, const DataShape& data);

    std::uint32_t seed;
    InputSpec input; // with the size that the data give
    LossSpec loss;
    Network network;
    Layout layout;
};

} // namespace nib
