// The shape of what one example passes from layer to layer.
#pragma once

#include <cstddef>
#include <string>

namespace nib {

enum class ShapeKind {
    symbols,  // (T): ids of the vocabulary
    sequence, // (T, E): a vector for each of them
    flat,     // (N): numbers
};

struct LayerShape {
    ShapeKind kind;
    std::ptrdiff_t length; // T; 1 if flat
    std::ptrdiff_t width;  // E or N; 1 for symbols

    // Numbers of an example, each a row of the feature-major activations: number e of symbol t is row t * width + e.
    std::ptrdiff_t rows() const noexcept { return length * width; }

    friend bool operator==(const LayerShape&, const LayerShape&) = default;
};

// "8 symbols", "(8, 24)", "(256)".
std::string text_of(const LayerShape& shape);

} // namespace nib
