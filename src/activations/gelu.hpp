// gelu: y = a Phi(a), where Phi(a) = (1 + erf(a / sqrt 2)) / 2 is the normal distribution.
#pragma once

#include "activations/definition.hpp"
#include "nib/nib.h"
#include "simd/math.hpp"

namespace nib::activations {

struct Gelu {
    static constexpr nib_activation number = NIB_GELU;
    static constexpr char word[] = "gelu";
    static constexpr double gain = 1.5335304; // 1 / sqrt(E y^2)
    static constexpr float bound = 0.0f;
    static constexpr bool fused = false;
    // Without fma, t^2 / 2, which is up to 103, is rounded to a float; exp turns that into an error of as many units.
    static constexpr Errors errors = {7.1, 2.4}, errors_without_fma = {68, 2.4};

    // With t = |a|, Phi(-t) = e r for e = exp(-t^2 / 2) and r = normal_tail(t): max(a, 0) - t e r on either side of 0.
    // From t = 15 on the second term is 0.
    template <class A>
    NIB_INLINE static simd::FloatBlock<A> forward(const simd::FloatBlock<A>& a)
    {
        const simd::FloatBlock<A> t = min(simd::constant<A>(15), absolute(a));
        const simd::Scaled<A> e = exp_of_product(simd::constant<A>(-0.5) * t, t);
        const simd::FloatBlock<A> tail = t * e.value * normal_tail(t);
        return fma(simd::zero<A>() - tail, e.scale, max(simd::zero<A>(), a));
    }

    // The slope is d = e (r - t / sqrt(2 pi)) below 0 and 1 - d above.
    template <class A>
    NIB_INLINE static simd::FloatBlock<A> backward(const simd::FloatBlock<A>& dy, const simd::FloatBlock<A>& a,
                                                   const simd::FloatBlock<A>&)
    {
        const simd::FloatBlock<A> t = min(simd::constant<A>(15), absolute(a));
        const simd::Scaled<A> e = exp_of_product(simd::constant<A>(-0.5) * t, t);
        const simd::FloatBlock<A> d =
            e.value * e.scale * fma(simd::constant<A>(-0.3989422804014327), t, normal_tail(t));
        return dy * select(less(a, simd::zero<A>()), d, simd::constant<A>(1) - d);
    }

    static constexpr char c_text[] = R"(
/* max(x, 0) - t e r, t = |x|, e = exp(-t^2 / 2), r = p / q: the normal distribution's tail beyond t is e r. */
static float $p_$[activation](float x)
{
    const float size = x < 0.0f ? -x : x, t = 15.0f < size ? 15.0f : size;
    float scale, p = 0.00416708729557f, q = 0.0104452301405f;
    const float e = $p_scaled_exp(-0.5f * t, t, &scale);
    p = $P_FMA(p, t, 0.0409741968444f);
    p = $P_FMA(p, t, 0.184244679286f);
    p = $P_FMA(p, t, 0.439654400015f);
    p = $P_FMA(p, t, 0.500000003186f);
    q = $P_FMA(q, t, 0.102713074418f);
    q = $P_FMA(q, t, 0.472136218382f);
    q = $P_FMA(q, t, 1.20669125704f);
    q = $P_FMA(q, t, 1.67719381509f);
    q = $P_FMA(q, t, 1.0f);
    return $P_FMA(0.0f - t * e * (p / q), scale, 0.0f > x ? 0.0f : x);
}
)";
    // The steps: times 1 / sqrt(2), erf, plus 1, times a, times 0.5.
    static constexpr std::initializer_list<OnnxNode> onnx = {
        {"Mul", {0.707106781f}}, {"Erf"}, {"Add", {1.0f}}, {.operation = "Mul", .with_input = true}, {"Mul", {0.5f}},
    };
    static constexpr char pytorch[] = "nn.GELU()";
};

} // namespace nib::activations
