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

// Calls f(at, feature, get, sum) for each block of features of `rows` examples from `first` on, and of the examples 16,
// 32, ... behind each, `together` in all. Those have the same sums, which are added up in registers between one load
// and one store. at: the block's offset in the arrays. sum: `kinds` blocks; each kind has 16 rows of sums, kind by
// kind.
template <class A, int kinds, int together, class F>
NIB_INLINE void add_rows(std::ptrdiff_t first, std::ptrdiff_t rows, std::ptrdiff_t features, std::ptrdiff_t stride,
                         float* sums, std::ptrdiff_t width, F f)
{
    for (std::ptrdiff_t row = first; row < first + rows; ++row) {
        float* row_sums = sums + row % sum_rows * width;
        for_array<A>(features, [&](std::ptrdiff_t feature, auto get, auto) NIB_INLINE_LAMBDA {
            float* to = row_sums + feature;
            FloatBlock<A> sum[kinds];
            for (int k = 0; k < kinds; ++k) sum[k] = load<A>(to + k * sum_rows * width);
#pragma GCC unroll 4
            for (std::ptrdiff_t i = 0; i < together; ++i) f((row + i * sum_rows) * stride + feature, feature, get, sum);
            for (int k = 0; k < kinds; ++k) store<A>(to + k * sum_rows * width, sum[k]);
        });
    }
}

// The same for whole groups of 64 examples; returns how many examples those are. It is a function of its own because
// GCC 12 makes a pass of 32 examples slower by 8% beside these loops. f holds copies, not references, whose pointers
// would be read anew for each block.
template <class A, int kinds, class F>
[[gnu::noinline]] static std::ptrdiff_t add_groups_of_64(std::ptrdiff_t examples, std::ptrdiff_t features,
                                                         std::ptrdiff_t stride, float* sums, std::ptrdiff_t width, F f)
{
    std::ptrdiff_t i = 0;
    for (; i + 64 <= examples; i += 64) add_rows<A, kinds, 4>(i, sum_rows, features, stride, sums, width, f);
    return i;
}

// The same for all examples. With one array, four together are the fastest: the two statistics of (8192, 2048) took
// 2.8 ms, 3.1 with two together, 4.6 with one. With three arrays two are the fastest: the sums of the way back took 5.2
// ms, 6.0 with four, 5.6 with one, since twelve lines a power of two apart do not fit the first cache together. For
// blocks of more than two registers this would be 10 KB more code.
template <class A, int kinds, int arrays, class F>
NIB_INLINE void add_examples(std::ptrdiff_t examples, std::ptrdiff_t features, std::ptrdiff_t stride, float* sums,
                             std::ptrdiff_t width, F f)
{
    std::ptrdiff_t i = 0;
    if constexpr (parts<A> <= 2) {
        if constexpr (arrays == 1) {
            if (examples >= 64) i = add_groups_of_64<A, kinds>(examples, features, stride, sums, width, f);
        }
        for (; i + 32 <= examples; i += 32) add_rows<A, kinds, 2>(i, sum_rows, features, stride, sums, width, f);
    }
    add_rows<A, kinds, 1>(i, examples - i, features, stride, sums, width, f);
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
    add_examples<A, 1, 1>(t.examples, t.features, t.stride, sums, width,
                          [z = t.z](std::ptrdiff_t at, std::ptrdiff_t, auto get, FloatBlock<A>* sum)
                              NIB_INLINE_LAMBDA { *sum = *sum + get(z + at); });
    for_array<A>(t.features, [&](std::ptrdiff_t f, auto, auto put)
                                 NIB_INLINE_LAMBDA { put(t.mean + f, tree_of_rows<A>(sums + f, width) / n); });

    clear(sums, sum_rows * width);
    add_examples<A, 1, 1>(t.examples, t.features, t.stride, sums, width,
                          [z = t.z, mean = t.mean](std::ptrdiff_t at, std::ptrdiff_t f, auto get, FloatBlock<A>* sum)
                              NIB_INLINE_LAMBDA {
                                  const FloatBlock<A> d = get(z + at) - get(mean + f);
                                  *sum = fma(d, d, *sum);
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
                       // The next row is asked for: beside stores past the caches, the processor's own asking falls
                       // behind in some hours. (8192, 2048) took 10.1 ms then, with this 7.1; in others 6.6 either way.
                       if (t.past_caches) __builtin_prefetch(t.z + at + t.stride, 0, 2);
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
    add_examples<A, 2, 3>(t.examples, t.features, t.stride, sum_da, width,
                          [&](std::ptrdiff_t at, std::ptrdiff_t, auto get, FloatBlock<A>* sum) NIB_INLINE_LAMBDA {
                              const FloatBlock<A> da = Tanh::backward(get(t.dy + at), zero<A>(), get(t.y + at));
                              sum[0] = sum[0] + da;
                              sum[1] = fma(da, get(t.x + at), sum[1]);
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
