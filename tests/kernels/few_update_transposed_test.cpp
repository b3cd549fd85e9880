#include "catch.hpp"
#include "kernels/rows.hpp"

#include <algorithm>

using namespace nib;
using namespace nib::test;

namespace {

// C (m, columns in whole blocks) by `examples`, and its first columns transposed.
void check(std::ptrdiff_t m, std::ptrdiff_t columns, std::ptrdiff_t examples, Numbers& numbers, Guard guard)
{
    constexpr float alpha = -0.37f;
    CAPTURE(m, columns, examples);
    const std::ptrdiff_t n = in_blocks(columns);
    Rows a(examples, m, 16, guard), b(examples, n, 16, guard), c(m, n, 16, guard), wanted(m, n, 0);
    Rows transposed(columns, m, 16, guard), wanted_transposed(columns, m, 0);
    a.fill(numbers);
    b.fill(numbers);
    c.fill(numbers);
    for (std::ptrdiff_t e = 0; e < examples; ++e) std::fill_n(&b.at(e, columns), n - columns, 0.0f); // its padding
    wanted.copy_examples(c);
    table().few_update_transposed({{.m = m,
                                    .n = n,
                                    .examples = examples,
                                    .a = a.data(),
                                    .a_stride = a.stride(),
                                    .b = b.data(),
                                    .b_stride = b.stride(),
                                    .c = c.data(),
                                    .c_stride = c.stride(),
                                    .alpha = alpha},
                                   columns,
                                   transposed.data(),
                                   transposed.stride()});
    for (std::ptrdiff_t i = 0; i < m; ++i) {
        for (std::ptrdiff_t j = 0; j < n; ++j) {
            wanted.at(i, j) = moved(a, i, b, j, alpha, wanted.at(i, j));
            if (j < columns) wanted_transposed.at(j, i) = wanted.at(i, j);
        }
    }
    CHECK(bit_difference(c, wanted) == "");
    CHECK(bit_difference(transposed, wanted_transposed) == "");
    CHECK(c.intact());
    CHECK(transposed.intact());
}

} // namespace

TEST_CASE("an update leaves the moved weights transposed as well")
{
    Numbers numbers(32);
    for (const std::ptrdiff_t examples : {1, 6, 7, 8, 14}) {
        for (const std::ptrdiff_t columns : {16, 30, 32, 100, 200}) {
            check(1, columns, examples, numbers, Guard::behind);
            check(27, columns, examples, numbers, Guard::behind);
            check(32, columns, examples, numbers, Guard::before);
        }
    }
}
