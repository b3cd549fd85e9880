// How the work is dealt out: the neurons of a layer go to the threads in groups that depend on the shape alone.
#pragma once

#include <algorithm>
#include <cstddef>

namespace nib {

// A half-open range of rows (neurons, features).
struct Range {
    std::ptrdiff_t first, last;
    std::ptrdiff_t size() const noexcept { return last - first; }
};

// Part number `index` of [0, n), cut into parts whose sizes differ by one at most.
constexpr Range slice(std::ptrdiff_t n, std::ptrdiff_t parts, std::ptrdiff_t index) noexcept
{
    return {n * index / parts, n * (index + 1) / parts};
}

// The number of groups of a layer of this many neurons. The gradient of a layer's input is a sum over its neurons. Each
// group is summed by itself and the groups are added in order, so that the result has the same bits whichever thread
// had which group. More groups allow more threads, but each costs another pass over the input's gradient: about 50
// neurons a group keep that under 2% of the product.
constexpr std::ptrdiff_t neuron_groups(std::ptrdiff_t neurons) noexcept
{
    if (neurons < 16) return 1;
    return std::clamp<std::ptrdiff_t>(neurons / 50, 2, 16);
}

// The groups of one thread, and their neurons.
struct Share {
    Range groups, neurons;
};

constexpr Share share_of(std::ptrdiff_t neurons, int threads, int thread) noexcept
{
    const std::ptrdiff_t count = neuron_groups(neurons);
    const Range groups = slice(count, threads, thread);
    const auto begin = [&](std::ptrdiff_t group) { return neurons * group / count; };
    return {groups, {begin(groups.first), begin(groups.last)}};
}

// Where the groups' sums are stored until they are added up. The addition starts at the first group: the thread of that
// group adds its other groups to the first part at once, so that one thread alone leaves a single part to read.
struct Parts {
    std::ptrdiff_t groups;
    std::ptrdiff_t folded; // groups whose sum is in the first part

    constexpr Parts(std::ptrdiff_t neurons, int threads) noexcept
        : groups(neuron_groups(neurons)), folded(std::max<std::ptrdiff_t>(groups / threads, 1))
    {
    }
    constexpr std::ptrdiff_t count() const noexcept { return groups - folded + 1; }
    constexpr std::ptrdiff_t part_of(std::ptrdiff_t group) const noexcept
    {
        return std::max<std::ptrdiff_t>(group - folded + 1, 0);
    }
};

} // namespace nib
