// Compares tanh, exp and log of the table with exact values, for the short and the exhaustive test.
#pragma once

#include "kernels/oracle.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

namespace nib::test {

// Computed in double, accurate far below a float's last place; series where the C library would take most of the time.
inline double exact_tanh(double x) { return std::abs(x) < 0x1p-12 ? x * (1 - x * x / 3) : std::tanh(x); }
inline double exact_exp(double x) { return std::abs(x) < 0x1p-12 ? 1 + x + x * x / 2 : std::exp(x); }
inline double exact_log(double x) { return std::log(x); }

struct MathFunction {
    const char* name;
    void (*kernels::Table::*run)(std::ptrdiff_t n, const float* x, float* y);
    double (*exact)(double x);
    double bound, bound_without_fma; // as math.hpp states them, in ulp
};

inline constexpr MathFunction math_functions[] = {
    {"tanh", &kernels::Table::tanh, exact_tanh, 3.27, 3.70},
    {"exp", &kernels::Table::exp, exact_exp, 1.01, 0.98},
    {"log", &kernels::Table::log, exact_log, 1.20, 1.23},
};

// |got - exact| in units in the last place of exact as a float. Infinity if one of the two is an infinity, NaN or a
// zero (with its sign) and the other is not.
inline double error_in_ulp(float got, double exact)
{
    const float nearest = static_cast<float>(exact);
    if (!std::isfinite(nearest) || !std::isfinite(got) || exact == 0) return same_bits(got, nearest) ? 0 : INFINITY;
    const auto exponent = static_cast<std::int64_t>(std::bit_cast<std::uint64_t>(exact) >> 52 & 0x7ff);
    const std::int64_t last_place = std::max<std::int64_t>(exponent, 1023 - 126) - 23;
    return std::abs(got - exact) * std::bit_cast<double>((2 * 1023 - last_place) << 52);
}

struct WorstError {
    double ulp = 0;
    float at = 0;

    void include(const WorstError& other)
    {
        if (other.ulp > ulp) *this = other;
    }
};

inline WorstError worst_error(const MathFunction& function, std::span<const float> x, std::span<const float> y)
{
    WorstError worst;
    for (std::size_t i = 0; i < x.size(); ++i) worst.include({error_in_ulp(y[i], function.exact(x[i])), x[i]});
    return worst;
}

inline double bound_of(const MathFunction& function)
{
    return is_fused() ? function.bound : function.bound_without_fma;
}

inline std::vector<float> apply(const kernels::Table& from, const MathFunction& function, std::span<const float> x)
{
    std::vector<float> y(x.size());
    (from.*function.run)(static_cast<std::ptrdiff_t>(x.size()), x.data(), y.data());
    return y;
}

} // namespace nib::test
