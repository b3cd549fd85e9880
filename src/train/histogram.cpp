#include "train/histogram.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace nib {

namespace {

constexpr int bins = NIB_HISTOGRAM_BINS;

struct Interval {
    float low, high;
};

// Works in lanes, which the compiler vectorises: a single chain of comparisons would take as long as the binning.
Interval range_of(const NumberRows& numbers)
{
    constexpr std::ptrdiff_t lanes = 16;
    constexpr float infinity = std::numeric_limits<float>::infinity();
    float low[lanes], high[lanes];
    std::fill_n(low, lanes, infinity);
    std::fill_n(high, lanes, -infinity);
    const auto widen = [&](std::ptrdiff_t lane, float x) {
        low[lane] = x < low[lane] ? x : low[lane];
        high[lane] = x > high[lane] ? x : high[lane];
    };
    for (std::ptrdiff_t r = 0; r < numbers.rows; ++r) {
        const float* row = numbers.first + r * numbers.stride;
        std::ptrdiff_t c = 0;
        for (; c + lanes <= numbers.columns; c += lanes)
            for (std::ptrdiff_t lane = 0; lane < lanes; ++lane) widen(lane, row[c + lane]);
        for (; c < numbers.columns; ++c) widen(0, row[c]);
    }
    return {*std::min_element(low, low + lanes), *std::max_element(high, high + lanes)};
}

template <class Each>
void for_each(const NumberRows& numbers, Each each)
{
    for (std::ptrdiff_t r = 0; r < numbers.rows; ++r) {
        const float* row = numbers.first + r * numbers.stride;
        for (std::ptrdiff_t c = 0; c < numbers.columns; ++c) each(row[c]);
    }
}

// Same as torch.linspace, which approaches the middle from either end.
void set_edges(float low, float high, float (&edges)[bins + 1])
{
    const float step = (high - low) / static_cast<float>(bins);
    for (int i = 0; i <= bins; ++i) {
        const bool lower_half = i < (bins + 1) / 2;
        edges[i] = lower_half ? low + step * static_cast<float>(i) : high - step * static_cast<float>(bins - i);
    }
}

// Bin i holds edges[i] <= x < edges[i + 1]; the last bin includes its upper edge. The bin found by division may be off
// by one at an edge.
int bin_of(float x, float low, float bins_per_unit, const float (&edges)[bins + 1])
{
    int bin = std::min(static_cast<int>((x - low) * bins_per_unit), bins - 1);
    while (bin > 0 && x < edges[bin]) --bin;
    while (bin < bins - 1 && x >= edges[bin + 1]) ++bin;
    return bin;
}

} // namespace

void fill_histogram(const NumberRows& numbers, nib_histogram& histogram) noexcept
{
    auto [low, high] = range_of(numbers);
    if (low == high) {
        low -= 0.5f;
        high += 0.5f;
    }
    histogram.min = static_cast<double>(low);
    histogram.max = static_cast<double>(high);
    std::fill_n(histogram.density, bins, 0.0);
    const float width = high - low;
    if (!(std::isfinite(width) && width > 0)) return;
    float edges[bins + 1];
    set_edges(low, high, edges);
    const float bins_per_unit = std::min(static_cast<float>(bins) / width, std::numeric_limits<float>::max());
    std::int64_t counts[bins] = {}, total = 0;
    for_each(numbers, [&, least = low, most = high](float x) {
        if (!(x >= least && x <= most)) return;
        ++counts[bin_of(x, least, bins_per_unit, edges)];
        ++total;
    });
    for (int i = 0; i < bins; ++i) {
        const double bin_width = static_cast<double>(edges[i + 1]) - static_cast<double>(edges[i]);
        if (bin_width > 0)
            histogram.density[i] = static_cast<double>(counts[i]) / static_cast<double>(total) / bin_width;
    }
}

} // namespace nib
