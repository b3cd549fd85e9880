#include "catch.hpp"
#include "kernels/rows.hpp"

using namespace nib;
using namespace nib::test;

namespace {

void check(std::ptrdiff_t m, std::ptrdiff_t n, std::ptrdiff_t examples, Numbers& numbers, Guard guard)
{
    constexpr float alpha = -0.37f;
    CAPTURE(m, n, examples);
    Rows a(examples, m, 5, guard), b(examples, n, 16, guard), c(m, n, 3, guard), wanted(m, n, 0);
    a.fill(numbers);
    b.fill(numbers);
    c.fill(numbers);
    wanted.copy_examples(c);
    table().few_update({.m = m,
                        .n = n,
                        .examples = examples,
                        .a = a.data(),
                        .a_stride = a.stride(),
                        .b = b.data(),
                        .b_stride = b.stride(),
                        .c = c.data(),
                        .c_stride = c.stride(),
                        .alpha = alpha});
    for (std::ptrdiff_t i = 0; i < m; ++i)
        for (std::ptrdiff_t j = 0; j < n; ++j) wanted.at(i, j) = moved(a, i, b, j, alpha, wanted.at(i, j));
    CHECK(bit_difference(c, wanted) == "");
    CHECK(c.intact());
}

} // namespace

TEST_CASE("an update by few examples is a chain of fma over them, added scaled")
{
    Numbers numbers(31);
    for (std::ptrdiff_t examples = 1; examples <= kernels::fewest_examples; ++examples) {
        for (const std::ptrdiff_t n : {16, 32, 48, 112, 208}) {
            check(1, n, examples, numbers, Guard::behind);
            check(17, n, examples, numbers, Guard::behind);
            check(30, n, examples, numbers, Guard::before);
        }
    }
}
