#include "activations.hpp"
#include "catch.hpp"
#include "kernels/rows.hpp"

using namespace nib;
using namespace nib::test;

namespace {

void check_forward(nib_activation activation, std::ptrdiff_t examples, bool in_place, Numbers& numbers, Guard guard)
{
    constexpr std::ptrdiff_t rows = 3;
    CAPTURE(static_cast<int>(activation), examples, in_place);
    Rows x(rows, examples, 3, guard), y(rows, examples, 3, guard), wanted(rows, examples, 0), before(rows, examples, 0);
    x.fill(numbers, 4.0f);
    before.copy_examples(x);
    for (std::ptrdiff_t r = 0; r < rows; ++r) {
        for (std::ptrdiff_t i = 0; i < examples; ++i) wanted.at(r, i) = activate_once(activation, x.at(r, i));
    }
    Rows& to = in_place ? x : y;
    table().activate({.rows = rows,
                      .examples = examples,
                      .stride = x.stride(),
                      .activation = activation,
                      .x = x.data(),
                      .y = to.data()});
    CHECK(bit_difference(to, wanted) == "");
    if (!in_place) CHECK(bit_difference(x, before) == "");
    CHECK((x.intact() && y.intact()));
}

struct Backward {
    std::ptrdiff_t examples, parts;
    nib_activation activation;
    bool scaled, shifted;
};

void check_backward(const Backward& s, Numbers& numbers, Guard guard)
{
    constexpr std::ptrdiff_t rows = 3;
    CAPTURE(s.examples, s.parts, static_cast<int>(s.activation), s.scaled, s.shifted);
    Rows dy(rows * s.parts, s.examples, 3, guard), x(rows, s.examples, 3, guard), y(rows, s.examples, 3, guard);
    Rows da(rows, s.examples, 3, guard), dy_sum(rows, s.examples, 3, guard);
    Rows wanted_da(rows, s.examples, 0), wanted_dy(rows, s.examples, 0);
    Guarded<float> gamma(rows, guard), shift(rows, guard);
    dy.fill(numbers);
    x.fill(numbers, 3.0f);
    x.at(0, 0) = -0.0f; // differs from 0 in its bits
    numbers.fill(gamma);
    numbers.fill(shift);
    for (std::ptrdiff_t r = 0; r < rows; ++r) {
        const auto row = static_cast<std::size_t>(r);
        for (std::ptrdiff_t i = 0; i < s.examples; ++i) {
            const float scale = s.scaled ? gamma[row] : 1.0f;
            const float a = s.shifted ? fma_once(scale, x.at(r, i), shift[row]) : scale * x.at(r, i);
            float sum = dy.at(r, i);
            for (std::ptrdiff_t p = 1; p < s.parts; ++p) sum += dy.at(p * rows + r, i);
            y.at(r, i) = activate_once(s.activation, a);
            wanted_dy.at(r, i) = sum;
            wanted_da.at(r, i) = activate_backward_once(s.activation, sum, a, y.at(r, i));
        }
    }
    table().activate_backward({.rows = rows,
                               .examples = s.examples,
                               .stride = x.stride(),
                               .dy = dy.data(),
                               .parts = s.parts,
                               .part_stride = rows * dy.stride(),
                               .y = y.data(),
                               .x = x.data(),
                               .gamma = s.scaled ? gamma.data() : nullptr,
                               .shift = s.shifted ? shift.data() : nullptr,
                               .activation = s.activation,
                               .da = da.data(),
                               .dy_sum = dy_sum.data()});
    CHECK(bit_difference(da, wanted_da) == "");
    CHECK(bit_difference(dy_sum, wanted_dy) == "");
    CHECK((da.intact() && dy_sum.intact()));
}

} // namespace

TEST_CASE("activate, in place and out of it, bit by bit")
{
    Numbers numbers(1);
    for (const std::ptrdiff_t examples : example_counts) {
        for (const nib_activation activation : all_activations()) {
            check_forward(activation, examples, false, numbers, Guard::behind);
            check_forward(activation, examples, true, numbers, Guard::before);
        }
    }
}

TEST_CASE("the way back through an activation, with and without gain and shift, bit by bit")
{
    Numbers numbers(2);
    for (const std::ptrdiff_t examples : example_counts) {
        for (const nib_activation activation : all_activations()) {
            for (const bool scaled : {false, true}) {
                check_backward({examples, 1, activation, scaled, false}, numbers, Guard::behind);
                check_backward({examples, 3, activation, scaled, true}, numbers, Guard::before);
            }
        }
    }
}
