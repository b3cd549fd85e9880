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
    FloatBlock<A> greatest = broadcast<A>(logits[0]);
    std::ptrdiff_t c = 0;
    for (; c + 16 <= classes; c += 16) greatest = max(load<A>(logits + c), greatest);
    if (c < classes)
        greatest = select(first<A>(static_cast<int>(classes - c)), max(load<A>(logits + c), greatest), greatest);
    float lanes[16];
    store<A>(lanes, greatest);
    for (int width = 8; width > 0; width /= 2) {
        for (int i = 0; i < width; ++i) lanes[i] = lanes[i + width] > lanes[i] ? lanes[i + width] : lanes[i];
    }
    return lanes[0];
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
    for (std::ptrdiff_t e = 0; e < t.examples; ++e) {
        float* gradient = t.gradient + e * t.stride;
        const FloatBlock<A> scale = broadcast<A>(scales[e]);
        for (std::ptrdiff_t c = 0; c < t.classes; c += 16) store<A>(gradient + c, load<A>(gradient + c) * scale);
        // The numbers behind the last class would be learned with the others, and sink to numbers that are slow to add.
        for (std::ptrdiff_t c = t.classes; c % 16 != 0; ++c) gradient[c] = 0.0f;
        gradient[t.targets[e]] -= share;
    }
    return sum(zero<A>() + select(first<A>(static_cast<int>(t.examples)), losses, zero<A>())) / n;
}

} // namespace nib::kernels
