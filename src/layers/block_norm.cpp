#include "layers/block_norm.hpp"

#include "kernels/pieces.hpp"

#include <algorithm>

namespace nib {

namespace {

// The two halves of a node's sums: means and scatters, or the gradients of shift and gamma.
std::ptrdiff_t half(const SegmentSums& sums) { return sums.width / 2; }

kernels::NormForward forward_arguments(const StepState& s, const BlockStep& b)
{
    return {.rows = b.own.size(),
            .examples = b.rows.examples,
            .stride = b.rows.stride,
            .z = b.z.at(s.step) + b.at(),
            .gamma = s.parameter(b.gamma->offset + b.own.first),
            .beta = s.parameter(b.shift->offset + b.own.first),
            .eps = b.eps,
            .unbiased = b.unbiased,
            .activation = b.activation,
            .y = b.y.at(s.step) + b.at(),
            .inverse_std = b.inverse_std.at(s.step) + b.own.first,
            .mean = b.mean.at(s.step) + b.own.first,
            .spread = b.spread.at(s.step) + b.own.first,
            .spread_is_std = b.running->is_std,
            .pixels = b.rows.pixels,
            .pixel_stride = b.stride};
}

kernels::NormBackward backward_arguments(const StepState& s, const BlockStep& b, const float* dy, float* dz,
                                         float* dy_sum)
{
    return {.rows = b.own.size(),
            .examples = b.rows.examples,
            .stride = b.rows.stride,
            .dy = dy,
            .parts = b.dy.count,
            .part_stride = b.dy.stride,
            .y = b.y.at(s.step) + b.at(),
            .x = b.z.at(s.step) + b.at(),
            .gamma = b.norm ? s.parameter(b.gamma->offset + b.own.first) : nullptr,
            .inverse_std = b.norm ? b.inverse_std.at(s.step) + b.own.first : nullptr,
            .unbiased = b.unbiased,
            .activation = b.activation,
            .dz = dz,
            .dy_sum = dy_sum,
            .dgamma = b.norm ? s.gradients + b.gamma->offset + b.own.first : nullptr,
            .dbeta = s.gradients + b.shift->offset + b.own.first,
            .pixels = b.rows.pixels,
            .pixel_stride = b.stride};
}

const float* shift_of(const StepState& s, const BlockStep& b) { return s.parameter(b.shift->offset + b.own.first); }

// Gives a kernel's arguments the examples of a node, in the pieces that its segments are. The kernel joins them, while
// its rows are in the nearest cache: a call for each segment of some rows took 3% of a step of lecture-deep more.
template <class Arguments>
void take_node(const StepState& s, const BlockStep& b, const SegmentNode& node, Arguments& arguments)
{
    arguments.pieces = node.count;
    arguments.cuts = s.cuts_of(node);
    arguments.examples = arguments.cuts[node.count] - arguments.cuts[0];
    arguments.pixels = b.positions;
}

// Joins the moments of two nodes of different ranks.
struct JoinMoments {
    const StepState& s;
    const BlockStep& b;

    std::ptrdiff_t numbers(const SegmentNode& node) const { return s.segments.examples(node).size() * b.positions; }

