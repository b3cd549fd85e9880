// Softmax and cross-entropy of few examples, the classes side by side in the lanes: the same arithmetic and bits as
// cross_entropy.hpp.
#pragma once

#include "kernels/activation.hpp"
#include "kernels/with_number.hpp"

#include <algorithm>

namespace nib::kernels {

// The greatest of an example's logits.
template <class A>
NIB_INLINE float greatest_of(const float* logits, std::ptrdiff_t classes)
{
    FloatBlock<A> most = broadcast<A>(logits[0]);
    std::ptrdiff_t c = 0;
    for (; c + 16 <= classes; c += 16) most = max(load<A>(logits + c), most);
    if (c < classes) most = select(first<A>(static_cast<int>(classes - c)), max(load<A>(logits + c), most), most);
    return greatest(most);
}

// The sums over the classes of some examples, each in order; side by side, since an addition waits for the one before.
template <int examples>
NIB_INLINE void totals_of(const float* x, std::ptrdiff_t stride, std::ptrdiff_t classes, float* totals)
{
    float sums[examples] = {};
    for (std::ptrdiff_t c = 0; c < classes; ++c) {
#pragma GCC unroll 4
        for (int e = 0; e < examples; ++e) sums[e] += x[e * stride + c];
    }
    for (int e = 0; e < examples; ++e) totals[e] = sums[e];
}

template <class A>
float few_cross_entropy(const FewCrossEntropy& given)
{
    const FewCrossEntropy t = given;
    const float n = static_cast<float>(t.examples), share = 1.0f / n;
    float totals[16], differences[16] = {}, scales[16]; // greatest logit minus the target's
    for (float& each : totals) each = 1.0f;
    for (std::ptrdiff_t e = 0; e < t.examples; ++e) {
        const float* logits = t.logits + e * t.stride;
        const float greatest = greatest_of<A>(logits, t.classes);
        differences[e] = greatest - logits[t.targets[e]];
        for (std::ptrdiff_t c = 0; c < t.classes; c += 16)
            store<A>(t.gradient + e * t.stride + c, exp(load<A>(logits + c) - broadcast<A>(greatest)));
    }
    for (std::ptrdiff_t e = 0; e < t.examples; e += 4)
        with_number<4>(std::min<std::ptrdiff_t>(t.examples - e, 4), [&]<int count>() NIB_INLINE_LAMBDA {
            totals_of<count>(t.gradient + e * t.stride, t.stride, t.classes, totals + e);
        });
    const FloatBlock<A> total = load<A>(totals), losses = log(total) + load<A>(differences);
    store<A>(scales, broadcast<A>(1.0f) / (total * broadcast<A>(n)));
    // Whole blocks are stored, since a number stored alone would hold up the next stage, which loads blocks. Classes
    // are fewer than 2^24, so that a float holds the target's.
    for (std::ptrdiff_t e = 0; e < t.examples; ++e) {
        float* gradient = t.gradient + e * t.stride;
        const FloatBlock<A> scale = broadcast<A>(scales[e]);
        for (std::ptrdiff_t c = 0; c < t.classes; c += 16) {
            const FloatBlock<A> part = load<A>(gradient + c) * scale;
            const auto target = equal(iota<A>(), broadcast<A>(static_cast<float>(t.targets[e] - c)));
            const FloatBlock<A> result = select(target, part - broadcast<A>(share), part);
            // The numbers behind the last class would be learned with the others, and sink to slow denormals.
            const int left = static_cast<int>(std::min<std::ptrdiff_t>(t.classes - c, 16));
            store<A>(gradient + c, select(first<A>(left), result, zero<A>()));
        }
    }
    return sum(zero<A>() + select(first<A>(static_cast<int>(t.examples)), losses, zero<A>())) / n;
}

} // namespace nib::kernels
