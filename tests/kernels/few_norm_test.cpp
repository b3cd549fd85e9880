// Rows are examples here, and the numbers of a row are features. Transposed to rows of features, the other kernels give
// the same bits.
#include "catch.hpp"
#include "kernels/rows.hpp"

#include <vector>

using namespace nib;
using namespace nib::test;

namespace {

constexpr std::ptrdiff_t feature_counts[] = {1, 15, 16, 17, 50};

Rows& turn(Rows& from, Rows& to)
{
    for (std::ptrdiff_t r = 0; r < from.rows(); ++r)
        for (std::ptrdiff_t i = 0; i < to.rows(); ++i) to.at(i, r) = from.at(r, i);
    return to;
}

// Arrays of features in whole guarded blocks, and the same without padding.
struct Features {
    Features(std::ptrdiff_t n, Guard guard) : count(n), blocks(static_cast<std::size_t>(in_blocks(n)), guard) {}
    float* data() { return blocks.data(); }
    std::span<float> used() { return {blocks.data(), static_cast<std::size_t>(count)}; }
    void fill(Numbers& numbers, float scale = 1.0f)
    {
        for (float& each : used()) each = numbers(scale);
    }
    std::ptrdiff_t count;
    Guarded<float> blocks;
};

struct Options {
    bool unbiased, spread_is_std;
};

void check_forward(std::ptrdiff_t features, std::ptrdiff_t examples, const Options& o, Numbers& numbers, Guard guard)
{
    CAPTURE(features, examples, o.unbiased, o.spread_is_std);
    constexpr float eps = 1e-5f;
    Rows z(examples, features, 16, guard), a(examples, features, 16, guard);
    Features gamma(features, guard), beta(features, guard), inverse_std(features, guard), mean(features, guard),
        spread(features, guard);
    z.fill(numbers, 4.0f);
    gamma.fill(numbers);
    beta.fill(numbers);
    Rows wanted_x(features, examples, 0), wanted_a(features, examples, 0);
    turn(z, wanted_x);
    std::vector<float> wanted_inverse_std(gamma.used().size()), wanted_mean(wanted_inverse_std),
        wanted_spread(wanted_inverse_std);
    table().norm_forward({.rows = features,
                          .examples = examples,
                          .stride = wanted_x.stride(),
                          .z = wanted_x.data(),
                          .gamma = gamma.data(),
                          .beta = beta.data(),
                          .eps = eps,
                          .unbiased = o.unbiased,
                          .activation = NIB_IDENTITY,
                          .y = wanted_a.data(),
                          .inverse_std = wanted_inverse_std.data(),
                          .mean = wanted_mean.data(),
                          .spread = wanted_spread.data(),
                          .spread_is_std = o.spread_is_std});
    table().few_norm_forward({.examples = examples,
                              .features = features,
                              .stride = z.stride(),
                              .z = z.data(),
                              .gamma = gamma.data(),
                              .beta = beta.data(),
                              .eps = eps,
                              .unbiased = o.unbiased,
                              .a = a.data(),
                              .inverse_std = inverse_std.data(),
                              .mean = mean.data(),
                              .spread = spread.data(),
                              .spread_is_std = o.spread_is_std});
    Rows turned_x(features, examples, 0), turned_a(features, examples, 0);
    CHECK(bit_difference(turn(z, turned_x), wanted_x) == "");
    CHECK(bit_difference(turn(a, turned_a), wanted_a) == "");
    CHECK(bit_difference(inverse_std.used(), wanted_inverse_std) == "");
    CHECK(bit_difference(mean.used(), wanted_mean) == "");
    CHECK(bit_difference(spread.used(), wanted_spread) == "");
    CHECK((z.intact() && a.intact() && mean.blocks.intact() && spread.blocks.intact()));
}

void check_backward(std::ptrdiff_t features, std::ptrdiff_t examples, bool norm, bool unbiased, Numbers& numbers,
                    Guard guard)
{
    CAPTURE(features, examples, norm, unbiased);
    Rows da(examples, features, 16, guard), x(examples, features, 16, guard);
    Features gamma(features, guard), inverse_std(features, guard), dgamma(features, guard), dbeta(features, guard);
    da.fill(numbers);
    x.fill(numbers, 2.0f);
    gamma.fill(numbers);
    inverse_std.fill(numbers, 3.0f);
    Rows wanted_dz(features, examples, 0), turned_x(features, examples, 0);
    turn(da, wanted_dz);
    turn(x, turned_x);
    std::vector<float> wanted_dgamma(gamma.used().size()), wanted_dbeta(wanted_dgamma);
    table().norm_backward({.rows = features,
                           .examples = examples,
                           .stride = wanted_dz.stride(),
                           .dy = wanted_dz.data(),
                           .parts = 1,
                           .part_stride = 0,
                           .y = wanted_dz.data(),
                           .x = turned_x.data(),
                           .gamma = norm ? gamma.data() : nullptr,
                           .inverse_std = norm ? inverse_std.data() : nullptr,
                           .unbiased = unbiased,
                           .activation = NIB_IDENTITY,
                           .dz = wanted_dz.data(),
                           .dy_sum = nullptr,
                           .dgamma = norm ? wanted_dgamma.data() : nullptr,
                           .dbeta = wanted_dbeta.data()},
                          nullptr);
    table().few_norm_backward({.examples = examples,
                               .features = features,
                               .stride = da.stride(),
                               .da = da.data(),
                               .x = x.data(),
                               .gamma = norm ? gamma.data() : nullptr,
                               .inverse_std = norm ? inverse_std.data() : nullptr,
                               .unbiased = unbiased,
                               .dgamma = norm ? dgamma.data() : nullptr,
                               .dbeta = dbeta.data()});
    Rows turned_dz(features, examples, 0);
    CHECK(bit_difference(turn(da, turned_dz), wanted_dz) == "");
    CHECK(bit_difference(dbeta.used(), wanted_dbeta) == "");
    if (norm) CHECK(bit_difference(dgamma.used(), wanted_dgamma) == "");
    CHECK((da.intact() && dgamma.blocks.intact() && dbeta.blocks.intact()));
}

} // namespace

