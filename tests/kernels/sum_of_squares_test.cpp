#include "catch.hpp"
#include "kernels/arrays.hpp"

using namespace nib;
using namespace nib::test;

TEST_CASE("sum_of_squares adds by lanes and one tree, bit by bit")
{
    Numbers numbers(1);
    for_lengths([&](std::ptrdiff_t n, Guard guard) {
        const Array x(n, numbers, guard);
        LaneSum wanted;
        double exact = 0;
        for (std::ptrdiff_t i = 0; i < n; ++i) {
            const float each = x[static_cast<std::size_t>(i)];
            wanted.add_product(i, each, each);
            exact += static_cast<double>(each) * static_cast<double>(each);
        }
        const float found = table().sum_of_squares(n, x.data());
        CHECK(found == wanted.total());
        CHECK(found == Approx(exact).epsilon(1e-5)); // 63 sums of floats a lane at most
    });
}
