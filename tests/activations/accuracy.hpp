// Compares the activations of a table of kernels with exact values, for the short and the exhaustive test.
#pragma once

#include "activations.hpp"
#include "activations/list.hpp"
#include "exact.hpp"
#include "simd/math_functions.hpp"

#include <cmath>
#include <span>
#include <vector>

namespace nib::test {

struct Activated {
    std::vector<float> y, slope;
};

inline Activated activate(const kernels::Table& from, nib_activation activation, std::span<const float> a)
{
    const auto n = static_cast<std::ptrdiff_t>((a.size() + 15) / 16 * 16);
    std::vector<float> x(static_cast<std::size_t>(n));
    std::copy(a.begin(), a.end(), x.begin());
    Activated result{x, std::vector<float>(x.size())};
    from.activate(
        {.rows = 1, .examples = n, .stride = n, .activation = activation, .x = x.data(), .y = result.y.data()});
    from.activate_backward({.rows = 1,
                            .examples = n,
                            .stride = n,
                            .dy = nullptr,
                            .parts = 1,
                            .part_stride = 0,
                            .y = result.y.data(),
                            .x = x.data(),
                            .gamma = nullptr,
                            .shift = nullptr,
                            .activation = activation,
                            .da = result.slope.data(),
                            .dy_sum = nullptr});
    result.y.resize(a.size());
    result.slope.resize(a.size());
    return result;
}

// The errors that an activation's file states.
inline activations::Errors stated_errors(nib_activation activation)
{
    activations::Errors errors{};
    activations::with_activation(activation, [&]<class Activation>() {
        errors = is_fused() ? Activation::errors : Activation::errors_without_fma;
    });
    return errors;
}

struct WorstErrors {
    WorstError y, slope; // the slope's is in units of 2^-24

    void include(const WorstErrors& other)
    {
        y.include(other.y);
        slope.include(other.slope);
    }
};

inline WorstErrors worst_errors(nib_activation activation, std::span<const float> a, const Activated& found)
{
    WorstErrors worst;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const double x = a[i];
        worst.y.include({error_in_ulp(found.y[i], exact_activation(activation, x)), a[i]});
        const double slope = exact_slope(activation, x), got = found.slope[i];
        const bool same = std::isnan(slope) == std::isnan(got);
        worst.slope.include({!same ? INFINITY : std::isnan(got) ? 0 : std::fabs(got - slope) * 0x1p24, a[i]});
    }
    return worst;
}

} // namespace nib::test
