// Sums over the examples of each segment by itself, and how they become those of the whole minibatch.
#pragma once

#include "net/planner.hpp"

#include <cstddef>

namespace nib {

// Numbers of each segment, a few rows: (segments of all ranks, width). The segments of other ranks have numbers after a
// gather stage, and of these the first of each of that rank's nodes alone.
struct SegmentSums {
    Segments segments;
    std::ptrdiff_t width = 0;
    StepBuffer array;

    static SegmentSums plan(Planner& p, std::ptrdiff_t numbers)
    {
        const Segments& segments = p.segments();
        const std::ptrdiff_t width = padded(numbers);
        return {segments, width, p.array(segments.count * width)};
    }

    float* at(const StepState& s, std::ptrdiff_t segment) const { return array.at(s.step) + segment * width; }
    float* at(const StepState& s, const SegmentNode& node) const { return at(s, node.first); }
    const float* all(const StepState& s) const { return at(s, 0); } // once all are joined

    // Adds up numbers [first, first + count) of the rank's segments, or of all ranks' nodes.
    void add_own(const StepState& s, std::ptrdiff_t first, std::ptrdiff_t count) const;
    void add_ranks(const StepState& s, std::ptrdiff_t first, std::ptrdiff_t count) const;

    // Stores them as the gradients of a vector, of which they begin at number `first`. Call this when the rank's are
    // added up.
    void give_gradients(const StepState& s, std::ptrdiff_t first, std::ptrdiff_t count, std::ptrdiff_t offset) const;
};

// Adds up arrays of `size` floats that are too large to keep one for each segment: compute(segment, to) makes those of
// one segment. workspace: levels_below(node) arrays.
template <class Compute>
void sum_segments(const kernels::Table& kernels, const SegmentNode& node, std::ptrdiff_t size, float* to,
                  float* workspace, Compute compute)
{
    if (node.count == 1) return compute(node.first, to);
    const std::ptrdiff_t half = node.count / 2;
    sum_segments(kernels, {node.first, half}, size, to, workspace, compute);
    sum_segments(kernels, {node.first + half, half}, size, workspace, workspace + size, compute);
    kernels.add(size, to, workspace, to);
}

constexpr std::ptrdiff_t levels_below(std::ptrdiff_t segments) noexcept
{
    std::ptrdiff_t levels = 0;
    for (; segments > 1; segments /= 2) ++levels;
    return levels;
}

// Adds a stage of the way forward, or of the way back, that gathers what all ranks have in such an array.
void plan_forward_gather(const SegmentSums& sums, Planner& p);
void plan_backward_gather(const SegmentSums& sums, Planner& p);

} // namespace nib
