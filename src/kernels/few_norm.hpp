// Bias and batch normalisation of few examples, the features side by side in the lanes: the same arithmetic and bits as
// batchnorm.hpp. A feature's examples are the first of sixteen numbers, which the same tree adds up. The missing
// numbers count as 0, which changes no sum: sums begin at 0, and are never -0.
#pragma once

#include "kernels/activation.hpp"

namespace nib::kernels {

// The sum of up to sixteen numbers by the tree of simd::sum, in each lane. x is overwritten.
template <int count, class A>
NIB_INLINE FloatBlock<A> tree_of_examples(FloatBlock<A> (&x)[count])
{
#pragma GCC unroll 4
    for (int half = 8; half > 0; half /= 2) {
#pragma GCC unroll 8
        for (int i = 0; i < half; ++i) {
            if (i + half < count) x[i] = x[i] + x[i + half];
        }
    }
    return x[0];
}

template <class A>
void few_shift(const FewShift& given)
{
    const FewShift t = given;
    for (std::ptrdiff_t e = 0; e < t.examples; ++e) {
        float* z = t.z + e * t.stride;
        for (std::ptrdiff_t f = 0; f < t.features; f += 16) store<A>(z + f, load<A>(z + f) + load<A>(t.shift + f));
    }
}

// Calls f.template operator()<room>() for the room of 2, 4, 8 or 14 that so many examples need: code for each number
// would be three times as large.
template <class F>
NIB_INLINE void with_room(std::ptrdiff_t examples, F f)
{
    if (examples <= 2) return f.template operator()<2>();
    if (examples <= 4) return f.template operator()<4>();
    if (examples <= 8) return f.template operator()<8>();
    static_assert(few_examples == 14);
    f.template operator()<14>();
}

template <class A, int room>
NIB_INLINE void normalise_features(const FewNormForward& t, std::ptrdiff_t f)
{
    const FloatBlock<A> n = broadcast<A>(static_cast<float>(t.examples));
    FloatBlock<A> d[room], terms[room];
#pragma GCC unroll 16
    for (int e = 0; e < room; ++e) {
        d[e] = zero<A>();
        if (e < t.examples) d[e] = load<A>(t.z + e * t.stride + f);
        terms[e] = zero<A>() + d[e];
    }
    const FloatBlock<A> mean = tree_of_examples(terms) / n;
#pragma GCC unroll 16
    for (int e = 0; e < room; ++e) {
        terms[e] = zero<A>();
        if (e < t.examples) {
            d[e] = d[e] - mean;
            terms[e] = fma(d[e], d[e], zero<A>());
        }
    }
    const FloatBlock<A> scatter = tree_of_examples(terms);
    const FloatBlock<A> sample_variance = scatter / broadcast<A>(static_cast<float>(t.examples - 1));
    const FloatBlock<A> variance = t.unbiased ? sample_variance : scatter / n;
    const FloatBlock<A> inverse_std = broadcast<A>(1.0f) / sqrt(variance + broadcast<A>(t.eps));
    store<A>(t.mean + f, mean);
    store<A>(t.spread + f, t.spread_is_std ? sqrt(sample_variance) : sample_variance);
    store<A>(t.inverse_std + f, inverse_std);
    const FloatBlock<A> gamma = load<A>(t.gamma + f), beta = load<A>(t.beta + f);
#pragma GCC unroll 16
    for (int e = 0; e < room; ++e) {
        if (e >= t.examples) break;
        const FloatBlock<A> x = d[e] * inverse_std;
        store<A>(t.z + e * t.stride + f, x);
        store<A>(t.a + e * t.stride + f, fma(gamma, x, beta));
    }
}

template <class A>
void few_norm_forward(const FewNormForward& given)
{
    using B = Narrow<A>;
    const FewNormForward t = given;
    with_room(t.examples, [&]<int room>() NIB_INLINE_LAMBDA {
        for (std::ptrdiff_t f = 0; f < t.features; f += block_lanes<B>) normalise_features<B, room>(t, f);
    });
}

// The tree over the examples of term(at), `at` the offset of a block in the arrays.
template <class A, int room, class F>
NIB_INLINE FloatBlock<A> sum_of_examples(const FewNormBackward& t, std::ptrdiff_t f, F term)
{
    FloatBlock<A> terms[room];
#pragma GCC unroll 16
    for (int e = 0; e < room; ++e) {
        terms[e] = zero<A>();
        if (e < t.examples) terms[e] = term(e * t.stride + f);
    }
    return tree_of_examples(terms);
}

template <class A, int room>
NIB_INLINE void normalise_features_backward(const FewNormBackward& t, std::ptrdiff_t f)
{
    const float n = static_cast<float>(t.examples);
    const auto term = [&](std::ptrdiff_t at)
                          NIB_INLINE_LAMBDA { return fma(load<A>(t.da + at), load<A>(t.x + at), zero<A>()); };
    const FloatBlock<A> dgamma = sum_of_examples<A, room>(t, f, term), dbeta = load<A>(t.dbeta + f);
    const FloatBlock<A> scale = load<A>(t.gamma + f) * load<A>(t.inverse_std + f), mean = dbeta / broadcast<A>(n);
    const FloatBlock<A> slope = dgamma / broadcast<A>(t.unbiased ? 1.0f - n : -n);
    store<A>(t.dgamma + f, dgamma);
    for (std::ptrdiff_t e = 0; e < t.examples; ++e) {
        const std::ptrdiff_t at = e * t.stride + f;
        store<A>(t.da + at, scale * fma(load<A>(t.x + at), slope, load<A>(t.da + at) - mean));
    }
}

template <class A>
void few_norm_backward(const FewNormBackward& given)
{
    using B = Narrow<A>;
    const FewNormBackward t = given;
    with_room(t.examples, [&]<int room>() NIB_INLINE_LAMBDA {
        for (std::ptrdiff_t f = 0; f < t.features; f += block_lanes<B>) {
            const auto term = [&](std::ptrdiff_t at) NIB_INLINE_LAMBDA { return zero<B>() + load<B>(t.da + at); };
            store<B>(t.dbeta + f, sum_of_examples<B, room>(t, f, term));
            if (t.gamma) normalise_features_backward<B, room>(t, f);
        }
    });
}

} // namespace nib::kernels
