#include "catch.hpp"
#include "kernels/arrays.hpp"

using namespace nib;
using namespace nib::test;

TEST_CASE("add adds two arrays, also in the place of either")
{
    Numbers numbers(1);
    for_lengths([&](std::ptrdiff_t n, Guard guard) {
        Array a(n, numbers, guard), b(n, numbers, guard), y(n, numbers, guard);
        std::vector<float> wanted(a.begin(), a.end());
        for (std::size_t i = 0; i < wanted.size(); ++i) wanted[i] += b[i];
        const auto check = [&](Array& to) {
            table().add(n, a.data(), b.data(), to.data());
            CHECK(bit_difference(to, wanted) == "");
            CHECK(to.intact());
        };
        check(y);
        const std::vector<float> first(a.begin(), a.end());
        check(a);
        std::ranges::copy(first, a.begin());
        check(b);
    });
}
