#include "catch.hpp"
#include "kernels/columns.hpp"

using namespace nib;
using namespace nib::test;

namespace {

enum class Place { apart, first, second };

struct SumsCase {
    std::ptrdiff_t rows, examples, parts;
    bool centred, shifted, in_place;
};

struct Sums {
    Sums(const SumsCase& s, Numbers& numbers, Guard guard)
        : dy(s.rows * s.parts, s.examples, 3, guard),
          x_hat(s.rows, s.examples, 3, guard),
          g(s.rows, s.examples, 3, guard),
          sum_g(1, s.examples, guard),
          sum_gx(1, s.examples, guard),
          gamma(static_cast<std::size_t>(s.rows), guard),
          dgamma(gamma.size(), guard),
          dbeta(gamma.size(), guard)
    {
        dy.fill(numbers);
        x_hat.fill(numbers, 2.0f);
        numbers.fill(gamma);
    }

    void run(const SumsCase& s, float* to)
    {
        table().standardise_sums({.rows = s.rows,
                                  .examples = s.examples,
                                  .stride = x_hat.stride(),
                                  .dy = dy.data(),
                                  .parts = s.parts,
                                  .part_stride = s.rows * dy.stride(),
                                  .x_hat = x_hat.data(),
                                  .gamma = gamma.data(),
                                  .g = to,
                                  .dgamma = dgamma.data(),
                                  .dbeta = s.shifted ? dbeta.data() : nullptr,
                                  .sum_g = s.centred ? sum_g.data() : nullptr,
                                  .sum_gx = sum_gx.data()});
    }

    bool intact() const
    {
        return dy.intact() && g.intact() && sum_g.intact() && sum_gx.intact() && dgamma.intact() && dbeta.intact();
    }

    Rows dy, x_hat, g;
    Columns sum_g, sum_gx;
    Guarded<float> gamma, dgamma, dbeta;
};

void check_sums(const SumsCase& s, Numbers& numbers, Guard guard)
{
    CAPTURE(s.rows, s.examples, s.parts, s.centred, s.shifted, s.in_place);
    Sums a(s, numbers, guard);
    Rows wanted_g(s.rows, s.examples, 0);
    std::vector<float> sum_g(static_cast<std::size_t>(s.examples)), sum_gx(sum_g.size()), dgamma, dbeta;
    for (std::ptrdiff_t r = 0; r < s.rows; ++r) {
        LaneSum beta, gamma;
        for (std::ptrdiff_t i = 0; i < s.examples; ++i) {
            float dy = a.dy.at(r, i);
            for (std::ptrdiff_t p = 1; p < s.parts; ++p) dy += a.dy.at(p * s.rows + r, i);
            beta.add(i, dy);
            gamma.add_product(i, dy, a.x_hat.at(r, i));
            const float g = dy * a.gamma[static_cast<std::size_t>(r)];
            wanted_g.at(r, i) = g;
            const auto at = static_cast<std::size_t>(i);
            sum_g[at] += g;
            sum_gx[at] = fma_once(g, a.x_hat.at(r, i), sum_gx[at]);
        }
        dgamma.push_back(gamma.total());
        dbeta.push_back(beta.total());
    }
    a.run(s, s.in_place ? a.dy.data() : a.g.data());
    for (std::ptrdiff_t r = 0; r < s.rows; ++r) {
        CHECK(bit_difference(s.in_place ? a.dy.row(r) : a.g.row(r), wanted_g.row(r)) == "");
    }
    CHECK(bit_difference(a.dgamma, dgamma) == "");
    if (s.shifted) CHECK(bit_difference(a.dbeta, dbeta) == "");
    if (s.centred) CHECK(bit_difference(a.sum_g.row(0), sum_g) == "");
    CHECK(bit_difference(a.sum_gx.row(0), sum_gx) == "");
    CHECK(a.intact());
}

struct BackwardCase {
    std::ptrdiff_t rows, examples, groups;
    bool centred;
    Place place;
};

void check_backward(const BackwardCase& s, Numbers& numbers, Guard guard)
{
    CAPTURE(s.rows, s.examples, s.groups, s.centred, static_cast<int>(s.place));
    Rows g(s.rows, s.examples, 3, guard), x_hat(s.rows, s.examples, 3, guard), dx(s.rows, s.examples, 3, guard);
    Columns sum_g(s.groups, s.examples, guard), sum_gx(s.groups, s.examples, guard), inverse_std(1, s.examples, guard);
    for (Rows* each : {&g, &x_hat}) each->fill(numbers);
    for (Columns* each : {&sum_g, &sum_gx, &inverse_std}) each->fill(numbers, 4.0f);
    constexpr std::ptrdiff_t features = 13;
    Rows wanted(s.rows, s.examples, 0);
    for (std::ptrdiff_t i = 0; i < s.examples; ++i) {
        float mean = sum_g.at(0, i), slope = sum_gx.at(0, i);
        for (std::ptrdiff_t group = 1; group < s.groups; ++group) {
            mean += sum_g.at(group, i);
            slope += sum_gx.at(group, i);
        }
        mean /= static_cast<float>(features);
        slope /= static_cast<float>(features);
        for (std::ptrdiff_t r = 0; r < s.rows; ++r) {
            const float d = s.centred ? g.at(r, i) - mean : g.at(r, i);
            wanted.at(r, i) = inverse_std.at(0, i) * fma_once(x_hat.at(r, i), -slope, d);
        }
    }
    Rows& to = s.place == Place::apart ? dx : s.place == Place::first ? g : x_hat;
    table().standardise_backward({.rows = s.rows,
                                  .examples = s.examples,
                                  .stride = g.stride(),
                                  .features = features,
                                  .groups = s.groups,
                                  .group_stride = sum_gx.stride(),
                                  .sum_g = s.centred ? sum_g.data() : nullptr,
                                  .sum_gx = sum_gx.data(),
                                  .inverse_std = inverse_std.data(),
                                  .x_hat = x_hat.data(),
                                  .g = g.data(),
                                  .dx = to.data()});
    CHECK(bit_difference(to, wanted) == "");
    CHECK(to.intact());
}

} // namespace

TEST_CASE("the sums of a standardisation's way back, bit by bit")
{
    Numbers numbers(1);
    for (const std::ptrdiff_t examples : example_counts) {
        for (const bool centred : {false, true}) {
            for (const bool shifted : {false, true}) {
                check_sums({1, examples, 1, centred, shifted, true}, numbers, Guard::behind);
                check_sums({4, examples, 2, centred, shifted, false}, numbers, Guard::before);
                check_sums({11, examples, 5, centred, shifted, false}, numbers, Guard::behind);
            }
        }
    }
    check_sums({0, 33, 1, true, true, false}, numbers, Guard::behind);
}

TEST_CASE("the gradient of what was standardised, bit by bit")
{
    Numbers numbers(2);
    for (const std::ptrdiff_t examples : {1, 2, 15, 16, 17, 33, 511, 512, 513, 1100}) {
        for (const bool centred : {false, true}) {
            check_backward({1, examples, 1, centred, Place::apart}, numbers, Guard::behind);
            check_backward({6, examples, 3, centred, Place::first}, numbers, Guard::before);
            check_backward({4, examples, 16, centred, Place::second}, numbers, Guard::behind);
        }
    }
    check_backward({0, 33, 1, true, Place::apart}, numbers, Guard::behind);
}
