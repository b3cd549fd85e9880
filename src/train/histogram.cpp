#include "train/histogram.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace nib {

namespace {

constexpr int bins = NIB_HISTOGRAM_BINS;

template <class Each>
void for_each(const NumberRows& numbers, Each each)
{
    for (std::ptrdiff_t r = 0; r < numbers.rows; ++r) {
        const float* row = numbers.first + r * numbers.stride;
        for (std::ptrdiff_t c = 0; c < numbers.columns; ++c) each(row[c]);
    }
}

// As torch.linspace, which goes to the middle from either end.
void set_edges(float low, float high, float (&edges)[bins + 1])
{
    const float step = (high - low) / static_cast<float>(bins);
    for (int i = 0; i <= bins; ++i) {
        const bool lower_half = i < (bins + 1) / 2;
        edges[i] = lower_half ? low + step * static_cast<float>(i) : high - step * static_cast<float>(bins - i);
    }
}

// Bin i holds edges[i] <= x < edges[i + 1], the last one its upper edge too. The bin that division gives may be off by
// one at an edge.
int bin_of(float x, float low, float bins_per_unit, const float (&edges)[bins + 1])
{
    int bin = std::clamp(static_cast<int>((x - low) * bins_per_unit), 0, bins - 1);
    while (bin > 0 && x < edges[bin]) --bin;
    while (bin < bins - 1 && x >= edges[bin + 1]) ++bin;
    return bin;
}

} // namespace

void fill_histogram(const NumberRows& numbers, nib_histogram& histogram) noexcept
{
    float low = std::numeric_limits<float>::infinity(), high = -low;
    for_each(numbers, [&](float x) {
        low = x < low ? x : low;
        high = x > high ? x : high;
    });
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
    for_each(numbers, [&](float x) {
        if (!(x >= low && x <= high)) return;
        ++counts[bin_of(x, low, bins_per_unit, edges)];
        ++total;
    });
    for (int i = 0; i < bins; ++i) {
        const double bin_width = static_cast<double>(edges[i + 1]) - static_cast<double>(edges[i]);
        if (bin_width > 0)
            histogram.density[i] = static_cast<double>(counts[i]) / static_cast<double>(total) / bin_width;
    }
}

} // namespace nib
