#include "activations.hpp"
#include "catch.hpp"
#include "kernels/rows.hpp"

#include <algorithm>
#include <array>
#include <vector>

using namespace nib;
using namespace nib::test;

namespace {

struct Options {
    nib_activation activation = NIB_TANH;
    bool unbiased = false, spread_is_std = false;
    float eps = 1e-5f;
};

// Inputs and outputs of the kernel over some rows.
struct Layer {
    Layer(std::ptrdiff_t rows, std::ptrdiff_t examples_, std::ptrdiff_t gap, Guard guard = Guard::behind)
        : examples(examples_),
          z(rows, examples, gap, guard),
          y(rows, examples, gap, guard),
          gamma(static_cast<std::size_t>(rows), guard),
          beta(gamma.size(), guard),
          inverse_std(gamma.size(), guard),
          mean(gamma.size(), guard),
          spread(gamma.size(), guard)
    {
        std::ranges::fill(gamma, 1.0f);
        std::ranges::fill(beta, 0.0f);
    }

    void run(const Options& o)
    {
        table().norm_forward({.rows = z.rows(),
                              .examples = examples,
                              .stride = z.stride(),
                              .z = z.data(),
                              .gamma = gamma.data(),
                              .beta = beta.data(),
                              .eps = o.eps,
                              .unbiased = o.unbiased,
                              .activation = o.activation,
                              .y = y.data(),
                              .inverse_std = inverse_std.data(),
                              .mean = mean.data(),
                              .spread = spread.data(),
                              .spread_is_std = o.spread_is_std,
                              .all_means = all_means,
                              .all_scatters = all_scatters,
                              .all_examples = all_examples,
                              .pieces = pieces,
                              .cuts = cuts.data()});
    }

    bool intact() const { return z.intact() && y.intact() && inverse_std.intact() && mean.intact() && spread.intact(); }

    std::ptrdiff_t examples;
    Rows z, y;
    Guarded<float> gamma, beta, inverse_std, mean, spread;
    const float *all_means = nullptr, *all_scatters = nullptr;
    std::ptrdiff_t all_examples = 0, pieces = 1;
    std::vector<std::ptrdiff_t> cuts = {0, 0};
};

// The same for one row by the oracle: x goes to z.
void normalise_once(Layer& l, std::ptrdiff_t r, const Options& o)
{
    const auto row = static_cast<std::size_t>(r);
    const float n = static_cast<float>(l.examples);
    LaneSum sum, scatter;
    for (std::ptrdiff_t i = 0; i < l.examples; ++i) sum.add(i, l.z.at(r, i));
    const float mean = sum.total() / n;
    for (std::ptrdiff_t i = 0; i < l.examples; ++i) {
        scatter.add_product(i, l.z.at(r, i) - mean, l.z.at(r, i) - mean);
    }
    const float sample_variance = scatter.total() / (n - 1.0f);
    const float variance = o.unbiased ? sample_variance : scatter.total() / n;
    const float inverse_std = 1.0f / std::sqrt(variance + o.eps);
    l.mean[row] = mean;
    l.inverse_std[row] = inverse_std;
    l.spread[row] = o.spread_is_std ? std::sqrt(sample_variance) : sample_variance;
    for (std::ptrdiff_t i = 0; i < l.examples; ++i) {
        const float x = (l.z.at(r, i) - mean) * inverse_std;
        l.z.at(r, i) = x;
        l.y.at(r, i) = activate_once(o.activation, fma_once(l.gamma[row], x, l.beta[row]));
    }
}

void check_bits(std::ptrdiff_t rows, std::ptrdiff_t examples, const Options& o, Numbers& numbers, Guard guard)
{
    CAPTURE(rows, examples, static_cast<int>(o.activation), o.unbiased, o.spread_is_std, o.eps);
    Layer layer(rows, examples, 7, guard), wanted(rows, examples, 0);
    layer.z.fill(numbers, 4.0f);
    numbers.fill(layer.gamma);
    numbers.fill(layer.beta);
    wanted.z.copy_examples(layer.z);
    std::ranges::copy(layer.gamma, wanted.gamma.begin());
    std::ranges::copy(layer.beta, wanted.beta.begin());
    layer.run(o);
    for (std::ptrdiff_t r = 0; r < rows; ++r) normalise_once(wanted, r, o);
    CHECK(bit_difference(layer.y, wanted.y) == "");
    CHECK(bit_difference(layer.z, wanted.z) == "");
    CHECK(bit_difference({layer.mean.data(), layer.mean.size()}, {wanted.mean.data(), wanted.mean.size()}) == "");
    CHECK(bit_difference({layer.inverse_std.data(), layer.mean.size()},
                         {wanted.inverse_std.data(), wanted.mean.size()}) == "");
    CHECK(bit_difference({layer.spread.data(), layer.mean.size()}, {wanted.spread.data(), wanted.mean.size()}) == "");
    CHECK(layer.intact());
}

} // namespace

