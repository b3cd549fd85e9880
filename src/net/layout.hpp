// Where each parameter of a model lies: one arena, one layout, shared by parameters, gradients and optimiser state.
#pragma once

#include "net/network.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace nib {

// Floats rounded up to a whole number of 16-float blocks (64 bytes, a cache line).
constexpr std::ptrdiff_t padded(std::ptrdiff_t n) { return (n + 15) / 16 * 16; }

// The distance between rows of this many floats. Rows a multiple of 1 KiB apart share few cache sets (a 32 KiB, 8-way
// cache has 64); one line more spreads them.
constexpr std::ptrdiff_t row_stride(std::ptrdiff_t columns)
{
    const std::ptrdiff_t stride = padded(columns);
    return stride % 256 == 0 ? stride + 16 : stride;
}

// The extents of a convolution's window: a series has a height of 1.
struct TapShape {
    std::ptrdiff_t height = 1, width = 1;

    std::ptrdiff_t count() const noexcept { return height * width; }
};

// A trainable tensor of the arena, as PyTorch's state_dict names and shapes it: a vector (rows), a matrix
// (rows, columns), or the weights of a convolution, (rows, columns / taps, tap height, tap width). Of these a row holds
// all channels of the first tap, then those of the next one, because a product runs through them in that order.
struct Tensor {
    std::string name;
    std::ptrdiff_t offset, rows, columns, row_stride, column_stride;
    int rank;    // extents in PyTorch; 1: columns is 1
    bool decays; // AdamW's weight decay applies: to matrices, not to biases and the weights of norms
    TapShape taps = {};

    bool is_vector() const noexcept { return rank == 1; }

    // The place, behind the offset, of element c of row r in PyTorch's order.
    std::ptrdiff_t place(std::ptrdiff_t r, std::ptrdiff_t c) const noexcept
    {
        const std::ptrdiff_t count = taps.count();
        return r * row_stride + (c % count * (columns / count) + c / count) * column_stride;
    }

    // The memory layout: lines of numbers side by side, which are the rows of a matrix, or its columns. A vector is one
    // line.
    bool lies_by_columns() const noexcept { return row_stride == 1; }
    std::ptrdiff_t lines() const noexcept { return lies_by_columns() ? columns : rows; }
    std::ptrdiff_t line_size() const noexcept { return lies_by_columns() ? rows : columns; }
    std::ptrdiff_t line_stride() const noexcept { return lies_by_columns() ? column_stride : row_stride; }
};

// The running statistics of a layer that normalises: means, then variances or standard deviations.
struct Running {
    std::string prefix;          // of their names: "3."
    std::ptrdiff_t mean, spread; // offsets into the arena of statistics
    std::ptrdiff_t size;
    bool is_std;            // spread holds standard deviations
    bool divides_by_spread; // nothing is added before the division, so the spread must be above 0

    std::string mean_name() const { return prefix + "running_mean"; }
    std::string variance_name() const { return prefix + "running_var"; }
    std::string count_name() const { return prefix + "num_batches_tracked"; }
};

// The statistics of the data for a layer that shifts and scales each number: means, then factors.
struct Scale {
    std::string prefix;          // of their names: "0."
    const char* factor_word;     // "inverse_std"
    std::ptrdiff_t mean, factor; // offsets into the arena of statistics
    std::ptrdiff_t size;

    std::string mean_name() const { return prefix + "mean"; }
    std::string factor_name() const { return prefix + factor_word; }
};

// The arena, in floats. Every tensor begins at a multiple of 16, in the order of the nodes. An embedding is stored by
// columns, (E, padded vocabulary): one row a feature with the symbols side by side, because activations are
// feature-major too, so that a thread gathers and updates whole rows.
class Layout {
public:
    explicit Layout(const Network& network);

    std::ptrdiff_t outputs;      // the network's; for symbols, their number
    std::vector<Tensor> tensors; // trainable, in state_dict order
    std::vector<Running> running;
    std::vector<Scale> scales;
    std::ptrdiff_t size = 0;         // floats in the arena
    std::ptrdiff_t running_size = 0; // floats of running statistics
    std::ptrdiff_t parameters = 0;   // trainable numbers

    // The tensors and statistics of a node, in the order in which its layer declared them.
    const Tensor& tensor(std::size_t node, std::size_t index) const { return tensors[first_tensor_[node] + index]; }
    bool has_tensor(std::size_t node, std::size_t index) const noexcept
    {
        return first_tensor_[node] + index < first_tensor_[node + 1];
    }
    bool has_running(std::size_t node) const noexcept { return first_running_[node] != first_running_[node + 1]; }
    const Running& running_of(std::size_t node) const { return running[first_running_[node]]; }

    bool has_scale(std::size_t node) const noexcept { return first_scale_[node] != first_scale_[node + 1]; }
    const Scale& scale_of(std::size_t node) const { return scales[first_scale_[node]]; }

    // For LayerKind::declare. A matrix is stored by rows, or by columns.
    void add_matrix(const std::string& name, std::ptrdiff_t rows, std::ptrdiff_t columns);
    void add_matrix_by_columns(const std::string& name, std::ptrdiff_t rows, std::ptrdiff_t columns);
    void add_vector(const std::string& name, std::ptrdiff_t n);
    void add_filters(const std::string& name, std::ptrdiff_t rows, std::ptrdiff_t channels, TapShape taps, int rank);
    void add_running(const std::string& prefix, std::ptrdiff_t n, bool is_std, bool divides_by_spread);
    void add_scale(const std::string& prefix, const char* factor_word, std::ptrdiff_t n);

private:
    std::ptrdiff_t reserve(std::ptrdiff_t rows, std::ptrdiff_t stride);

    std::vector<std::size_t> first_tensor_, first_running_, first_scale_; // for each node, and one behind the last
};

} // namespace nib
