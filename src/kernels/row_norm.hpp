// Batch normalisation with tanh of row-major arrays, features side by side in the lanes: the same arithmetic and bits
// as batchnorm.hpp, without transposing arrays. Number i of a feature's sums goes to row i % 16 of sixteen rows of
// sums, which the same tree adds up at the end.
#pragma once

#include "activations/tanh.hpp"
#include "kernels/elementwise.hpp"

namespace nib::kernels {

using activations::Tanh;

inline constexpr std::ptrdiff_t sum_rows = 16;

// A feature's sixteen sums are `width` floats apart.
template <class A>
NIB_INLINE FloatBlock<A> tree_of_rows(const float* sums, std::ptrdiff_t width)
{
    FloatBlock<A> rows[sum_rows];
    for (std::ptrdiff_t i = 0; i < sum_rows; ++i) rows[i] = load<A>(sums + i * width);
    for (std::ptrdiff_t half = sum_rows / 2; half > 0; half /= 2) {
        for (std::ptrdiff_t i = 0; i < half; ++i) rows[i] = rows[i] + rows[i + half];
    }
    return rows[0];
}

// f(at, feature, sums, get) for each block of features of each example. at: the block's offset in the arrays; sums: the
// block's sums.
template <class A, class F>
NIB_INLINE void for_examples(std::ptrdiff_t examples, std::ptrdiff_t features, std::ptrdiff_t stride, float* sums,
                             std::ptrdiff_t width, F f)
{
    for (std::ptrdiff_t i = 0; i < examples; ++i) {
        float* to = sums + i % sum_rows * width;
        for_array<A>(features, [&](std::ptrdiff_t feature, auto get, auto)
                                   NIB_INLINE_LAMBDA { f(i * stride + feature, feature, to + feature, get); });
    }
}

// f(at, feature, get, put) for each block of features of each example.
template <class A, class F>
NIB_INLINE void for_results(std::ptrdiff_t examples, std::ptrdiff_t features, std::ptrdiff_t stride, bool past_caches,
                            F f)
{
    for (std::ptrdiff_t i = 0; i < examples; ++i) {
        const auto in_row = [&](std::ptrdiff_t feature, auto get, auto put)
                                NIB_INLINE_LAMBDA { f(i * stride + feature, feature, get, put); };
        past_caches ? for_blocks_past_caches<A>(features, in_row) : for_array<A>(features, in_row);
    }
    if (past_caches) stream_end();
}

NIB_INLINE void clear(float* sums, std::ptrdiff_t n)
{
    std::memset(sums, 0, static_cast<std::size_t>(n) * sizeof(float));
}

template <class A>
NIB_INLINE void row_statistics(const RowNormForward& t, std::ptrdiff_t width)
{
    const FloatBlock<A> n = broadcast<A>(static_cast<float>(t.examples));
    float* sums = t.workspace;
    clear(sums, sum_rows * width);
    for_examples<A>(t.examples, t.features, t.stride, sums, width,
                    [&](std::ptrdiff_t at, std::ptrdiff_t, float* to, auto get)
                        NIB_INLINE_LAMBDA { store<A>(to, load<A>(to) + get(t.z + at)); });
    for_array<A>(t.features, [&](std::ptrdiff_t f, auto, auto put)
                                 NIB_INLINE_LAMBDA { put(t.mean + f, tree_of_rows<A>(sums + f, width) / n); });

    clear(sums, sum_rows * width);
    for_examples<A>(t.examples, t.features, t.stride, sums, width,
                    [&](std::ptrdiff_t at, std::ptrdiff_t f, float* to, auto get) NIB_INLINE_LAMBDA {
                        const FloatBlock<A> d = get(t.z + at) - get(t.mean + f);
                        store<A>(to, fma(d, d, load<A>(to)));
                    });
    for_array<A>(t.features, [&](std::ptrdiff_t f, auto, auto put) NIB_INLINE_LAMBDA {
        const FloatBlock<A> variance = tree_of_rows<A>(sums + f, width) / n;
        put(t.inverse_std + f, broadcast<A>(1.0f) / sqrt(variance + broadcast<A>(t.eps)));
    });
}

template <class A>
void row_norm_forward(const RowNormForward& given)
{
    const RowNormForward t = given;
    const std::ptrdiff_t width = (t.features + 15) / 16 * 16;
    row_statistics<A>(t, width);
    for_results<A>(t.examples, t.features, t.stride, t.past_caches,
                   [&](std::ptrdiff_t at, std::ptrdiff_t f, auto get, auto put) NIB_INLINE_LAMBDA {
                       const FloatBlock<A> x = (get(t.z + at) - get(t.mean + f)) * get(t.inverse_std + f);
                       put(t.x + at, x);
                       put(t.y + at, tanh(fma(get(t.gamma + f), x, get(t.beta + f))));
                   });
}

template <class A>
void row_affine(const RowAffine& given)
{
    const RowAffine t = given;
    for_results<A>(t.examples, t.features, t.stride, t.past_caches,
                   [&](std::ptrdiff_t at, std::ptrdiff_t f, auto get, auto put) NIB_INLINE_LAMBDA {
                       put(t.y + at, tanh(fma(get(t.scale + f), get(t.z + at), get(t.shift + f))));
                   });
}

template <class A>
void row_norm_backward(const RowNormBackward& given)
{
    const RowNormBackward t = given;
    const std::ptrdiff_t width = (t.features + 15) / 16 * 16;
    float *sum_da = t.workspace, *sum_da_x = sum_da + sum_rows * width;
    clear(sum_da, 2 * sum_rows * width);
    for_examples<A>(t.examples, t.features, t.stride, sum_da, width,
                    [&](std::ptrdiff_t at, std::ptrdiff_t, float* to, auto get) NIB_INLINE_LAMBDA {
                        const FloatBlock<A> da = Tanh::backward(get(t.dy + at), zero<A>(), get(t.y + at));
                        float* to_x = to + sum_rows * width;
                        store<A>(to, load<A>(to) + da);
                        store<A>(to_x, fma(da, get(t.x + at), load<A>(to_x)));
                    });
    // Three numbers of each feature overwrite sums that have been added up.
    float *scale = sum_da, *mean_da = scale + width, *slope = mean_da + width;
    const FloatBlock<A> n = broadcast<A>(static_cast<float>(t.examples)), minus_n = zero<A>() - n;
    for_array<A>(t.features, [&](std::ptrdiff_t f, auto get, auto put) NIB_INLINE_LAMBDA {
        const FloatBlock<A> dbeta = tree_of_rows<A>(sum_da + f, width), dgamma = tree_of_rows<A>(sum_da_x + f, width);
        put(t.dbeta + f, dbeta);
        put(t.dgamma + f, dgamma);
        store<A>(scale + f, get(t.gamma + f) * get(t.inverse_std + f));
        store<A>(mean_da + f, dbeta / n);
        store<A>(slope + f, dgamma / minus_n);
    });
    for_results<A>(t.examples, t.features, t.stride, t.past_caches,
                   [&](std::ptrdiff_t at, std::ptrdiff_t f, auto get, auto put) NIB_INLINE_LAMBDA {
                       const FloatBlock<A> da = Tanh::backward(get(t.dy + at), zero<A>(), get(t.y + at));
                       const FloatBlock<A> moved = fma(get(t.x + at), load<A>(slope + f), da - load<A>(mean_da + f));
                       put(t.dz + at, load<A>(scale + f) * moved);
                   });
}

} // namespace nib::kernels
