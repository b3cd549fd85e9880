// The shape of what passes from layer to layer, of one example.
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
    std::ptrdiff_t length; // T; 1 where it is flat
    std::ptrdiff_t width;  // E or N; 1 for symbols

    // Numbers of an example, which are rows of the feature-major activations: number e of symbol t is row t * width +
    // e.
    std::ptrdiff_t rows() const noexcept { return length * width; }

    friend bool operator==(const LayerShape&, const LayerShape&) = default;
};

// "8 symbols", "(8, 24)", "(256)".
std::string text_of(const LayerShape& shape);

} // namespace nib