TEST_CASE("batch normalisation forward, bit by bit")
{
    Numbers numbers(1);
    for (const std::ptrdiff_t examples : example_counts) {
        if (examples < 2) continue;
        for (const nib_activation activation : all_activations()) {
            for (const bool unbiased : {false, true}) {
                const Guard guard = unbiased ? Guard::behind : Guard::before;
                check_bits(4, examples, {activation, unbiased, unbiased, 0.0f}, numbers, guard);
                check_bits(1, examples, {activation, unbiased, !unbiased, 1e-5f}, numbers, guard);
            }
        }
    }
    check_bits(0, 33, {}, numbers, Guard::behind);
    check_bits(3, 1000, {}, numbers, Guard::behind);
}

TEST_CASE("batch normalisation by given moments has the bits of that by its own")
{
    Numbers numbers(4);
    for (const nib_activation activation : all_activations()) {
        for (const std::ptrdiff_t rows : {1, 5, 150}) {
            Layer own(rows, 45, 3), given(rows, 45, 3);
            own.z.fill(numbers, 4.0f);
            given.z.copy_examples(own.z);
            own.run({activation});
            std::vector<float> means(static_cast<std::size_t>(rows)), scatters(means);
            table().moments({.rows = rows,
                             .examples = 45,
                             .stride = given.z.stride(),
                             .x = given.z.data(),
                             .mean = means.data(),
                             .scatter = scatters.data()});
            // The kernel sees 16 examples alone, and takes all 45 from the arguments.
            given.all_means = means.data();
            given.all_scatters = scatters.data();
            given.all_examples = 45;
            given.examples = 16;
            given.run({activation});
            for (std::ptrdiff_t r = 0; r < rows; ++r) {
                CHECK(bit_difference(given.y.row(r).first(16), own.y.row(r).first(16)) == "");
                CHECK(bit_difference(given.z.row(r).first(16), own.z.row(r).first(16)) == "");
            }
            const auto same = [](const Guarded<float>& a, const Guarded<float>& b) {
                return bit_difference({a.data(), a.size()}, {b.data(), b.size()}) == "";
            };
            CHECK((same(given.mean, own.mean) && same(given.spread, own.spread)));
            CHECK(same(given.inverse_std, own.inverse_std));
        }
    }
}

TEST_CASE("batch normalisation of examples in pieces has the bits of that by their joined moments")
{
    Numbers numbers(5);
    for (const nib_activation activation : all_activations()) {
        for (const std::ptrdiff_t pieces : {2, 8}) {
            for (const std::ptrdiff_t rows : {1, 4, 150}) {
                const std::ptrdiff_t examples = 40 * pieces + 3;
                CAPTURE(rows, pieces, static_cast<int>(activation));
                Layer own(rows, examples, 3), given(rows, examples, 3);
                own.z.fill(numbers, 4.0f);
                given.z.copy_examples(own.z);
                own.pieces = pieces;
                own.cuts = cuts_of_row(pieces, examples);
                own.run({activation});
                std::vector<float> means(static_cast<std::size_t>(rows)), scatters(means);
                table().moments({.rows = rows,
                                 .examples = examples,
                                 .stride = given.z.stride(),
                                 .x = given.z.data(),
                                 .mean = means.data(),
                                 .scatter = scatters.data(),
                                 .pieces = pieces,
                                 .cuts = own.cuts.data()});
                given.all_means = means.data();
                given.all_scatters = scatters.data();
                given.all_examples = examples;
                given.run({activation});
                CHECK(bit_difference(own.y, given.y) == "");
                CHECK(bit_difference(own.z, given.z) == "");
                CHECK(own.intact());
            }
        }
    }
}

