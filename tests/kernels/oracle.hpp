// The results that the kernels must have, one float at a time: products as chains of fma, sums over 16 lanes by one
// tree. Tests compare bit by bit.
#pragma once

#include "activations/list.hpp"
#include "kernels/table.hpp"
#include "numbers.hpp"
#include "simd/math.hpp"

#include <cmath>
#include <cstddef>
#include <cstring>

namespace nib::test {

inline const kernels::Table& table() { return *kernels::table(); }

// SSE2 has no fma: only its table rounds the product, too.
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

// f for one number, as the table computes it: f takes and returns blocks.
template <class F>
float block_once(float x, F f)
{
#if defined(__SSE2__)
    if (!is_fused()) {
        float lanes[16];
        simd::store(lanes, f(simd::broadcast<simd::Sse2>(x)));
        return lanes[0];
    }
#endif
    return f(simd::broadcast<simd::Scalar>(x)).v[0];
}

// nib's own tanh, exp and log, which have their own tests.
inline float tanh_once(float x)
{
    return block_once(x, [](const auto& a) { return tanh(a); });
}
inline float exp_once(float x)
{
    return block_once(x, [](const auto& a) { return exp(a); });
}
inline float log_once(float x)
{
    return block_once(x, [](const auto& a) { return log(a); });
}

inline float activate_once(nib_activation activation, float x)
{
    float y = 0.0f;
    activations::with_activation(activation, [&]<class Activation>() {
        y = block_once(x, [](const auto& a) { return Activation::forward(a); });
    });
    return y;
}

// dy activation'(a), from a and y = activation(a).
inline float activate_backward_once(nib_activation activation, float dy, float a, float y)
{
    float da = 0.0f;
    activations::with_activation(activation, [&]<class Activation>() {
        da = block_once(a, [=]<class A>(const simd::FloatBlock<A>& at) {
            return Activation::backward(simd::broadcast<A>(dy), at, simd::broadcast<A>(y));
        });
    });
    return da;
}

} // namespace nib::test
