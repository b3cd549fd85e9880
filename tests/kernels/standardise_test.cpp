#include "catch.hpp"
#include "kernels/columns.hpp"

using namespace nib;
using namespace nib::test;

namespace {

enum class Place { apart, x_hat_in_x, y_in_x };

struct Case {
    std::ptrdiff_t rows, examples;
    bool centred, shifted;
    Place place;
};

void check(const Case& a, Numbers& numbers, Guard guard)
{
    CAPTURE(a.rows, a.examples, a.centred, a.shifted, static_cast<int>(a.place));
    Rows x(a.rows, a.examples, 3, guard), x_hat(a.rows, a.examples, 3, guard), y(a.rows, a.examples, 3, guard);
    Rows wanted_x_hat(a.rows, a.examples, 0), wanted_y(a.rows, a.examples, 0);
    Columns mean(1, a.examples, guard), inverse_std(1, a.examples, guard);
    Guarded<float> gamma(static_cast<std::size_t>(a.rows), guard), beta(gamma.size(), guard);
    x.fill(numbers, 3.0f);
    mean.fill(numbers);
    inverse_std.fill(numbers, 2.0f);
    numbers.fill(gamma);
    numbers.fill(beta);
    for (std::ptrdiff_t r = 0; r < a.rows; ++r) {
        const auto row = static_cast<std::size_t>(r);
        for (std::ptrdiff_t i = 0; i < a.examples; ++i) {
            const float standard = (a.centred ? x.at(r, i) - mean.at(0, i) : x.at(r, i)) * inverse_std.at(0, i);
            wanted_x_hat.at(r, i) = standard;
            wanted_y.at(r, i) = a.shifted ? fma_once(gamma[row], standard, beta[row]) : gamma[row] * standard;
        }
    }
    Rows& to_x_hat = a.place == Place::x_hat_in_x ? x : x_hat;
    Rows& to_y = a.place == Place::y_in_x ? x : y;
    table().standardise({.rows = a.rows,
                         .examples = a.examples,
                         .stride = x.stride(),
                         .x = x.data(),
                         .mean = a.centred ? mean.data() : nullptr,
                         .inverse_std = inverse_std.data(),
                         .gamma = gamma.data(),
                         .beta = a.shifted ? beta.data() : nullptr,
                         .x_hat = to_x_hat.data(),
                         .y = to_y.data()});
    CHECK(bit_difference(to_x_hat, wanted_x_hat) == "");
    CHECK(bit_difference(to_y, wanted_y) == "");
    CHECK((x.intact() && x_hat.intact() && y.intact()));
}

} // namespace

TEST_CASE("standardise, bit by bit")
{
    Numbers numbers(1);
    for (const std::ptrdiff_t examples : example_counts) {
        for (const bool centred : {false, true}) {
            for (const bool shifted : {false, true}) {
                check({1, examples, centred, shifted, Place::apart}, numbers, Guard::behind);
                check({6, examples, centred, shifted, Place::x_hat_in_x}, numbers, Guard::before);
                check({5, examples, centred, shifted, Place::y_in_x}, numbers, Guard::behind);
            }
        }
    }
    check({0, 33, true, true, Place::apart}, numbers, Guard::behind);
}

TEST_CASE("without a shift, standardise keeps the sign of a zero")
{
    Rows x(1, 2, 0), x_hat(1, 2, 0), y(1, 2, 0);
    x.at(0, 0) = 0.0f;
    x.at(0, 1) = -0.0f;
    Columns inverse_std(1, 2, Guard::behind);
    std::ranges::fill(inverse_std.row(0), 2.0f);
    const float gamma[] = {3.0f};
    table().standardise({.rows = 1,
                         .examples = 2,
                         .stride = x.stride(),
                         .x = x.data(),
                         .mean = nullptr,
                         .inverse_std = inverse_std.data(),
                         .gamma = gamma,
                         .beta = nullptr,
                         .x_hat = x_hat.data(),
                         .y = y.data()});
    CHECK(bit_difference(y, x) == "");
}