    void operator()(const SegmentNode& left, const SegmentNode& right) const
    {
        const kernels::JoinFactors factors = kernels::join_factors(numbers(left), numbers(right));
        float *mean = b.for_ranks->moments.at(s, left), *scatter = mean + half(b.for_ranks->moments);
        const float *other_mean = b.for_ranks->moments.at(s, right),
                    *other_scatter = other_mean + half(b.for_ranks->moments);
        for (std::ptrdiff_t i = b.own.first; i < b.own.last; ++i)
            kernels::join_moments(factors, mean[i], scatter[i], other_mean[i], other_scatter[i]);
    }
};

void moments_of_nodes(const StepState& s, const BlockStep& b)
{
    const SegmentSums& sums = b.for_ranks->moments;
    s.for_nodes([&](const SegmentNode& node, float*) {
        float* const to = sums.at(s, node) + b.own.first;
        kernels::Moments arguments{.rows = b.own.size(),
                                   .examples = 0,
                                   .stride = b.rows.stride,
                                   .x = b.z.at(s.step) + b.at() + s.cuts_of(node)[0],
                                   .mean = to,
                                   .scatter = to + half(sums),
                                   .pixel_stride = b.stride};
        take_node(s, b, node, arguments);
        s.kernels.moments(arguments);
    });
}

// The sums of the gradients of shift and gamma of each node, and da in dz; without a norm that is all.
void sums_of_nodes(const StepState& s, const BlockStep& b, const kernels::NormBackward& whole)
{
    s.for_nodes([&](const SegmentNode& node, float* gradients) {
        kernels::NormBackward part = whole;
        part.part = kernels::NormPart::sums;
        take_node(s, b, node, part);
        for (const float** each : {&part.dy, &part.y, &part.x}) *each += part.cuts[0];
        part.dz += part.cuts[0];
        if (part.dy_sum != nullptr) part.dy_sum += part.cuts[0];
        part.dbeta = gradients + b.shift->offset + b.own.first;
        if (b.norm) part.dgamma = gradients + b.gamma->offset + b.own.first;
        s.kernels.norm_backward(part, shift_of(s, b));
        if (!b.norm) return;
        float* const sums = b.for_ranks->sums.at(s, node) + b.own.first;
        std::copy_n(part.dbeta, b.own.size(), sums);
        std::copy_n(part.dgamma, b.own.size(), sums + half(b.for_ranks->sums));
    });
}

std::ptrdiff_t all_numbers(const StepState& s, const BlockStep& b) { return s.segments.batch * b.positions; }

} // namespace

void norm_forward(const StepState& s, const BlockStep& b)
{
    if (b.waits_for_ranks()) return moments_of_nodes(s, b);
    kernels::NormForward arguments = forward_arguments(s, b);
    if (s.segments.is_cut()) take_node(s, b, s.segments.root(), arguments);
    s.kernels.norm_forward(arguments);
}

void norm_forward_rest(const StepState& s, const BlockStep& b)
{
    const SegmentSums& moments = b.for_ranks->moments;
    s.segments.join_ranks(JoinMoments{s, b});
    kernels::NormForward arguments = forward_arguments(s, b);
    arguments.all_means = moments.all(s) + b.own.first;
    arguments.all_scatters = arguments.all_means + half(moments);
    arguments.all_examples = all_numbers(s, b);
    s.kernels.norm_forward(arguments);
}

void norm_backward(const StepState& s, const BlockStep& b, const float* dy, float* dz, float* dy_sum)
{
    kernels::NormBackward arguments = backward_arguments(s, b, dy, dz, dy_sum);
    if (s.segments.is_shared()) return sums_of_nodes(s, b, arguments);
    if (s.segments.is_cut()) take_node(s, b, s.segments.root(), arguments);
    s.kernels.norm_backward(arguments, shift_of(s, b));
}

void norm_backward_rest(const StepState& s, const BlockStep& b, const float* dy, float* dz)
{
    const SegmentSums& sums = b.for_ranks->sums;
    for (const std::ptrdiff_t first : {std::ptrdiff_t{0}, half(sums)})
        sums.add_ranks(s, first + b.own.first, b.own.size());
    kernels::NormBackward arguments = backward_arguments(s, b, dy, dz, nullptr);
    arguments.part = kernels::NormPart::rest;
    arguments.dbeta = sums.at(s, 0) + b.own.first;
    arguments.dgamma = arguments.dbeta + half(sums);
    arguments.all_examples = all_numbers(s, b);
    s.kernels.norm_backward(arguments, shift_of(s, b));
}

void update_running(StepState& s, const BlockStep& b)
{
    if (s.is_lost || b.own.size() == 0) return;
    float* running = s.model.running.data() + b.own.first;
    s.kernels.blend(b.own.size(), b.momentum, b.mean.at(s.step) + b.own.first, running + b.running->mean);
    s.kernels.blend(b.own.size(), b.momentum, b.spread.at(s.step) + b.own.first, running + b.running->spread);
}

} // namespace nib
