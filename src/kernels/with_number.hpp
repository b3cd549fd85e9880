// Turns numbers known at run time into constants of a kernel: how many blocks of 16 one pass keeps in registers, or how
// many rows a tile has.
#pragma once

#include "simd/simd.hpp"

namespace nib::kernels {

// Calls f.template operator()<n>() for the given n in 1..most.
template <int most, class F>
NIB_INLINE void with_number(std::ptrdiff_t n, F f)
{
    if constexpr (most > 0) {
        if (n == most) return f.template operator()<most>();
        with_number<most - 1>(n, f);
    }
}

// Calls f.template operator()<n>(at) for the numbers from `at` to at + block n, until all whole blocks of `size` are
// done. The passes are as even as possible. With blocks of less than 16 numbers, size is a multiple of 16.
template <int most, int block = 16, class F>
NIB_INLINE void in_passes(std::ptrdiff_t size, F f)
{
    if constexpr (16 / block % most == 0) {
        // Whole blocks of 16 make whole passes.
        for (std::ptrdiff_t at = 0; at + most * block <= size; at += most * block) f.template operator()<most>(at);
        return;
    }
    const std::ptrdiff_t blocks = size / block, passes = (blocks + most - 1) / most;
    for (std::ptrdiff_t pass = 0, at = 0; pass < passes; ++pass) {
        const std::ptrdiff_t n = blocks / passes + (pass < blocks % passes ? 1 : 0);
        with_number<most>(n, [&]<int count>() NIB_INLINE_LAMBDA { f.template operator()<count>(at); });
        at += block * n;
    }
}

} // namespace nib::kernels
