// The shape of what one example passes from layer to layer.
#pragma once

#include <cstddef>
#include <string>

namespace nib {

enum class ShapeKind {
    symbols,  // (T): ids of the vocabulary
    sequence, // (T, E): a vector for each of them
    flat,     // (N): numbers
    signal,   // (C, L): channels of a series
    image,    // (C, H, W): channels of a picture
};

// The kinds with fewer extents than three have 1 for the others: symbols are (1, T, 1), a sequence is (1, T, E), a row
// (1, 1, N) and a signal (C, 1, L).
struct LayerShape {
    ShapeKind kind;
    std::ptrdiff_t channels, height, width;

    // Numbers of an example, each a row of the feature-major activations, in the order of the extents.
    std::ptrdiff_t rows() const noexcept { return channels * height * width; }

    bool is_planes() const noexcept { return kind == ShapeKind::signal || kind == ShapeKind::image; }

    // The numbers that batch normalisation has statistics for, and how many rows each of them has.
    std::ptrdiff_t features() const noexcept { return is_planes() ? channels : rows(); }
    std::ptrdiff_t positions() const noexcept { return is_planes() ? height * width : 1; }

    friend bool operator==(const LayerShape&, const LayerShape&) = default;
};

inline LayerShape flat_shape(std::ptrdiff_t width) noexcept { return {ShapeKind::flat, 1, 1, width}; }

// Writes the extents that the kind has, in order; returns how many.
int extents_of(const LayerShape& shape, std::ptrdiff_t (&extents)[3]) noexcept;

// "8 symbols", "(8, 24)", "(256)", "(6, 100)", "(1, 28, 28)".
std::string text_of(const LayerShape& shape);

} // namespace nib