TEST_CASE("batch normalisation forward against double")
{
    // x is at most sqrt(n) = 10, where a unit in the last place is 1e-6. Mean and spread of numbers up to 4 are
    // accurate to some units in the last place of 4.
    constexpr double tolerance = 5e-6;
    Numbers numbers(2);
    for (const std::ptrdiff_t examples : example_counts) {
        if (examples < 2) continue;
        for (const bool unbiased : {false, true}) {
            Layer layer(1, examples, 0);
            layer.z.fill(numbers, 4.0f);
            const std::vector<double> z(layer.z.row(0).begin(), layer.z.row(0).end());
            const auto n = static_cast<double>(z.size());
            double mean = 0.0, scatter = 0.0;
            for (const double each : z) mean += each / n;
            for (const double each : z) scatter += (each - mean) * (each - mean);
            layer.run({NIB_IDENTITY, unbiased, true, 1e-5f});
            const double variance = scatter / (unbiased ? n - 1 : n);
            CAPTURE(examples, unbiased);
            CHECK(std::abs(layer.mean[0] - mean) < tolerance);
            CHECK(std::abs(layer.spread[0] - std::sqrt(scatter / (n - 1))) < tolerance);
            CHECK(layer.inverse_std[0] == Approx(1.0 / std::sqrt(variance + 1e-5)).epsilon(1e-6));
            std::vector<double> x;
            for (const double each : z) x.push_back((each - mean) / std::sqrt(variance + 1e-5));
            CHECK(largest_difference(layer.z.row(0), x) < tolerance);
            CHECK(largest_difference(layer.y.row(0), x) < tolerance);
        }
    }
}

TEST_CASE("equal inputs normalise to nothing, or to no number where eps is 0")
{
    for (const std::ptrdiff_t examples : {2, 3, 17}) {
        for (const float value : {0.0f, 0.1f, -1000.0f}) {
            Layer layer(1, examples, 0);
            std::ranges::fill(layer.z.row(0), value);
            layer.beta[0] = 0.5f;
            layer.run({NIB_IDENTITY, true, false, 1e-5f});
            CAPTURE(examples, value);
            // The mean is off by an ulp of the value at most; 1 / sqrt(eps) is 316.
            const float tolerance = 316.3f * 1.2e-7f * std::abs(value);
            for (const float each : layer.y.row(0)) CHECK(std::abs(each - 0.5f) <= tolerance);
        }
    }
    Layer layer(1, 4, 0);
    std::ranges::fill(layer.z.row(0), 1.0f);
    layer.run({NIB_TANH, true, true, 0.0f});
    for (const float each : layer.y.row(0)) CHECK(std::isnan(each));
    CHECK(layer.spread[0] == 0.0f);
}

TEST_CASE("two examples normalise to plus and minus one")
{
    Layer layer(1, 2, 0);
    layer.z.at(0, 0) = -3.0f;
    layer.z.at(0, 1) = 5.0f;
    layer.run({NIB_IDENTITY, false, false, 0.0f});
    CHECK(bit_difference(layer.y.row(0), std::array{-1.0f, 1.0f}) == "");
    CHECK(layer.mean[0] == 1.0f);
    CHECK(layer.spread[0] == 32.0f);
}

TEST_CASE("an input that is not finite spoils its own row alone")
{
    Numbers numbers(3);
    for (const float bad : {NAN, INFINITY}) {
        Layer layer(3, 20, 0);
        layer.z.fill(numbers);
        layer.z.at(1, 18) = bad;
        layer.run({});
        for (const float each : layer.y.row(1)) CHECK_FALSE(std::isfinite(each));
        for (const std::ptrdiff_t r : {0, 2}) {
            for (const float each : layer.y.row(r)) CHECK(std::isfinite(each));
        }
    }
}

TEST_CASE("layers larger than the caches are the rows they consist of")
{
    // Single rows are small here, all rows together are 2.4 MiB, for which data are prefetched, and 32 MiB, whose
    // outputs go past the caches if possible; a gap of 7 floats makes rows unaligned.
    const struct {
        std::ptrdiff_t rows, examples, gap;
    } sizes[] = {{9, 70001, 0}, {150, 4095, 7}, {33, 262130, 0}, {33, 262130, 7}};
    Numbers numbers(4);
    for (const auto& size : sizes) {
        CAPTURE(size.rows, size.examples, size.gap);
        Layer layer(size.rows, size.examples, size.gap, Guard::before), row(1, size.examples, 0);
        layer.z.fill(numbers, 4.0f);
        numbers.fill(layer.gamma);
        numbers.fill(layer.beta);
        const std::vector<float> z(layer.z.data(), layer.z.data() + (size.rows - 1) * layer.z.stride() + size.examples);
        layer.run({});
        for (std::ptrdiff_t r = 0; r < size.rows; ++r) {
            std::copy_n(z.data() + r * layer.z.stride(), size.examples, row.z.row(0).begin());
            row.gamma[0] = layer.gamma[static_cast<std::size_t>(r)];
            row.beta[0] = layer.beta[static_cast<std::size_t>(r)];
            row.run({});
            CHECK(bit_difference(layer.y.row(r), row.y.row(0)) == "");
            CHECK(bit_difference(layer.z.row(r), row.z.row(0)) == "");
        }
        CHECK(layer.intact());
    }
}
