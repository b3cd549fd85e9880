#include "activations.hpp"
#include "catch.hpp"
#include "kernels/rows.hpp"

using namespace nib;
using namespace nib::test;

namespace {

struct Case {
    std::ptrdiff_t rows, examples;
    nib_activation activation;
    bool scaled, in_place;
};

void check(const Case& a, float size, Numbers& numbers, Guard guard)
{
    CAPTURE(a.rows, a.examples, static_cast<int>(a.activation), a.scaled, a.in_place, size);
    Rows z(a.rows, a.examples, 3, guard), y(a.rows, a.examples, 3, guard), wanted(a.rows, a.examples, 0);
    Guarded<float> scale(static_cast<std::size_t>(a.rows), guard), shift(scale.size(), guard);
    z.fill(numbers, size);
    numbers.fill(scale);
    numbers.fill(shift);
    for (std::ptrdiff_t r = 0; r < a.rows; ++r) {
        const auto row = static_cast<std::size_t>(r);
        for (std::ptrdiff_t i = 0; i < a.examples; ++i) {
            const float x = fma_once(a.scaled ? scale[row] : 1.0f, z.at(r, i), shift[row]);
            wanted.at(r, i) = activate_once(a.activation, x);
        }
    }
    Rows& to = a.in_place ? z : y;
    table().affine({.rows = a.rows,
                    .examples = a.examples,
                    .stride = z.stride(),
                    .z = z.data(),
                    .scale = a.scaled ? scale.data() : nullptr,
                    .shift = shift.data(),
                    .activation = a.activation,
                    .y = to.data()});
    CHECK(bit_difference(to, wanted) == "");
    CHECK(to.intact());
}

} // namespace

TEST_CASE("affine is one fma and the activation")
{
    Numbers numbers(1);
    for (const std::ptrdiff_t examples : example_counts) {
        for (const nib_activation activation : all_activations()) {
            for (const bool scaled : {false, true}) {
                for (const bool in_place : {false, true}) {
                    check({1, examples, activation, scaled, in_place}, 3.0f, numbers, Guard::behind);
                    check({5, examples, activation, scaled, in_place}, 3.0f, numbers, Guard::before);
                }
            }
        }
    }
    check({3, 33, NIB_TANH, true, false}, 1e30f, numbers, Guard::behind);
    check({0, 33, NIB_TANH, true, false}, 1.0f, numbers, Guard::behind);
}

TEST_CASE("affine passes on what is not finite")
{
    Rows z(1, 5, 0), y(1, 5, 0);
    const float shift[1] = {0.0f};
    const float inputs[] = {NAN, INFINITY, -INFINITY, -0.0f, 1.0f};
    std::ranges::copy(inputs, z.row(0).begin());
    const auto apply = [&](nib_activation activation) {
        table().affine({1, 5, z.stride(), z.data(), nullptr, shift, activation, y.data()});
        return y.row(0);
    };
    CHECK(bit_difference(apply(NIB_RELU), std::array{NAN, INFINITY, 0.0f, 0.0f, 1.0f}) == "");
    CHECK(bit_difference(apply(NIB_IDENTITY), std::array{NAN, INFINITY, -INFINITY, 0.0f, 1.0f}) == "");
    const std::span<float> t = apply(NIB_TANH);
    CHECK(std::isnan(t[0]));
    CHECK(t[1] == 1.0f);
    CHECK(t[2] == -1.0f);
    CHECK(t[3] == 0.0f);
    CHECK(std::abs(t[4] - 0.76159416f) < 2e-7f);
}
