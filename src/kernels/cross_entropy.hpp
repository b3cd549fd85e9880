// Softmax and cross-entropy: 16 examples side by side in the lanes, the classes one after another.
#pragma once

#include "kernels/batchnorm.hpp"

namespace nib::kernels {

// The greatest logit of 16 examples and the sum of exp(logit - greatest).
template <class A>
NIB_INLINE void softmax_sum(const CrossEntropy& t, std::ptrdiff_t i, FloatBlock<A>& greatest, FloatBlock<A>& total)
{
    greatest = load<A>(t.logits + i);
    for (std::ptrdiff_t c = 1; c < t.classes; ++c) greatest = max(load<A>(t.logits + c * t.stride + i), greatest);
    total = zero<A>();
    for (std::ptrdiff_t c = 0; c < t.classes; ++c) total = total + exp(load<A>(t.logits + c * t.stride + i) - greatest);
}

template <class A>
float cross_entropy(const CrossEntropy& t)
{
    const float n = static_cast<float>(t.examples);
    FloatBlock<A> loss = zero<A>();
    for_blocks<A>(t.examples, [&](std::ptrdiff_t i, auto partial) NIB_INLINE_LAMBDA {
        FloatBlock<A> greatest, total;
        softmax_sum(t, i, greatest, total);
        float* at_target = t.workspace + i;
        for (std::ptrdiff_t e = i; e < i + 16; ++e) {
            t.workspace[e] = e < t.examples ? t.logits[t.targets[e] * t.stride + e] : 0.0f;
        }
        loss = loss + examples_only<A>(partial, t.examples - i, log(total) + (greatest - load<A>(at_target)));
        if (!t.gradient) return;
        const FloatBlock<A> scale = broadcast<A>(1.0f) / (total * broadcast<A>(n));
        for (std::ptrdiff_t c = t.first_row; c < t.last_row; ++c) {
            const std::ptrdiff_t at = c * t.stride + i;
            store<A>(t.gradient + at, exp(load<A>(t.logits + at) - greatest) * scale);
        }
    });
    if (t.gradient) {
        const float share = 1.0f / n;
        for (std::ptrdiff_t e = 0; e < t.examples; ++e) {
            const std::ptrdiff_t c = t.targets[e];
            if (c >= t.first_row && c < t.last_row) t.gradient[c * t.stride + e] -= share;
        }
    }
    return sum(loss) / n;
}

} // namespace nib::kernels
