#include "catch.hpp"
#include "kernels/arrays.hpp"

using namespace nib;
using namespace nib::test;

TEST_CASE("scale multiplies each number")
{
    Numbers numbers(1);
    for_lengths([&](std::ptrdiff_t n, Guard guard) {
        Array x(n, numbers, guard);
        std::vector<float> wanted(x.begin(), x.end());
        for (float& each : wanted) each *= 0.3f;
        table().scale(n, 0.3f, x.data());
        CHECK(bit_difference(x, wanted) == "");
        CHECK(x.intact());
    });
}
