// The row-major kernels give the bits of the feature-major ones, whose own tests compare them with scalar code and
// double.
#include "catch.hpp"
#include "kernels/rows.hpp"

#include <algorithm>

using namespace nib;
using namespace nib::test;

namespace {

struct Shape {
    std::ptrdiff_t examples, features, gap; // gap: from a row's end to the next row
    std::ptrdiff_t stride() const { return features + gap; }
};

// Among them: around the groups of 64 and 32 examples whose sums are taken together.
constexpr Shape shapes[] = {{2, 1, 0},    {3, 17, 4},  {15, 31, 0}, {16, 32, 1}, {17, 5, 0},   {33, 16, 0}, {100, 7, 3},
                            {32, 100, 0}, {63, 16, 0}, {64, 37, 2}, {79, 3, 0},  {129, 20, 0}, {175, 48, 0}};

std::size_t padded(const Shape& s) { return static_cast<std::size_t>(in_blocks(s.features)); }

// (examples, stride): random numbers, and between the rows a value that would show.
class RowMajor : public Guarded<float> {
public:
    RowMajor(const Shape& shape, Numbers& numbers, Guard guard, float scale = 1.0f)
        : Guarded<float>(static_cast<std::size_t>((shape.examples - 1) * shape.stride() + shape.features), guard),
          shape_(shape)
    {
        std::ranges::fill(*this, gap_value);
        for (std::ptrdiff_t i = 0; i < shape.examples; ++i) {
            for (std::ptrdiff_t f = 0; f < shape.features; ++f) at(i, f) = numbers(scale);
        }
    }
    float& at(std::ptrdiff_t i, std::ptrdiff_t f) { return (*this)[static_cast<std::size_t>(i * shape_.stride() + f)]; }

