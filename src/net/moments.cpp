#include "net/moments.hpp"

#include <cmath>
#include <cstdint>

namespace nib {

namespace {

// row(i): the numbers of example i. Welford's recurrence, in the order of the split.
template <class Row>
std::vector<FeatureMoments> moments_of(std::uint32_t examples, std::size_t width, Row row)
{
    std::vector<FeatureMoments> moments(width, {0, 0});
    for (std::uint32_t i = 0; i < examples; ++i) {
        const float* x = row(i);
        for (std::size_t k = 0; k < width; ++k) {
            FeatureMoments& m = moments[k];
            const double difference = static_cast<double>(x[k]) - m.mean;
            m.mean += difference / (i + 1);
            m.std += difference * (static_cast<double>(x[k]) - m.mean);
        }
    }
    for (FeatureMoments& each : moments) each.std = std::sqrt(each.std / examples);
    return moments;
}

} // namespace

std::vector<FeatureMoments> moments_of_features(const DataTable& table)
{
    return moments_of(table.examples(NIB_SPLIT_TRAIN), static_cast<std::size_t>(table.features()),
                      [&](std::uint32_t i) { return table.row(NIB_SPLIT_TRAIN, i); });
}

std::vector<FeatureMoments> moments_of_targets(const DataTable& table)
{
    return moments_of(table.examples(NIB_SPLIT_TRAIN), table.schema().targets.size(),
                      [&](std::uint32_t i) { return table.targets(NIB_SPLIT_TRAIN, i); });
}

std::vector<std::ptrdiff_t> indicator_features(const Schema& schema)
{
    std::vector<std::ptrdiff_t> all;
    std::ptrdiff_t at = 0;
    for (const Column& column : schema.columns) {
        const std::ptrdiff_t end = at + column.features();
        if (column.words.empty()) ++at;
        for (; at < end; ++at) all.push_back(at);
    }
    return all;
}

} // namespace nib
