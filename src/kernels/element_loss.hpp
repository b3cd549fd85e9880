// Losses that are a sum over outputs, with one term for each number and its target: 16 examples side by side in the
// lanes.
#pragma once

#include "activations/sigmoid.hpp"
#include "activations/softplus.hpp"
#include "kernels/batchnorm.hpp"

namespace nib::kernels {

// The loss of an output z for its target t, and its slope with respect to z.
template <class A>
struct SquaredLoss {
    NIB_INLINE FloatBlock<A> value(const FloatBlock<A>& z, const FloatBlock<A>& t) const { return (z - t) * (z - t); }
    NIB_INLINE FloatBlock<A> slope(const FloatBlock<A>& z, const FloatBlock<A>& t) const { return (z - t) + (z - t); }
};

template <class A>
struct HuberLoss {
    FloatBlock<A> delta;

    NIB_INLINE FloatBlock<A> value(const FloatBlock<A>& z, const FloatBlock<A>& t) const
    {
        const FloatBlock<A> d = absolute(z - t), half = broadcast<A>(0.5f);
        return select(less(d, delta), half * d * d, delta * (d - half * delta));
    }
    NIB_INLINE FloatBlock<A> slope(const FloatBlock<A>& z, const FloatBlock<A>& t) const
    {
        return max(zero<A>() - delta, min(delta, z - t));
    }
};

template <class A>
struct LogisticLoss {
    NIB_INLINE FloatBlock<A> value(const FloatBlock<A>& z, const FloatBlock<A>& t) const
    {
        return activations::Softplus::forward<A>(z) - z * t;
    }
    NIB_INLINE FloatBlock<A> slope(const FloatBlock<A>& z, const FloatBlock<A>& t) const
    {
        return activations::Sigmoid::forward<A>(z) - t;
    }
};

template <class A, class Function>
NIB_INLINE float element_loss_of(const ElementLoss& l, const Function& function)
{
    const float all = l.weight * static_cast<float>(l.rows);
    const FloatBlock<A> share = broadcast<A>(all > 0 ? 1.0f / all : 0.0f);
    FloatBlock<A> loss = zero<A>();
    for (std::ptrdiff_t row = 0; row < l.rows; ++row) {
        const std::ptrdiff_t at = row * l.stride;
        const bool is_own = l.gradient != nullptr && row >= l.first_row && row < l.last_row;
        for_blocks<A>(l.examples, [&](std::ptrdiff_t i, auto partial) NIB_INLINE_LAMBDA {
            const FloatBlock<A> z = load<A>(l.z + at + i), t = load<A>(l.targets + at + i);
            const FloatBlock<A> w = l.weights != nullptr ? load<A>(l.weights + i) : constant<A>(1);
            loss = loss + examples_only<A>(partial, l.examples - i, w * function.value(z, t));
            if (is_own) store<A>(l.gradient + at + i, w * function.slope(z, t) * share);
        });
    }
    return all > 0 ? sum(loss) / all : 0.0f;
}

template <class A>
float element_loss(const ElementLoss& l)
{
    if (l.function == LossFunction::squared) return element_loss_of<A>(l, SquaredLoss<A>{});
    if (l.function == LossFunction::huber) return element_loss_of<A>(l, HuberLoss<A>{broadcast<A>(l.delta)});
    return element_loss_of<A>(l, LogisticLoss<A>{});
}

} // namespace nib::kernels
