// The sum of two arrays, used where a residual branch ends.
#pragma once

#include "kernels/elementwise.hpp"

namespace nib::kernels {

template <class A>
void add(std::ptrdiff_t n, const float* a, const float* b, float* y)
{
    for_array<A>(n,
                 [&](std::ptrdiff_t i, auto get, auto put) NIB_INLINE_LAMBDA { put(y + i, get(a + i) + get(b + i)); });
}

} // namespace nib::kernels
