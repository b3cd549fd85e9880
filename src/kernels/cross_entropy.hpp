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

// The loss with neither weights nor smoothing.
template <class A>
float plain_cross_entropy(const CrossEntropy& t)
{
    const float n = t.weight;
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

// The logit of each example's target, for one block of examples.
template <class A>
NIB_INLINE FloatBlock<A> target_logits(const CrossEntropy& t, std::ptrdiff_t i)
{
    for (std::ptrdiff_t e = i; e < i + 16; ++e)
        t.workspace[e] = e < t.examples ? t.logits[t.targets[e] * t.stride + e] : 0.0f;
    return load<A>(t.workspace + i);
}

template <class A>
float weighted_cross_entropy(const CrossEntropy& t)
{
    const float to_all = t.smoothing / static_cast<float>(t.classes), to_target = 1.0f - t.smoothing;
    const float share = t.weight > 0 ? 1.0f / t.weight : 0.0f;
    FloatBlock<A> loss = zero<A>();
    for_blocks<A>(t.examples, [&](std::ptrdiff_t i, auto partial) NIB_INLINE_LAMBDA {
        FloatBlock<A> greatest, total, logits = zero<A>();
        softmax_sum(t, i, greatest, total);
        for (std::ptrdiff_t c = 0; c < t.classes; ++c)
            logits = logits + (load<A>(t.logits + c * t.stride + i) - greatest);
        const FloatBlock<A> w = t.weights != nullptr ? load<A>(t.weights + i) : constant<A>(1);
        const FloatBlock<A> wanted =
            broadcast<A>(to_target) * (target_logits<A>(t, i) - greatest) + broadcast<A>(to_all) * logits;
        loss = loss + examples_only<A>(partial, t.examples - i, w * (log(total) - wanted));
        if (!t.gradient) return;
        const FloatBlock<A> scale = w * broadcast<A>(share);
        for (std::ptrdiff_t c = t.first_row; c < t.last_row; ++c) {
            const std::ptrdiff_t at = c * t.stride + i;
            store<A>(t.gradient + at, (exp(load<A>(t.logits + at) - greatest) / total - broadcast<A>(to_all)) * scale);
        }
    });
    if (t.gradient) {
        for (std::ptrdiff_t e = 0; e < t.examples; ++e) {
            const std::ptrdiff_t c = t.targets[e];
            const float w = t.weights != nullptr ? t.weights[e] : 1.0f;
            if (c >= t.first_row && c < t.last_row) t.gradient[c * t.stride + e] -= w * share * to_target;
        }
    }
    return sum(loss) * share;
}

template <class A>
float cross_entropy(const CrossEntropy& t)
{
    return t.weights == nullptr && t.smoothing == 0 ? plain_cross_entropy<A>(t) : weighted_cross_entropy<A>(t);
}

} // namespace nib::kernels
