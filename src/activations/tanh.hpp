// tanh. Its slope is 1 - y^2.
#pragma once

#include "activations/definition.hpp"
#include "nib/nib.h"
#include "simd/math.hpp"

namespace nib::activations {

struct Tanh {
    static constexpr nib_activation number = NIB_TANH;
    static constexpr char word[] = "tanh";
    static constexpr double gain = 5.0 / 3.0;
    static constexpr float bound = 1.0f;
    static constexpr bool fused = true;
    static constexpr Errors errors = {3.27, 2.1}, errors_without_fma = {3.7, 2.1};

    template <class A>
    NIB_INLINE static simd::FloatBlock<A> forward(const simd::FloatBlock<A>& a)
    {
        return tanh(a);
    }

    template <class A>
    NIB_INLINE static simd::FloatBlock<A> backward(const simd::FloatBlock<A>& dy, const simd::FloatBlock<A>&,
                                                   const simd::FloatBlock<A>& y)
    {
        return dy * fma(simd::zero<A>() - y, y, simd::broadcast<A>(1.0f));
    }

    static constexpr char c_text[] = R"(
/* tanh, within 4 units in the last place. |x| = n ln(2)/2 + t, i = 2^-n, b = tanh(t) by its series:
 * tanh |x| = (1 - i) + i (b (3 - i) - (1 - i)) / (b (1 - i) + (1 + i)). 12583295, 0x4b40017f, rounds to a whole
 * number. */
static float $p_$[activation](float x)
{
    $p_bits v, s;
    uint32_t sign;
    float a, t, tt, b, base;
    v.f = x;
    sign = v.u & 0x80000000u;
    v.u &= 0x7fffffffu;
    a = 9.2f < v.f ? 9.2f : v.f;
    s.f = $P_FMA(a, -2.88539004f, 12583295.0f);
    t = $P_FMA((float)((int32_t)s.u - 0x4b40017f), 0.34657359f, a);
    s.u <<= 23;
    tt = t * t;
    b = $P_FMA(tt * t, $P_FMA(tt, 0.13054353f, -0.333298475f), t);
    base = 1.0f + s.f;
    v.f = $P_FMA(s.f, $P_FMA(b, -3.0f - s.f, base) / $P_FMA(b, base, 1.0f - s.f), base);
    v.u |= sign;
    return v.f;
}
)";
    static constexpr std::initializer_list<OnnxNode> onnx = {{"Tanh"}};
    static constexpr char pytorch[] = "nn.Tanh()";
};

} // namespace nib::activations
