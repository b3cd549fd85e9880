// Histograms against torch.histogram(x, bins=100), PyTorch 1.13.
#include "catch.hpp"
#include "train/histogram.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

using namespace nib;

namespace {

nib_histogram histogram_of(const std::vector<float>& x)
{
    nib_histogram histogram{};
    fill_histogram({x.data(), 1, static_cast<std::ptrdiff_t>(x.size()), 0}, histogram);
    return histogram;
}

// The count of numbers in each bin, computed from the densities.
std::vector<int> counts(const nib_histogram& histogram, std::size_t n)
{
    std::vector<int> all;
    const double width = (histogram.max - histogram.min) / NIB_HISTOGRAM_BINS;
    for (const double density : histogram.density)
        all.push_back(static_cast<int>(std::lround(density * width * static_cast<double>(n))));
    return all;
}

} // namespace

TEST_CASE("a histogram is torch.histogram's")
{
    std::vector<float> x;
    std::uint32_t state = 1;
    for (int i = 0; i < 1000; ++i) {
        state = state * 1664525u + 1013904223u;
        const float y = static_cast<float>((static_cast<double>(state >> 8) * 0x1p-24 - 0.5) * 0.37);
        x.push_back(y * y * y);
    }
    const nib_histogram histogram = histogram_of(x);
    CHECK(histogram.min == -0.006304359063506126);
    CHECK(histogram.max == 0.006322638131678104);
    CHECK(counts(histogram, x.size()) ==
          std::vector<int>{7, 3,  3,  3,  4,  7,  0,  6,  5,  4,   5,  4,  3,  5,  2,  6,  8,  2,  6,  1,
                           5, 8,  2,  1,  5,  7,  7,  5,  1,  4,   4,  4,  7,  9,  8,  10, 6,  12, 9,  3,
                           6, 4,  10, 13, 14, 17, 18, 28, 43, 173, 92, 43, 23, 23, 16, 14, 21, 5,  12, 11,
                           9, 11, 11, 7,  10, 8,  6,  7,  4,  5,   5,  3,  7,  6,  5,  2,  7,  1,  6,  3,
                           4, 1,  3,  4,  6,  5,  5,  4,  6,  1,   4,  3,  5,  4,  6,  7,  5,  4,  5,  8});
    CHECK(histogram.density[0] == Approx(55.43671417236328).epsilon(1e-4));
    CHECK(histogram.density[49] == Approx(1370.080322265625).epsilon(1e-4));
    CHECK(histogram.density[99] == Approx(63.35624694824219).epsilon(1e-4));
}

TEST_CASE("equal numbers lie in the middle of a range of 1")
{
    const nib_histogram histogram = histogram_of(std::vector<float>(7, 0.25f));
    CHECK(histogram.min == -0.25);
    CHECK(histogram.max == 0.75);
    for (int i = 0; i < NIB_HISTOGRAM_BINS; ++i)
        CHECK(histogram.density[i] == Approx(i == 50 ? 100.0 : 0.0).epsilon(1e-4));
}

TEST_CASE("the last bin has its upper edge, every other one only its lower")
{
    std::vector<float> x;
    for (int i = 0; i <= 100; ++i) x.push_back(static_cast<float>(i)); // edges that are exact
    const std::vector<int> found = counts(histogram_of(x), x.size());
    for (int i = 0; i < NIB_HISTOGRAM_BINS; ++i) CHECK(found[static_cast<std::size_t>(i)] == (i == 99 ? 2 : 1));
}

TEST_CASE("numbers that are not finite are in no bin")
{
    const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
    const nib_histogram with_nan = histogram_of({0, 1, nan, 2});
    CHECK(with_nan.max == 2);
    CHECK(with_nan.density[0] == Approx(1 / 3.0 / 0.02));
    for (const auto& x : {std::vector<float>{0, infinity}, {nan}, {}, {-3e38f, 3e38f}}) {
        for (const double density : histogram_of(x).density) CHECK(density == 0);
    }
}

TEST_CASE("only the columns of a row count")
{
    const float x[] = {0, 1, 77, 2, 3, 77};
    nib_histogram histogram{};
    fill_histogram({x, 2, 2, 3}, histogram);
    CHECK(histogram.max == 3);
}
