#include "catch.hpp"
#include "kernels/arrays.hpp"

using namespace nib;
using namespace nib::test;

namespace {

constexpr kernels::AdamW rates{.n = 0,
                               .w = nullptr,
                               .g = nullptr,
                               .m = nullptr,
                               .v = nullptr,
                               .decay = 0.998f,
                               .fresh1 = 0.1f,
                               .fresh2 = 0.001f,
                               .eps = 1e-8f,
                               .step_size = 0.02f,
                               .inverse_sqrt_correction = 13.0f};

void step_once(const kernels::AdamW& t)
{
    for (std::ptrdiff_t i = 0; i < t.n; ++i) {
        const float g = t.g[i];
        t.m[i] = fma_once(t.fresh1, g - t.m[i], t.m[i]);
        t.v[i] = fma_once(t.fresh2, g * g - t.v[i], t.v[i]);
        const float direction = t.m[i] / fma_once(std::sqrt(t.v[i]), t.inverse_sqrt_correction, t.eps);
        t.w[i] = fma_once(-t.step_size, direction, t.w[i] * t.decay);
    }
}

kernels::AdamW over(float* w, const float* g, float* m, float* v, std::ptrdiff_t n)
{
    kernels::AdamW t = rates;
    t.n = n;
    t.w = w;
    t.g = g;
    t.m = m;
    t.v = v;
    return t;
}

} // namespace

TEST_CASE("adamw bit by bit")
{
    Numbers numbers(1);
    for_lengths([&](std::ptrdiff_t n, Guard guard) {
        Array g(n, numbers, guard), w(n, numbers, guard), m(n, numbers, guard), v(n, numbers, guard);
        for (float& each : v) each = std::abs(each);
        std::vector<float> w1(w.begin(), w.end()), m1(m.begin(), m.end()), v1(v.begin(), v.end());
        table().adamw(over(w.data(), g.data(), m.data(), v.data(), n));
        step_once(over(w1.data(), g.data(), m1.data(), v1.data(), n));
        CHECK(bit_difference(w, w1) == "");
        CHECK(bit_difference(m, m1) == "");
        CHECK(bit_difference(v, v1) == "");
        CHECK((w.intact() && m.intact() && v.intact()));
    });
}

TEST_CASE("adamw leaves a parameter that never had a gradient to the decay alone")
{
    float w = 2.0f, g = 0.0f, m = 0.0f, v = 0.0f;
    table().adamw(over(&w, &g, &m, &v, 1));
    CHECK(w == 2.0f * 0.998f);
    CHECK(m == 0.0f);
    CHECK(v == 0.0f);
}

TEST_CASE("the first step of adamw goes by the sign of the gradient")
{
    // m / fresh1 = g and v / fresh2 = g^2, whatever the gradient's size.
    for (const float gradient : {1e-3f, -2.0f, 1e4f}) {
        float w = 0.0f, m = 0.0f, v = 0.0f;
        kernels::AdamW t = over(&w, &gradient, &m, &v, 1);
        t.step_size = 0.02f / t.fresh1;
        t.inverse_sqrt_correction = 1.0f / std::sqrt(t.fresh2);
        table().adamw(t);
        CHECK(w == Approx(gradient > 0 ? -0.02 : 0.02).epsilon(2e-5)); // eps is 1e-5 of the smallest gradient
    }
}
