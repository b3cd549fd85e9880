#include "catch.hpp"
#include "kernels/arrays.hpp"

using namespace nib;
using namespace nib::test;

TEST_CASE("parts are added in their order")
{
    Numbers numbers(1);
    for (const std::ptrdiff_t count : {1, 2, 3, 16}) {
        for_lengths([&](std::ptrdiff_t n, Guard guard) {
            const std::ptrdiff_t part_stride = n + 3;
            Array parts(n == 0 ? 0 : (count - 1) * part_stride + n, numbers, guard), sum(n, numbers, guard);
            std::vector<float> wanted;
            for (std::ptrdiff_t i = 0; i < n; ++i) {
                float total = parts[static_cast<std::size_t>(i)];
                for (std::ptrdiff_t p = 1; p < count; ++p)
                    total += parts[static_cast<std::size_t>(p * part_stride + i)];
                wanted.push_back(total);
            }
            table().sum_parts(n, parts.data(), count, part_stride, sum.data());
            CHECK(bit_difference(sum, wanted) == "");
            CHECK(sum.intact());
        });
    }
}
