// The products of a batch, its examples in the lanes: a tile of outputs keeps its sums in registers while the inputs
// pass by, whose numbers are loaded once for all of the tile's outputs, and the weights are broadcast.
//
// The inputs lie in runs: a dense operation has one, a convolution one for each row of its window.
#pragma once

#include "activations/relu.hpp"
#include "kernels/product.hpp"
#include "kernels/with_number.hpp"
#include "simd/block.hpp"

#include <algorithm>

namespace nib::infer {

using namespace simd;

// The tile: that of training, but smaller where its code would take most of the available space, which is 60 KB in
// scalar code.
template <class A>
struct BatchTile : kernels::Tile<A> {
};
#if defined(__AVX512F__)
template <>
struct BatchTile<Avx512> {
    static constexpr int rows = 12, registers = 2;
};
#endif
#if defined(__aarch64__)
template <>
struct BatchTile<Neon64> {
    static constexpr int rows = 4, registers = 4;
};
#endif
template <>
struct BatchTile<Scalar> {
    static constexpr int rows = 1, registers = 8;
};

// y (outputs, lanes) = the sum over all inputs, some runs of numbers, of x (number, lanes) w (number, output), by
// fused multiply-adds in this order from 0, + bias.
struct BatchProduct {
    std::ptrdiff_t outputs, lanes; // lanes: a multiple of 16
    std::ptrdiff_t runs, run;
    const float* w;
    std::ptrdiff_t w_run, w_step; // from a run to the next, from a number
    const float* x;
    std::ptrdiff_t x_run;
    float* y;
    bool accumulates;  // the sums begin with y
    const float* bias; // null: nothing is added
    bool rectifies;    // whether a relu is applied at the end
};

// The places of a tile's numbers: those of its first output and its first lane.
struct OfBatchTile {
    const float *w, *x, *bias;
    float* y;
};

template <class A, int rows, int registers>
NIB_INLINE void batch_tile(const BatchProduct& t, const OfBatchTile& at)
{
    using R = Ops<A>;
    constexpr int lanes = Native<A>::lanes;
    typename Native<A>::Float sums[rows][registers];
    const auto each = [&](auto f) NIB_INLINE_LAMBDA {
#pragma GCC unroll 16
        for (int r = 0; r < rows; ++r) {
#pragma GCC unroll 16
            for (int j = 0; j < registers; ++j) f(sums[r][j], r, r * t.lanes + j * lanes);
        }
    };
    if (t.accumulates) {
        each([&](auto& sum, int, std::ptrdiff_t i) NIB_INLINE_LAMBDA { sum = R::load(at.y + i); });
    } else {
        each([](auto& sum, int, std::ptrdiff_t) NIB_INLINE_LAMBDA { sum = R::broadcast(0.0f); });
    }
    for (std::ptrdiff_t run = 0; run < t.runs; ++run) {
        const float *w = at.w + run * t.w_run, *x = at.x + run * t.x_run;
        for (std::ptrdiff_t k = 0; k < t.run; ++k, w += t.w_step, x += t.lanes) {
            typename Native<A>::Float right[registers];
#pragma GCC unroll 16
            for (int j = 0; j < registers; ++j) right[j] = R::load(x + j * lanes);
#pragma GCC unroll 16
            for (int r = 0; r < rows; ++r) {
                const auto left = R::broadcast(w[r]);
#pragma GCC unroll 16
                for (int j = 0; j < registers; ++j) sums[r][j] = R::fma(left, right[j], sums[r][j]);
            }
        }
    }
    if (at.bias != nullptr)
        each([&](auto& sum, int r, std::ptrdiff_t) NIB_INLINE_LAMBDA { sum = sum + R::broadcast(at.bias[r]); });
    if (t.rectifies)
        each([](auto& sum, int, std::ptrdiff_t) NIB_INLINE_LAMBDA { sum = R::max(R::broadcast(0.0f), sum); });
    each([&](auto& sum, int, std::ptrdiff_t i) NIB_INLINE_LAMBDA { R::store(at.y + i, sum); });
}

// Calls f.template operator()<height>() for a tile's height: 1 to 4, 8 or 12 if most is that high, since each takes up
// to a kilobyte of code, and all otherwise.
template <int most, class F>
NIB_INLINE void with_height(std::ptrdiff_t height, F f)
{
    if constexpr (most >= 8) {
        if (height == most) return f.template operator()<most>();
        with_height<most - 4>(height, f);
    } else {
        kernels::with_number<most>(height, f);
    }
}

// The height of the next tile when so many outputs are left. Low tiles leave the fma units waiting: 16 outputs are two
// tiles of 8 and, if all heights exist, the last two tiles are of about the same.
template <int rows>
NIB_INLINE std::ptrdiff_t next_height(std::ptrdiff_t left)
{
    if constexpr (rows >= 8) {
        if (left >= rows && left != 16) return rows;
        return left >= 8 ? 8 : std::min<std::ptrdiff_t>(left, 4);
    }
    return left >= 2 * rows ? rows : left <= rows ? left : (left + 1) / 2;
}

// All outputs for some lanes from `lane` on.
template <class A, int rows, int registers>
[[gnu::noinline]] void batch_panel(const BatchProduct& t, std::ptrdiff_t lane)
{
    for (std::ptrdiff_t output = 0, height = 0; output < t.outputs; output += height) {
        height = next_height<rows>(t.outputs - output);
        const OfBatchTile at = {.w = t.w + output,
                                .x = t.x + lane,
                                .bias = t.bias == nullptr ? nullptr : t.bias + output,
                                .y = t.y + output * t.lanes + lane};
        with_height<rows>(height, [&]<int count>() NIB_INLINE_LAMBDA { batch_tile<A, count, registers>(t, at); });
    }
}

template <class A>
NIB_INLINE void batch_product(const BatchProduct& t)
{
    constexpr int rows = BatchTile<A>::rows, registers = BatchTile<A>::registers, lanes = Native<A>::lanes;
    std::ptrdiff_t lane = 0;
    for (; lane + registers * lanes <= t.lanes; lane += registers * lanes) batch_panel<A, rows, registers>(t, lane);
    // Eight chains of one register fill two units of four cycles.
    if constexpr (registers * lanes > 16) {
        if (lane < t.lanes) batch_panel<A, 8, 16 / lanes>(t, lane);
    }
}

} // namespace nib::infer
