// An architecture whose blocks are one number in double precision, with the C library's functions: it gives the result
// of an activation's arithmetic without rounding to float.
#pragma once

#include "activations/list.hpp"

#include <cmath>

namespace nib::simd {

struct Exact {};

template <>
struct FloatBlock<Exact> {
    double v;
};
template <>
struct MaskBlock<Exact> {
    bool v;
};

using ExactNumber = FloatBlock<Exact>;

template <>
inline ExactNumber broadcast<Exact>(float x)
{
    return {static_cast<double>(x)};
}
template <>
inline ExactNumber constant<Exact>(double x)
{
    return {x};
}

inline ExactNumber operator+(const ExactNumber& a, const ExactNumber& b) { return {a.v + b.v}; }
inline ExactNumber operator-(const ExactNumber& a, const ExactNumber& b) { return {a.v - b.v}; }
inline ExactNumber operator*(const ExactNumber& a, const ExactNumber& b) { return {a.v * b.v}; }
inline ExactNumber operator/(const ExactNumber& a, const ExactNumber& b) { return {a.v / b.v}; }
inline ExactNumber fma(const ExactNumber& a, const ExactNumber& b, const ExactNumber& c) { return {a.v * b.v + c.v}; }
inline ExactNumber min(const ExactNumber& a, const ExactNumber& b) { return a.v < b.v ? a : b; }
inline ExactNumber max(const ExactNumber& a, const ExactNumber& b) { return a.v > b.v ? a : b; }
inline MaskBlock<Exact> less(const ExactNumber& a, const ExactNumber& b) { return {a.v < b.v}; }
inline ExactNumber select(const MaskBlock<Exact>& m, const ExactNumber& a, const ExactNumber& b) { return m.v ? a : b; }
inline ExactNumber absolute(const ExactNumber& x) { return {std::fabs(x.v)}; }
inline ExactNumber tanh(const ExactNumber& x) { return {std::tanh(x.v)}; }
inline ExactNumber exp(const ExactNumber& x) { return {std::exp(x.v)}; }
inline ExactNumber expm1_to_0(const ExactNumber& x) { return {std::expm1(x.v)}; }
inline ExactNumber log1p_to_1(const ExactNumber& x) { return {std::log1p(x.v)}; }
inline ExactNumber normal_tail(const ExactNumber& t)
{
    return {std::erfc(t.v / std::sqrt(2.0)) / 2 * std::exp(t.v * t.v / 2)};
}
inline Scaled<Exact> exp_of_product(const ExactNumber& u, const ExactNumber& v)
{
    return {{std::exp(u.v * v.v)}, {1.0}};
}

} // namespace nib::simd

namespace nib::test {

inline double exact_activation(nib_activation activation, double a)
{
    simd::ExactNumber y{};
    activations::with_activation(activation,
                                 [&]<class Activation>() { y = Activation::forward(simd::ExactNumber{a}); });
    return y.v;
}

// The derivative at a.
inline double exact_slope(nib_activation activation, double a)
{
    simd::ExactNumber slope{};
    activations::with_activation(activation, [&]<class Activation>() {
        const simd::ExactNumber at{a};
        slope = Activation::backward(simd::ExactNumber{1.0}, at, Activation::forward(at));
    });
    return slope.v;
}

} // namespace nib::test
