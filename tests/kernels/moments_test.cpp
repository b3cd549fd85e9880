#include "catch.hpp"
#include "kernels/rows.hpp"

using namespace nib;
using namespace nib::test;

namespace {

struct Result {
    float mean, scatter;
};

Result measure_once(std::span<const float> x)
{
    LaneSum sum, scatter;
    for (std::size_t i = 0; i < x.size(); ++i) sum.add(static_cast<std::ptrdiff_t>(i), x[i]);
    const float mean = sum.total() / static_cast<float>(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
        scatter.add_product(static_cast<std::ptrdiff_t>(i), x[i] - mean, x[i] - mean);
    }
    return {mean, scatter.total()};
}

Result measure(std::span<const float> x)
{
    Rows rows(1, static_cast<std::ptrdiff_t>(x.size()), 0);
    std::ranges::copy(x, rows.row(0).begin());
    Result result;
    table().moments(
        {1, static_cast<std::ptrdiff_t>(x.size()), rows.stride(), rows.data(), &result.mean, &result.scatter});
    return result;
}

// Chan's formulas in the order that the bits depend on.
struct Joined {
    Result result;
    float n;
};
Joined join(const Joined& a, const Joined& b)
{
    const float d = b.result.mean - a.result.mean, share = b.n / (a.n + b.n);
    return {{a.result.mean + d * share, (a.result.scatter + b.result.scatter) + d * d * (a.n * share)}, a.n + b.n};
}

} // namespace

TEST_CASE("moments are two sums over 16 lanes")
{
    Numbers numbers(1);
    for (const std::ptrdiff_t examples : example_counts) {
        for (const Guard guard : {Guard::behind, Guard::before}) {
            const std::ptrdiff_t rows = numbers.between(1, 6);
            Rows x(rows, examples, 5, guard);
            x.fill(numbers);
            Guarded<float> mean(static_cast<std::size_t>(rows), guard), scatter(mean.size(), guard);
            table().moments({rows, examples, x.stride(), x.data(), mean.data(), scatter.data()});
            CAPTURE(rows, examples);
            for (std::size_t r = 0; r < mean.size(); ++r) {
                const Result wanted = measure_once(x.row(static_cast<std::ptrdiff_t>(r)));
                CHECK(same_bits(mean[r], wanted.mean));
                CHECK(same_bits(scatter[r], wanted.scatter));
            }
            CHECK(mean.intact());
            CHECK(scatter.intact());
        }
    }
}

TEST_CASE("moments of pieces are joined in a tree")
{
    Numbers numbers(2);
    for (const std::ptrdiff_t pieces : {2, 4, 8, 32, 256}) {
        for (const std::ptrdiff_t examples : {16 * pieces - 15, 16 * pieces, 32 * pieces + 7, 80 * pieces - 1}) {
            for (const Guard guard : {Guard::behind, Guard::before}) {
                const std::ptrdiff_t rows = numbers.between(1, 9);
                CAPTURE(rows, examples, pieces);
                Rows x(rows, examples, 5, guard);
                x.fill(numbers);
                Guarded<float> mean(static_cast<std::size_t>(rows), guard), scatter(mean.size(), guard);
                const std::vector<std::ptrdiff_t> cuts = cuts_of_row(pieces, examples);
                table().moments({.rows = rows,
                                 .examples = examples,
                                 .stride = x.stride(),
                                 .x = x.data(),
                                 .mean = mean.data(),
                                 .scatter = scatter.data(),
                                 .pieces = pieces,
                                 .cuts = cuts.data()});
                for (std::size_t r = 0; r < mean.size(); ++r) {
                    const auto of_piece = [&](std::ptrdiff_t piece) {
                        const auto at = static_cast<std::size_t>(piece);
                        const auto begin = static_cast<std::size_t>(cuts[at] - cuts[0]);
                        const auto count = static_cast<std::size_t>(cuts[at + 1] - cuts[at]);
                        const std::span<const float> row = x.row(static_cast<std::ptrdiff_t>(r));
                        return Joined{measure_once(row.subspan(begin, count)), static_cast<float>(count)};
                    };
                    const Result wanted = tree_of_pieces(0, pieces, of_piece, join).result;
                    CHECK(same_bits(mean[r], wanted.mean));
                    CHECK(same_bits(scatter[r], wanted.scatter));
                }
                CHECK((mean.intact() && scatter.intact()));
            }
        }
    }
}

TEST_CASE("moments of a narrow spread far from zero keep their digits")
{
    // 1000 + i / 8 is exact in float; the scatter of 0..n-1 is n (n^2 - 1) / 12.
    std::vector<float> x(48);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = 1000.0f + static_cast<float>(i) / 8;
    const Result result = measure(x);
    CHECK(result.mean == 1000.0f + 23.5f / 8);
    CHECK(result.scatter == Approx(48.0 * (48 * 48 - 1) / 12 / 64).epsilon(1e-6));
}

TEST_CASE("moments of equal numbers")
{
    for (const std::size_t examples : {1u, 3u, 16u, 33u}) {
        const Result result = measure(std::vector<float>(examples, 0.1f));
        CHECK(result.mean == Approx(0.1).epsilon(1e-6));
        CHECK(result.scatter >= 0.0f);
        CHECK(result.scatter < 1e-12f); // the mean is off by an ulp at most
    }
}
