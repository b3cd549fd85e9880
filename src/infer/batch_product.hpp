// The products of a batch, its examples in the lanes: a tile of outputs keeps its sums in registers while the inputs
// pass by, whose numbers are loaded once for all of the tile's outputs, and the weights are broadcast.
//
// The inputs lie in runs, as those of a window do: a dense operation has one run, a convolution one for each row of the
// window or for each of its taps.
#pragma once

#include "activations/relu.hpp"
#include "kernels/product.hpp"
#include "kernels/with_number.hpp"
#include "simd/block.hpp"

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
    static constexpr int rows = 8, registers = 2;
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

// y (outputs, lanes) = the sum over all inputs, rows of runs of numbers, of x (number, lanes) w (number, output), by
// fused multiply-adds in this order from 0, + bias.
struct BatchProduct {
    std::ptrdiff_t outputs, lanes; // lanes: a multiple of 16
    std::ptrdiff_t rows, runs, run;
    const float* w;
    std::ptrdiff_t w_row, w_run, w_step; // from a row to the next, from a run, from a number
    const float* x;
    std::ptrdiff_t x_row, x_run;
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
    for (std::ptrdiff_t row = 0; row < t.rows; ++row) {
        for (std::ptrdiff_t run = 0; run < t.runs; ++run) {
            const float *w = at.w + row * t.w_row + run * t.w_run, *x = at.x + row * t.x_row + run * t.x_run;
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
    }
    if (at.bias != nullptr)
        each([&](auto& sum, int r, std::ptrdiff_t) NIB_INLINE_LAMBDA { sum = sum + R::broadcast(at.bias[r]); });
    if (t.rectifies)
        each([](auto& sum, int, std::ptrdiff_t) NIB_INLINE_LAMBDA { sum = R::max(R::broadcast(0.0f), sum); });
    each([&](auto& sum, int, std::ptrdiff_t i) NIB_INLINE_LAMBDA { R::store(at.y + i, sum); });
}

// The heights of tiles: all but seven, which is four and three, since each takes up to a kilobyte of code.
constexpr bool is_height(std::ptrdiff_t outputs) { return outputs <= 6 || outputs == 8; }

// Calls f.template operator()<height>() for a tile's height.
template <int most, class F>
NIB_INLINE void with_height(std::ptrdiff_t height, F f)
{
    if constexpr (most == 8) {
        if (height == most) return f.template operator()<most>();
        kernels::with_number<6>(height, f);
    } else {
        kernels::with_number<most>(height, f);
    }
}

// The height of the next tile, of at most `rows`, when so many outputs are left: the last two are of about equal
// height, since a low tile leaves the fma units waiting.
template <int rows>
NIB_INLINE std::ptrdiff_t next_height(std::ptrdiff_t left)
{
    if (left >= 2 * rows) return rows;
    if (left <= rows && is_height(left)) return left;
    const std::ptrdiff_t half = (left + 1) / 2;
    return is_height(half) ? half : half + 1;
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
