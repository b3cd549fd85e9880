// The distribution of numbers, as torch.histogram(x, bins=100, density=True) computes it.
#pragma once

#include "nib/nib.h"

#include <cstddef>

namespace nib {

// Numbers in rows: (rows, columns), stride floats between rows.
struct NumberRows {
    const float* first;
    std::ptrdiff_t rows, columns, stride;
};

// Fills in everything but struct_size. Numbers that are not finite are in no bin. If the range is not finite, every bin
// is empty.
void fill_histogram(const NumberRows& numbers, nib_histogram& histogram) noexcept;

} // namespace nib