    // The array transposed, for the feature-major kernels.
    void turn(Rows& rows)
    {
        for (std::ptrdiff_t f = 0; f < shape_.features; ++f) {
            for (std::ptrdiff_t i = 0; i < shape_.examples; ++i) rows.at(f, i) = at(i, f);
        }
    }
    bool is(Rows& wanted)
    {
        for (std::ptrdiff_t f = 0; f < shape_.features; ++f) {
            for (std::ptrdiff_t i = 0; i < shape_.examples; ++i) {
                if (!same_bits(at(i, f), wanted.at(f, i))) return false;
            }
        }
        for (std::ptrdiff_t i = 0; i + 1 < shape_.examples; ++i) {
            for (std::ptrdiff_t f = shape_.features; f < shape_.stride(); ++f) {
                if (at(i, f) != gap_value) return false;
            }
        }
        return intact();
    }

private:
    static constexpr float gap_value = -777.25f;
    Shape shape_;
};

// An array of one number a feature.
class Features : public Guarded<float> {
public:
    Features(const Shape& s, Numbers& numbers, Guard guard, float scale = 1.0f)
        : Guarded<float>(static_cast<std::size_t>(s.features), guard)
    {
        for (float& each : *this) each = numbers(scale);
    }
};

void check_forward(const Shape& s, Numbers& numbers, Guard guard, bool in_place, bool past_caches)
{
    CAPTURE(s.examples, s.features, in_place, past_caches);
    RowMajor z(s, numbers, guard, 4.0f), x(s, numbers, guard), y(s, numbers, guard);
    Features gamma(s, numbers, guard), beta(s, numbers, guard), mean(s, numbers, guard), inverse(s, numbers, guard);
    Rows wanted(s.features, s.examples, 0), wanted_y(s.features, s.examples, 0);
    z.turn(wanted);
    Guarded<float> workspace(16 * padded(s), guard), wanted_mean(padded(s)), wanted_inverse(padded(s)), rest(padded(s));
    table().norm_forward({.rows = s.features,
                          .examples = s.examples,
                          .stride = wanted.stride(),
                          .z = wanted.data(),
                          .gamma = gamma.data(),
                          .beta = beta.data(),
                          .eps = 1e-5f,
                          .unbiased = false,
                          .activation = NIB_TANH,
                          .y = wanted_y.data(),
                          .inverse_std = wanted_inverse.data(),
                          .mean = wanted_mean.data(),
                          .spread = rest.data(),
                          .spread_is_std = false});
    table().row_norm_forward({.examples = s.examples,
                              .features = s.features,
                              .stride = s.stride(),
                              .z = z.data(),
                              .gamma = gamma.data(),
                              .beta = beta.data(),
                              .eps = 1e-5f,
                              .x = in_place ? z.data() : x.data(),
                              .y = y.data(),
                              .mean = mean.data(),
                              .inverse_std = inverse.data(),
                              .workspace = workspace.data(),
                              .past_caches = past_caches});
    CHECK((in_place ? z : x).is(wanted));
    CHECK(y.is(wanted_y));
    CHECK(bit_difference(mean, {wanted_mean.data(), mean.size()}) == "");
    CHECK(bit_difference(inverse, {wanted_inverse.data(), mean.size()}) == "");
    CHECK((mean.intact() && inverse.intact() && workspace.intact()));
}

void check_affine(const Shape& s, Numbers& numbers, Guard guard, bool in_place, bool past_caches)
{
    CAPTURE(s.examples, s.features, in_place, past_caches);
    RowMajor z(s, numbers, guard, 4.0f), y(s, numbers, guard);
    Features scale(s, numbers, guard), shift(s, numbers, guard);
    Rows turned(s.features, s.examples, 0), wanted(s.features, s.examples, 0);
    z.turn(turned);
    table().affine({.rows = s.features,
                    .examples = s.examples,
                    .stride = wanted.stride(),
                    .z = turned.data(),
                    .scale = scale.data(),
                    .shift = shift.data(),
                    .activation = NIB_TANH,
                    .y = wanted.data()});
    table().row_affine({.examples = s.examples,
                        .features = s.features,
                        .stride = s.stride(),
                        .z = z.data(),
                        .scale = scale.data(),
                        .shift = shift.data(),
                        .y = in_place ? z.data() : y.data(),
                        .past_caches = past_caches});
    CHECK((in_place ? z : y).is(wanted));
}

void check_backward(const Shape& s, Numbers& numbers, Guard guard, bool in_place, bool past_caches)
{
    CAPTURE(s.examples, s.features, in_place, past_caches);
    RowMajor dy(s, numbers, guard), y(s, numbers, guard), x(s, numbers, guard, 2.0f), dz(s, numbers, guard);
    Features gamma(s, numbers, guard), inverse(s, numbers, guard, 3.0f), dgamma(s, numbers, guard),
        dbeta(s, numbers, guard);
    Rows dy_turned(s.features, s.examples, 0), y_turned(s.features, s.examples, 0);
    Rows x_turned(s.features, s.examples, 0), wanted(s.features, s.examples, 0);
    dy.turn(dy_turned);
    y.turn(y_turned);
    x.turn(x_turned);
    Guarded<float> workspace(32 * padded(s), guard), wanted_dgamma(padded(s)), wanted_dbeta(padded(s));
    table().norm_backward({.rows = s.features,
                           .examples = s.examples,
                           .stride = wanted.stride(),
                           .dy = dy_turned.data(),
                           .parts = 1,
                           .part_stride = 0,
                           .y = y_turned.data(),
                           .x = x_turned.data(),
                           .gamma = gamma.data(),
                           .inverse_std = inverse.data(),
                           .unbiased = false,
                           .activation = NIB_TANH,
                           .dz = wanted.data(),
                           .dy_sum = nullptr,
                           .dgamma = wanted_dgamma.data(),
                           .dbeta = wanted_dbeta.data()},
                          nullptr);
    table().row_norm_backward({.examples = s.examples,
                               .features = s.features,
                               .stride = s.stride(),
                               .dy = dy.data(),
                               .y = y.data(),
                               .x = x.data(),
                               .gamma = gamma.data(),
                               .inverse_std = inverse.data(),
                               .dz = in_place ? y.data() : dz.data(),
                               .dgamma = dgamma.data(),
                               .dbeta = dbeta.data(),
                               .workspace = workspace.data(),
                               .past_caches = past_caches});
    CHECK((in_place ? y : dz).is(wanted));
    CHECK(bit_difference(dgamma, {wanted_dgamma.data(), dgamma.size()}) == "");
    CHECK(bit_difference(dbeta, {wanted_dbeta.data(), dbeta.size()}) == "");
    CHECK((dgamma.intact() && dbeta.intact() && workspace.intact()));
}

template <class Check>
void for_shapes(Check check)
{
    Numbers numbers(1);
    for (const Shape& shape : shapes) {
        for (const Guard guard : {Guard::behind, Guard::before}) {
            check(shape, numbers, guard, false, false);
            check(shape, numbers, guard, true, false);
        }
    }
    // Whole lines, so that the arrays are aligned at either end of their pages. Nothing is read behind the last row,
    // though the next one is always asked for.
    for (const Guard guard : {Guard::behind, Guard::before}) {
        check({5, 48, 0}, numbers, guard, false, true);
        check({100, 16, 0}, numbers, guard, false, true);
    }
}

} // namespace

TEST_CASE("batch normalisation and tanh of row-major arrays, forward") { for_shapes(check_forward); }
TEST_CASE("batch normalisation and tanh of row-major arrays, with given statistics") { for_shapes(check_affine); }
TEST_CASE("batch normalisation and tanh of row-major arrays, backward") { for_shapes(check_backward); }
