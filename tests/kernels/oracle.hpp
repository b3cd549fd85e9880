// What the kernels promise to compute, one float at a time: products as chains of fma, sums over 16 lanes by one tree.
// The results are compared bit by bit.
#pragma once

#include "kernels/table.hpp"
#include "numbers.hpp"
#include "simd/math.hpp"

#include <cmath>
#include <cstddef>
#include <cstring>

namespace nib::test {

inline const kernels::Table& table() { return *kernels::table(); }

// SSE2 has no fma; its table alone rounds the product, too.
inline bool is_fused()
{
    static const bool fused = std::strcmp(table().isa, "sse2") != 0;
    return fused;
}

inline float fma_once(float a, float b, float c) { return is_fused() ? std::fma(a, b, c) : a * b + c; }

// Numbers added up along a row: number i goes to lane i % 16, and the lanes are added by a tree.
class LaneSum {
public:
    void add(std::ptrdiff_t i, float x) { lanes_[i % 16] += x; }
    void add_product(std::ptrdiff_t i, float a, float b) { lanes_[i % 16] = fma_once(a, b, lanes_[i % 16]); }

    float total() const
    {
        float sums[16];
        std::memcpy(sums, lanes_, sizeof sums);
        for (int width = 8; width > 0; width /= 2) {
            for (int i = 0; i < width; ++i) sums[i] += sums[i + width];
        }
        return sums[0];
    }

private:
    float lanes_[16] = {};
};

// nib's own tanh, exp and log, which have tests of their own, of one number: function is simd::tanh<A> or its like.
#if defined(__SSE2__)
#define NIB_ORACLE_FUNCTION(name)                                                                                      \
    inline float name##_once(float x)                                                                                  \
    {                                                                                                                  \
        float lanes[16];                                                                                               \
        if (is_fused()) return simd::name(simd::broadcast<simd::Scalar>(x)).v[0];                                      \
        simd::store(lanes, simd::name(simd::broadcast<simd::Sse2>(x)));                                                \
        return lanes[0];                                                                                               \
    }
#else
#define NIB_ORACLE_FUNCTION(name)                                                                                      \
    inline float name##_once(float x) { return simd::name(simd::broadcast<simd::Scalar>(x)).v[0]; }
#endif

NIB_ORACLE_FUNCTION(tanh)
NIB_ORACLE_FUNCTION(exp)
NIB_ORACLE_FUNCTION(log)
#undef NIB_ORACLE_FUNCTION

inline float activate_once(kernels::Activation activation, float x)
{
    switch (activation) {
    case kernels::Activation::tanh:
        return tanh_once(x);
    case kernels::Activation::relu:
        return 0.0f > x ? 0.0f : x;
    case kernels::Activation::identity:
        break;
    }
    return x;
}

// dy activation'(x), by y = activation(x).
inline float activate_backward_once(kernels::Activation activation, float dy, float y)
{
    switch (activation) {
    case kernels::Activation::tanh:
        return dy * fma_once(-y, y, 1.0f);
    case kernels::Activation::relu:
        return y > 0.0f ? dy : 0.0f;
    case kernels::Activation::identity:
        break;
    }
    return dy;
}

constexpr kernels::Activation activations[] = {kernels::Activation::tanh, kernels::Activation::relu,
                                               kernels::Activation::identity};

} // namespace nib::test
