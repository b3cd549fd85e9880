#include "net/layout.hpp"

namespace nib {

Layout::Layout(const Network& network) : outputs(network.outputs())
{
    for (const Node& node : network.nodes()) {
        first_tensor_.push_back(tensors.size());
        first_running_.push_back(running.size());
        first_scale_.push_back(scales.size());
        if (node.kind->declare != nullptr) node.kind->declare(node, outputs, *this);
    }
    first_tensor_.push_back(tensors.size());
    first_running_.push_back(running.size());
    first_scale_.push_back(scales.size());
    for (const Tensor& tensor : tensors) parameters += tensor.rows * tensor.columns;
}

std::ptrdiff_t Layout::reserve(std::ptrdiff_t rows, std::ptrdiff_t stride)
{
    // 1,024 layers of 65,536 x 65,536 are 2^42 floats.
    const std::ptrdiff_t offset = size;
    size += padded(rows * stride);
    return offset;
}

void Layout::add_matrix(const std::string& name, std::ptrdiff_t rows, std::ptrdiff_t columns)
{
    const std::ptrdiff_t stride = row_stride(columns);
    tensors.push_back({name, reserve(rows, stride), rows, columns, stride, 1, 2, true});
}

void Layout::add_matrix_by_columns(const std::string& name, std::ptrdiff_t rows, std::ptrdiff_t columns)
{
    const std::ptrdiff_t stride = row_stride(rows);
    tensors.push_back({name, reserve(columns, stride), rows, columns, 1, stride, 2, true});
}

void Layout::add_vector(const std::string& name, std::ptrdiff_t n)
{
    tensors.push_back({name, reserve(1, n), n, 1, 1, 1, 1, false});
}

void Layout::add_filters(const std::string& name, std::ptrdiff_t rows, std::ptrdiff_t channels, TapShape taps, int rank)
{
    const std::ptrdiff_t columns = channels * taps.count(), stride = row_stride(columns);
    tensors.push_back({name, reserve(rows, stride), rows, columns, stride, 1, rank, true, taps});
}

void Layout::add_running(const std::string& prefix, std::ptrdiff_t n, bool is_std, bool divides_by_spread)
{
    running.push_back({prefix, running_size, running_size + padded(n), n, is_std, divides_by_spread});
    running_size += 2 * padded(n);
}

void Layout::add_scale(const std::string& prefix, const char* factor_word, std::ptrdiff_t n)
{
    scales.push_back({prefix, factor_word, running_size, running_size + padded(n), n});
    running_size += 2 * padded(n);
}

} // namespace nib
