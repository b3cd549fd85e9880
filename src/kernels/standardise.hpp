// The way forward through a normalisation over the features of each example, with known moments.
#pragma once

#include "kernels/column_moments.hpp"

namespace nib::kernels {

template <class A, bool centred>
NIB_INLINE void standardise_rows(const Standardise& t)
{
    for (std::ptrdiff_t row = 0; row < t.rows; ++row) {
        // A shift of -0 leaves every product as it is.
        const FloatBlock<A> gamma = broadcast<A>(t.gamma[row]), beta = broadcast<A>(t.beta ? t.beta[row] : -0.0f);
        const float* x = t.x + row * t.stride;
        float* x_hat = t.x_hat + row * t.stride;
        float* y = t.y + row * t.stride;
        for_columns(t.examples, [&](std::ptrdiff_t i) NIB_INLINE_LAMBDA {
            FloatBlock<A> d = load<A>(x + i);
            if constexpr (centred) d = d - load<A>(t.mean + i);
            const FloatBlock<A> standard = d * load<A>(t.inverse_std + i);
            store<A>(x_hat + i, standard);
            store<A>(y + i, fma(gamma, standard, beta));
        });
    }
}

template <class A>
void standardise(const Standardise& given)
{
    const Standardise t = given;
    t.mean ? standardise_rows<A, true>(t) : standardise_rows<A, false>(t);
}

} // namespace nib::kernels
