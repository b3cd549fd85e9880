#include "catch.hpp"
#include "kernels/arrays.hpp"

using namespace nib;
using namespace nib::test;

TEST_CASE("blend moves an average towards new numbers")
{
    Numbers numbers(1);
    for (const float momentum : {0.001f, 0.1f, 1.0f}) {
        for_lengths([&](std::ptrdiff_t n, Guard guard) {
            Array x(n, numbers, guard), average(n, numbers, guard);
            std::vector<float> wanted(average.begin(), average.end());
            for (std::size_t i = 0; i < wanted.size(); ++i) {
                wanted[i] = momentum < 0.5f ? fma_once(momentum, x[i] - wanted[i], wanted[i])
                                            : fma_once(momentum - 1.0f, x[i] - wanted[i], x[i]);
            }
            table().blend(n, momentum, x.data(), average.data());
            CHECK(bit_difference(average, wanted) == "");
            CHECK(average.intact());
            if (momentum == 1.0f) CHECK(bit_difference(average, x) == "");
        });
    }
}
