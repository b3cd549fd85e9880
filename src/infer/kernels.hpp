// The engine's kernels, one body for every instruction set.
#pragma once

#include "infer/batch_product.hpp"
#include "infer/convolve.hpp"
#include "infer/convolve_batch.hpp"
#include "infer/convolve_bytes.hpp"
#include "infer/elementwise.hpp"
#include "infer/quantised.hpp"
#include "infer/rows.hpp"
#include "infer/table.hpp"
#include "infer/windows.hpp"
#include "kernels/transpose.hpp"
#include "kernels/with_number.hpp"

namespace nib::infer {

using namespace simd;
using kernels::in_passes;

// The number of blocks of 16 outputs whose sums stay in registers while k runs.
template <class A>
inline constexpr int max_blocks = 1;
#if defined(__AVX512F__)
template <>
inline constexpr int max_blocks<Avx512> = 8; // 100 outputs are 7 blocks
#endif
#if defined(__AVX2__)
template <>
inline constexpr int max_blocks<Avx2> = 4;
#endif
#if defined(__SSE2__)
template <>
inline constexpr int max_blocks<Sse2> = 2;
#endif
#if defined(__aarch64__)
template <>
inline constexpr int max_blocks<Neon64> = 2;
#elif defined(NIB_SIMD_NEON)
template <>
inline constexpr int max_blocks<Neon> = 2;
#endif

// y = b + W x for some blocks of outputs.
template <class A, int blocks>
NIB_INLINE void column_sums(std::ptrdiff_t inputs, std::ptrdiff_t stride, const float* b, const float* w,
                            const float* x, float* y)
{
    FloatBlock<A> sums[blocks];
#pragma GCC unroll 8
    for (int j = 0; j < blocks; ++j) sums[j] = load<A>(b + 16 * j);
    for (std::ptrdiff_t k = 0; k < inputs; ++k, w += stride) {
        const FloatBlock<A> input = broadcast<A>(x[k]);
#pragma GCC unroll 8
        for (int j = 0; j < blocks; ++j) sums[j] = fma(input, load<A>(w + 16 * j), sums[j]);
    }
#pragma GCC unroll 8
    for (int j = 0; j < blocks; ++j) store<A>(y + 16 * j, sums[j]);
}

// column_sums for 16-bit weights. If the number of inputs is odd, a 0 follows them in x.
template <class A, int blocks>
NIB_INLINE void column_sums_bf16(std::ptrdiff_t inputs, std::ptrdiff_t stride, const float* b, const float* w,
                                 const float* x, float* y)
{
    FloatBlock<A> sums[blocks];
#pragma GCC unroll 8
    for (int j = 0; j < blocks; ++j) sums[j] = load<A>(b + 16 * j);
    for (std::ptrdiff_t k = 0; k < inputs; k += 2, w += stride) {
        const FloatBlock<A> first = broadcast<A>(x[k]), second = broadcast<A>(x[k + 1]);
#pragma GCC unroll 8
        for (int j = 0; j < blocks; ++j) {
            sums[j] = fma(first, lower_weights<A>(w + 16 * j), sums[j]);
            sums[j] = fma(second, upper_weights<A>(w + 16 * j), sums[j]);
        }
    }
#pragma GCC unroll 8
    for (int j = 0; j < blocks; ++j) store<A>(y + 16 * j, sums[j]);
}

template <class A>
void layer(const Dense& t, const float* x, float* y)
{
    const auto* w = static_cast<const float*>(t.weights);
    if (t.weight_bits == 16) {
        in_passes<max_blocks<A>>(t.stride, [&]<int count>(std::ptrdiff_t at) NIB_INLINE_LAMBDA {
            column_sums_bf16<A, count>(t.inputs, t.stride, t.bias + at, w + at, x, y + at);
        });
    } else {
        in_passes<max_blocks<A>>(t.stride, [&]<int count>(std::ptrdiff_t at) NIB_INLINE_LAMBDA {
            column_sums<A, count>(t.inputs, t.stride, t.bias + at, w + at, x, y + at);
        });
    }
}

// y += W x for a batch, with weights (inputs, stride).
template <class A>
void add_products(const Dense& t, const float* weights, std::ptrdiff_t inputs, std::ptrdiff_t lanes, const float* x,
                  float* y)
{
    batch_product<A>({.outputs = t.outputs,
                      .lanes = lanes,
                      .runs = 1,
                      .run = inputs,
                      .w = weights,
                      .w_run = 0,
                      .w_step = t.stride,
                      .x = x,
                      .x_run = 0,
                      .y = y,
                      .accumulates = true,
                      .bias = nullptr,
                      .rectifies = false});
}

// 16-bit weights are widened to floats for some inputs at a time, which costs little beside a batch's products.
template <class A>
void add_products_bf16(const Dense& t, std::ptrdiff_t lanes, const float* x, float* scratch, float* y)
{
    const auto* w = static_cast<const float*>(t.weights);
    for (std::ptrdiff_t from = 0; from < t.inputs; from += widened_inputs) {
        const std::ptrdiff_t n = t.inputs - from < widened_inputs ? t.inputs - from : widened_inputs;
        for (std::ptrdiff_t k = 0; k < n; k += 2, w += t.stride) {
            float* to = scratch + k * t.stride;
            for (std::ptrdiff_t i = 0; i < t.stride; i += 16) {
                store<A>(to + i, lower_weights<A>(w + i));
                store<A>(to + t.stride + i, upper_weights<A>(w + i));
            }
        }
        add_products<A>(t, scratch, n, lanes, x + from * lanes, y);
    }
}

template <class A>
void layer_batch(const Dense& t, std::ptrdiff_t lanes, const float* x, float* scratch, float* y)
{
    for (std::ptrdiff_t o = 0; o < t.outputs; ++o) {
        const FloatBlock<A> bias = broadcast<A>(t.bias[o]);
        for (std::ptrdiff_t i = 0; i < lanes; i += 16) store<A>(y + o * lanes + i, bias);
    }
    if (t.weight_bits == 16) {
        add_products_bf16<A>(t, lanes, x, scratch, y);
    } else {
        add_products<A>(t, static_cast<const float*>(t.weights), t.inputs, lanes, x, y);
    }
}

// x = exp((x - greatest) * factor) for `blocks` blocks of 16, stride apart; greatest: of each lane. Not inlined,
// because of its size.
template <class A>
[[gnu::noinline]] void exponentials_in_place(std::ptrdiff_t blocks, std::ptrdiff_t stride, const float* greatest,
                                             float factor, float* x)
{
    const FloatBlock<A> middle = load<A>(greatest), scale = broadcast<A>(factor);
    for (std::ptrdiff_t i = 0; i < blocks; ++i, x += stride) {
        store<A>(x, exp((load<A>(x) - middle) * scale));
    }
}

// The greatest of n numbers, n >= 1, which have room for a whole number of blocks. Comparing one after the other takes
// four cycles each: 30 ns for 27 numbers.
template <class A>
NIB_INLINE float greatest_of(std::ptrdiff_t n, const float* x)
{
    if constexpr (parts<A> == 16) { // scalar code compares one by one anyway; this is smaller
        float greatest = x[0];
        for (std::ptrdiff_t i = 1; i < n; ++i) greatest = x[i] > greatest ? x[i] : greatest;
        return greatest;
    }
    FloatBlock<A> most = broadcast<A>(x[0]);
    for (std::ptrdiff_t i = 0; i < n; i += 16) {
        const int left = n - i < 16 ? static_cast<int>(n - i) : 16;
        most = max(select(first<A>(left), load<A>(x + i), most), most);
    }
    float lanes[16];
    store<A>(lanes, most);
    for (int width = 8; width > 0; width /= 2) {
        for (int i = 0; i < width; ++i) lanes[i] = lanes[i + width] > lanes[i] ? lanes[i + width] : lanes[i];
    }
    return lanes[0];
}

template <class A>
float exponentials(std::ptrdiff_t n, float factor, float* x)
{
    const float greatest = greatest_of<A>(n, x);
    float all[16];
    store<A>(all, broadcast<A>(greatest));
    exponentials_in_place<A>((n + 15) / 16, 16, all, factor, x);
    return greatest;
}

template <class A>
NIB_INLINE std::int32_t draw_one(std::ptrdiff_t n, float factor, float number, float* x)
{
    exponentials<A>(n, factor, x);
    for (std::ptrdiff_t i = 1; i < n; ++i) x[i] += x[i - 1];
    const float target = number * x[n - 1];
    std::int32_t id = 0;
    // Written so that a NaN draws the last symbol.
    while (id < n - 1 && !(target < x[id])) ++id;
    return id;
}

// draw_one in 16 lanes, to the bit. The partial sums never decrease, so counting the symbols passed over is enough.
template <class A>
NIB_INLINE void draw_columns(std::ptrdiff_t n, std::ptrdiff_t lanes, float factor, const float* numbers, float* x,
                             std::int32_t* ids)
{
    float greatest[16], counts[16];
    FloatBlock<A> most = load<A>(x);
    for (std::ptrdiff_t i = 1; i < n; ++i) most = max(load<A>(x + i * lanes), most);
    store<A>(greatest, most);
    exponentials_in_place<A>(n, lanes, greatest, factor, x);
    FloatBlock<A> sum = load<A>(x);
    for (std::ptrdiff_t i = 1; i < n; ++i) {
        sum = load<A>(x + i * lanes) + sum;
        store<A>(x + i * lanes, sum);
    }
    const FloatBlock<A> target = load<A>(numbers) * sum, one = broadcast<A>(1.0f);
    FloatBlock<A> count = zero<A>();
    for (std::ptrdiff_t i = 0; i < n - 1; ++i) {
        count = count + select(less(target, load<A>(x + i * lanes)), zero<A>(), one);
    }
    store<A>(counts, count);
    for (int i = 0; i < 16; ++i) ids[i] = static_cast<std::int32_t>(counts[i]);
}

template <class A>
void draw(std::ptrdiff_t n, std::ptrdiff_t lanes, float factor, const float* numbers, float* logits, std::int32_t* ids)
{
    if (lanes == 1) {
        *ids = draw_one<A>(n, factor, *numbers, logits);
        return;
    }
    for (std::ptrdiff_t i = 0; i < lanes; i += 16) {
        draw_columns<A>(n, lanes, factor, numbers + i, logits + i, ids + i);
    }
}

template <class A>
constexpr EngineTable make_table(const char* isa)
{
    return EngineTable{
        .isa = isa,
        .add_rows = add_rows_of_one<A>,
        .add_rows_batch = add_rows_batch<A>,
        .layer = layer<A>,
        .layer_batch = layer_batch<A>,
        .quantise = quantise<A>,
        .dots = {.one = dot_one<A, Bytes<A>>, .batch = dot_batch<A, Bytes<A>>, .convolve = convolve_bytes<A, Bytes<A>>},
        .convolve = convolve<A>,
        .convolve_batch = convolve_batch<A>,
        .depthwise = depthwise<A>,
        .pool = pool<A>,
        .widen = widen<A>,
        .scale_channels = scale_channels<A>,
        .largest = largest_of<A>,
        .to_bytes = rows_to_bytes<A>,
        .to_whole = to_whole_numbers<A>,
        .transpose = kernels::transpose<A>,
        .add = add<A>,
        .activate = activate_in_place<A>,
        .scale_shift = scale_shift<A>,
        .normalise = normalise<A>,
        .exponentials = exponentials<A>,
        .draw = draw<A>,
    };
}

} // namespace nib::infer
