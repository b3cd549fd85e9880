#include "net/gather.hpp"

#include <algorithm>

namespace nib {

// Works in tiles of 16 examples and 16 numbers, whose cache lines stay in the nearest cache.
void gather_rows(const kernels::Table& kernels, const DataTable& table, nib_split split,
                 std::span<const std::uint32_t> numbers, Range features, std::ptrdiff_t stride, float* to) noexcept
{
    alignas(64) float tile[16 * 16];
    const auto examples = static_cast<std::ptrdiff_t>(numbers.size());
    for (std::ptrdiff_t first = 0; first < examples; first += 16) {
        const std::ptrdiff_t count = std::min<std::ptrdiff_t>(16, examples - first);
        const float* rows[16];
        for (std::ptrdiff_t i = 0; i < count; ++i)
            rows[i] = table.row(split, numbers[static_cast<std::size_t>(first + i)]);
        for (std::ptrdiff_t f = features.first; f < features.last; f += 16) {
            const std::ptrdiff_t width = std::min<std::ptrdiff_t>(16, features.last - f);
            for (std::ptrdiff_t i = 0; i < count; ++i) std::copy_n(rows[i] + f, width, tile + 16 * i);
            kernels.transpose(count, width, tile, 16, to + (f - features.first) * stride + first, stride);
        }
    }
}

void gather_targets(const DataTable& table, nib_split split, std::span<const std::uint32_t> numbers,
                    std::ptrdiff_t stride, const GatheredTargets& to) noexcept
{
    const std::size_t targets = table.schema().task == Task::numbers ? table.schema().targets.size() : 0;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        if (targets == 0) to.classes[i] = table.class_of(split, numbers[i]);
        for (std::size_t t = 0; t < targets; ++t)
            to.targets[t * static_cast<std::size_t>(stride) + i] = table.targets(split, numbers[i])[t];
        if (to.weights != nullptr) to.weights[i] = table.weight(split, numbers[i]);
    }
}

void scale_targets(const Model& model, std::ptrdiff_t count, std::ptrdiff_t stride, float* targets) noexcept
{
    const Scale* const scale = model.unscale();
    if (scale == nullptr) return;
    const float* statistics = model.running.data();
    for (std::ptrdiff_t row = 0; row < scale->size; ++row) {
        const float mean = statistics[scale->mean + row], std = statistics[scale->factor + row];
        float* t = targets + row * stride;
        for (std::ptrdiff_t i = 0; i < count; ++i) t[i] = (t[i] - mean) / std;
    }
}

} // namespace nib
