#include "catch.hpp"
#include "kernels/columns.hpp"

using namespace nib;
using namespace nib::test;

namespace {

struct Result {
    float mean, scatter;
};

Result down_once(Rows& x, std::ptrdiff_t example, bool centred)
{
    float mean = 0.0f, scatter = 0.0f;
    if (centred) {
        for (std::ptrdiff_t r = 0; r < x.rows(); ++r) mean += x.at(r, example);
        mean /= static_cast<float>(x.rows());
    }
    for (std::ptrdiff_t r = 0; r < x.rows(); ++r) {
        const float d = x.at(r, example) - mean;
        scatter = fma_once(d, d, scatter);
    }
    return {mean, scatter};
}

void run(Rows& x, std::ptrdiff_t examples, Columns* mean, Columns& scatter)
{
    table().column_moments({.rows = x.rows(),
                            .examples = examples,
                            .stride = x.stride(),
                            .x = x.data(),
                            .mean = mean ? mean->data() : nullptr,
                            .scatter = scatter.data()});
}

} // namespace

TEST_CASE("moments of each example go down the rows in order, bit by bit")
{
    Numbers numbers(1);
    for (const std::ptrdiff_t examples : example_counts) {
        for (const std::ptrdiff_t rows : {1, 2, 3, 4, 5, 8, 21}) {
            for (const bool centred : {false, true}) {
                CAPTURE(examples, rows, centred);
                const Guard guard = numbers.one_of({Guard::behind, Guard::before});
                Rows x(rows, examples, 3, guard);
                Columns mean(1, examples, guard), scatter(1, examples, guard);
                x.fill(numbers);
                run(x, examples, centred ? &mean : nullptr, scatter);
                for (std::ptrdiff_t i = 0; i < examples; ++i) {
                    const Result wanted = down_once(x, i, centred);
                    if (centred) CHECK(same_bits(mean.at(0, i), wanted.mean));
                    CHECK(same_bits(scatter.at(0, i), wanted.scatter));
                }
                CHECK((mean.intact() && scatter.intact()));
            }
        }
    }
}

TEST_CASE("a narrow spread far from zero keeps its digits down the rows")
{
    // 1000 + r / 8 is exact in float; the scatter of 0..n-1 is n (n^2 - 1) / 12.
    constexpr std::ptrdiff_t n = 48, examples = 17;
    Rows x(n, examples, 0);
    Columns mean(1, examples, Guard::behind), scatter(1, examples, Guard::behind);
    for (std::ptrdiff_t r = 0; r < n; ++r) std::ranges::fill(x.row(r), 1000.0f + static_cast<float>(r) / 8);
    run(x, examples, &mean, scatter);
    for (std::ptrdiff_t i = 0; i < examples; ++i) {
        CHECK(mean.at(0, i) == 1000.0f + 23.5f / 8);
        CHECK(scatter.at(0, i) == Approx(48.0 * (48 * 48 - 1) / 12 / 64).epsilon(1e-6));
    }
}
