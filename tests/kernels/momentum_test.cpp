#include "catch.hpp"
#include "kernels/arrays.hpp"

using namespace nib;
using namespace nib::test;

TEST_CASE("momentum is two fma, bit by bit")
{
    Numbers numbers(1);
    for_lengths([&](std::ptrdiff_t n, Guard guard) {
        Array g(n, numbers, guard), w(n, numbers, guard), v(n, numbers, guard);
        std::vector<float> wanted_w(w.begin(), w.end()), wanted_v(v.begin(), v.end());
        for (std::size_t i = 0; i < wanted_w.size(); ++i) {
            wanted_v[i] = fma_once(0.9f, wanted_v[i], g[i]);
            wanted_w[i] = fma_once(-0.1f, wanted_v[i], wanted_w[i]);
        }
        table().momentum(
            {.n = n, .w = w.data(), .g = g.data(), .velocity = v.data(), .momentum = 0.9f, .learning_rate = 0.1f});
        CHECK(bit_difference(w, wanted_w) == "");
        CHECK(bit_difference(v, wanted_v) == "");
        CHECK((w.intact() && v.intact()));
    });
}

TEST_CASE("the first step of momentum goes by the gradient alone")
{
    const float g = 0.3f;
    float w = 1.0f, v = 0.0f;
    table().momentum({.n = 1, .w = &w, .g = &g, .velocity = &v, .momentum = 0.9f, .learning_rate = 0.1f});
    CHECK(v == g);
    CHECK(w == fma_once(-0.1f, g, 1.0f));
}
