// An architecture whose blocks are one number in double precision, with the C library's functions: what an activation's
// arithmetic gives where nothing is rounded to float.
#pragma once

#include "activations/list.hpp"

#include <cmath>

namespace nib::simd {

struct Exact {};

template <>
struct F16<Exact> {
    double v;
};
template <>
struct M16<Exact> {
    bool v;
};

using ExactNumber = F16<Exact>;

template <>
inline ExactNumber broadcast<Exact>(float x)
{
    return {static_cast<double>(x)};
}

inline ExactNumber operator+(const ExactNumber& a, const ExactNumber& b) { return {a.v + b.v}; }
inline ExactNumber operator-(const ExactNumber& a, const ExactNumber& b) { return {a.v - b.v}; }
inline ExactNumber operator*(const ExactNumber& a, const ExactNumber& b) { return {a.v * b.v}; }
inline ExactNumber operator/(const ExactNumber& a, const ExactNumber& b) { return {a.v / b.v}; }
inline ExactNumber fma(const ExactNumber& a, const ExactNumber& b, const ExactNumber& c) { return {a.v * b.v + c.v}; }
inline ExactNumber min(const ExactNumber& a, const ExactNumber& b) { return a.v < b.v ? a : b; }
inline ExactNumber max(const ExactNumber& a, const ExactNumber& b) { return a.v > b.v ? a : b; }
inline M16<Exact> less(const ExactNumber& a, const ExactNumber& b) { return {a.v < b.v}; }
inline ExactNumber select(const M16<Exact>& m, const ExactNumber& a, const ExactNumber& b) { return m.v ? a : b; }
inline ExactNumber tanh(const ExactNumber& x) { return {std::tanh(x.v)}; }

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