TEST_CASE("batch normalisation of few examples")
{
    Numbers numbers(32);
    for (std::ptrdiff_t examples = 2; examples <= kernels::few_examples; ++examples) {
        for (const std::ptrdiff_t features : feature_counts) {
            check_forward(features, examples, {examples % 2 == 0, features % 2 == 0}, numbers, Guard::behind);
            check_forward(features, examples, {examples % 2 != 0, features % 2 != 0}, numbers, Guard::before);
            check_backward(features, examples, true, examples % 2 == 0, numbers, Guard::behind);
            check_backward(features, examples, true, examples % 2 != 0, numbers, Guard::before);
        }
    }
}

TEST_CASE("a bias of few examples")
{
    Numbers numbers(33);
    for (std::ptrdiff_t examples = 1; examples <= kernels::few_examples; ++examples) {
        for (const std::ptrdiff_t features : feature_counts) {
            check_backward(features, examples, false, false, numbers, Guard::behind);
            Rows z(examples, features, 16), wanted(examples, features, 0);
            Features shift(features, Guard::behind);
            z.fill(numbers);
            shift.fill(numbers);
            for (std::ptrdiff_t e = 0; e < examples; ++e)
                for (std::ptrdiff_t f = 0; f < features; ++f)
                    wanted.at(e, f) = z.at(e, f) + shift.used()[static_cast<std::size_t>(f)];
            table().few_shift({.examples = examples,
                               .features = features,
                               .stride = z.stride(),
                               .shift = shift.data(),
                               .z = z.data()});
            CHECK(bit_difference(z, wanted) == "");
            CHECK(z.intact());
        }
    }
}
