// Where each parameter of a model lies: one arena, one layout, shared by parameters, gradients and optimiser state.
#pragma once

#include "nib/nib.h"

#include <cstddef>
#include <string>
#include <vector>

namespace nib {

// Floats rounded up to a whole number of 16-float blocks (64 bytes, a cache line).
constexpr std::ptrdiff_t padded(std::ptrdiff_t n) { return (n + 15) / 16 * 16; }

// The distance between rows of so many floats. Rows a multiple of 1 KiB apart share few cache sets (a 32 KiB, 8-way
// cache has 64); one line more spreads them.
constexpr std::ptrdiff_t row_stride(std::ptrdiff_t columns)
{
    const std::ptrdiff_t stride = padded(columns);
    return stride % 256 == 0 ? stride + 16 : stride;
}

// A trainable tensor of the arena, as PyTorch's state_dict names and shapes it: element (r, c) lies at
// offset + r * row_stride + c * column_stride.
struct Tensor {
    std::string name;
    std::ptrdiff_t offset, rows, columns, row_stride, column_stride;
    bool vector; // one-dimensional in PyTorch; columns is 1
};

// Linear, then batch normalisation or a bias, then the activation. Offsets are into the arena; running_* into the
// model's running statistics.
struct Layer {
    std::ptrdiff_t inputs, outputs;
    std::ptrdiff_t weight; // (outputs, inputs), rows weight_stride apart, padding 0
    std::ptrdiff_t weight_stride;
    bool norm;                                     // gamma and shift (beta); otherwise shift alone (the bias)
    std::ptrdiff_t gamma, shift;                   // gamma is -1 without norm
    std::ptrdiff_t running_mean, running_variance; // -1 without norm
    nib_activation activation;
};

// The arena, in floats; every section begins at a multiple of 16:
//
//   embedding  (embedding_size, padded vocabulary): one row a feature, the symbols side by side, as activations are
//              feature-major too: a thread gathers and updates whole rows
//   layer 0    weight (outputs, padded inputs) | gamma | beta      or  weight | bias
//   ...
struct Layout {
    // options must have been checked. Throws Error(NIB_ERR_NO_MEMORY) where the sizes overflow.
    Layout(const nib_model_options& options, std::ptrdiff_t vocabulary);

    std::ptrdiff_t vocabulary, embedding_size, context_length;
    std::ptrdiff_t embedding, embedding_stride;
    std::vector<Layer> layers;
    std::vector<Tensor> tensors;     // trainable, in state_dict order
    std::ptrdiff_t size = 0;         // floats in the arena
    std::ptrdiff_t running_size = 0; // floats of running statistics
    std::ptrdiff_t parameters = 0;   // trainable numbers

private:
    std::ptrdiff_t reserve(std::ptrdiff_t rows, std::ptrdiff_t stride);
    void add_layer(const std::string& name, std::ptrdiff_t inputs, std::ptrdiff_t outputs, bool norm,
                   nib_activation activation);
    std::ptrdiff_t add_vector(const std::string& name, std::ptrdiff_t n);
};

} // namespace nib
