#include "net/layout.hpp"

#include "base/error.hpp"

#include <cstdint>

namespace nib {

Layout::Layout(const Network& network, std::ptrdiff_t class_count) : classes(class_count)
{
    for (const Node& node : network.nodes()) {
        first_tensor_.push_back(tensors.size());
        first_running_.push_back(running.size());
        if (node.kind->declare != nullptr) node.kind->declare(node, classes, *this);
    }
    first_tensor_.push_back(tensors.size());
    first_running_.push_back(running.size());
    for (const Tensor& tensor : tensors) parameters += tensor.rows * tensor.columns;
}

std::ptrdiff_t Layout::reserve(std::ptrdiff_t rows, std::ptrdiff_t stride)
{
    std::ptrdiff_t floats = 0, end = 0;
    if (__builtin_mul_overflow(rows, stride, &floats) || __builtin_add_overflow(size, padded(floats), &end) ||
        end > PTRDIFF_MAX / 64) {
        throw Error(NIB_ERR_NO_MEMORY, "a model of this size does not fit the address space");
    }
    const std::ptrdiff_t offset = size;
    size = end;
    return offset;
}

void Layout::add_matrix(const std::string& name, std::ptrdiff_t rows, std::ptrdiff_t columns)
{
    const std::ptrdiff_t stride = row_stride(columns);
    tensors.push_back({name, reserve(rows, stride), rows, columns, stride, 1, false, true});
}

void Layout::add_matrix_by_columns(const std::string& name, std::ptrdiff_t rows, std::ptrdiff_t columns)
{
    const std::ptrdiff_t stride = row_stride(rows);
    tensors.push_back({name, reserve(columns, stride), rows, columns, 1, stride, false, true});
}

void Layout::add_vector(const std::string& name, std::ptrdiff_t n)
{
    tensors.push_back({name, reserve(1, n), n, 1, 1, 1, true, false});
}

void Layout::add_running(const std::string& prefix, std::ptrdiff_t n, bool is_std, bool divides_by_spread)
{
    running.push_back({prefix, running_size, running_size + padded(n), n, is_std, divides_by_spread});
    running_size += 2 * padded(n);
}

} // namespace nib
