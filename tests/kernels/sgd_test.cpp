#include "catch.hpp"
#include "kernels/arrays.hpp"

using namespace nib;
using namespace nib::test;

TEST_CASE("sgd is one fma")
{
    Numbers numbers(1);
    for_lengths([&](std::ptrdiff_t n, Guard guard) {
        Array g(n, numbers, guard), w(n, numbers, guard);
        std::vector<float> wanted(w.begin(), w.end());
        for (std::size_t i = 0; i < wanted.size(); ++i) wanted[i] = fma_once(-0.1f, g[i], wanted[i]);
        table().sgd(n, 0.1f, g.data(), w.data());
        CHECK(bit_difference(w, wanted) == "");
        CHECK(w.intact());
    });
}
