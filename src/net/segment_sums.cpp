#include "net/segment_sums.hpp"

#include "net/exchange.hpp"

#include <algorithm>

namespace nib {

namespace {

struct GatherStep {
    SegmentSums sums;
    bool is_first_thread;
};

void gather(StepState& s, const GatherStep& g)
{
    if (g.is_first_thread) gather_nodes(s, g.sums.at(s, 0), g.sums.width);
}

auto adding(const StepState& s, const SegmentSums& sums, std::ptrdiff_t first, std::ptrdiff_t count)
{
    return [&s, &sums, first, count](const SegmentNode& left, const SegmentNode& right) {
        float* const sum = sums.at(s, left) + first;
        s.kernels.add(count, sum, sums.at(s, right) + first, sum);
    };
}

GatherStep step_of(const SegmentSums& sums, Planner& p)
{
    p.need_messages(gather_messages(sums.segments, sums.width));
    return {sums, p.thread() == 0};
}

} // namespace

void SegmentSums::add_own(const StepState& s, std::ptrdiff_t first, std::ptrdiff_t count) const
{
    segments.join_own(adding(s, *this, first, count));
}

void SegmentSums::add_ranks(const StepState& s, std::ptrdiff_t first, std::ptrdiff_t count) const
{
    segments.join_ranks(adding(s, *this, first, count));
}

void SegmentSums::give_gradients(const StepState& s, std::ptrdiff_t first, std::ptrdiff_t count,
                                 std::ptrdiff_t offset) const
{
    s.for_nodes([&](const SegmentNode& node, float* gradients) {
        std::copy_n(at(s, node) + first, count, gradients + offset);
    });
}

void plan_forward_gather(const SegmentSums& sums, Planner& p)
{
    p.forward<gather>(step_of(sums, p), {{sums.array.id, Reach::all}}, {{sums.array.id, Reach::all}});
}

void plan_backward_gather(const SegmentSums& sums, Planner& p)
{
    p.backward<gather>(step_of(sums, p), {{sums.array.id, Reach::all}}, {{sums.array.id, Reach::all}});
}

} // namespace nib
