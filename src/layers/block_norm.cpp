#include "layers/block_norm.hpp"

#include <algorithm>

namespace nib {

namespace {

// The two halves of a segment's sums: means and scatters, or the gradients of shift and gamma.
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

// Joins the moments of two nodes (Chan, Golub and LeVeque 1983, "Algorithms for computing the sample variance").
struct JoinMoments {
    const StepState& s;
    const BlockStep& b;

    float numbers(const SegmentNode& node) const
    {
        return static_cast<float>(b.by_segment->moments.segments.examples(node).size() * b.positions);
    }

    void operator()(const SegmentNode& left, const SegmentNode& right) const
    {
        const float n_left = numbers(left), n_right = numbers(right), share = n_right / (n_left + n_right);
        float *mean = b.by_segment->moments.at(s, left), *scatter = mean + half(b.by_segment->moments);
        const float *other_mean = b.by_segment->moments.at(s, right),
                    *other_scatter = other_mean + half(b.by_segment->moments);
        for (std::ptrdiff_t i = b.own.first; i < b.own.last; ++i) {
            const float d = other_mean[i] - mean[i];
            mean[i] += d * share;
            scatter[i] = (scatter[i] + other_scatter[i]) + d * d * (n_left * share);
        }
    }
};

void moments_of_segments(const StepState& s, const BlockStep& b)
{
    const SegmentSums& sums = b.by_segment->moments;
    sums.segments.for_own([&](std::ptrdiff_t segment, const Range& examples) {
        float* const to = sums.at(s, segment) + b.own.first;
        s.kernels.moments({.rows = b.own.size(),
                           .examples = examples.size(),
                           .stride = b.rows.stride,
                           .x = b.z.at(s.step) + b.at() + examples.first,
                           .mean = to,
                           .scatter = to + half(sums),
                           .pixels = b.positions,
                           .pixel_stride = b.stride});
    });
    sums.segments.join_own(JoinMoments{s, b});
}

// The sums of the gradients of shift and gamma, and da in dz; without a norm that is all.
void sums_of_segments(const StepState& s, const BlockStep& b, const kernels::NormBackward& whole)
{
    const SegmentSums& sums = b.by_segment->sums;
    sums.segments.for_own([&](std::ptrdiff_t segment, const Range& examples) {
        kernels::NormBackward part = whole;
        part.part = kernels::NormPart::sums;
        part.examples = examples.size();
        part.pixels = b.positions;
        for (const float** each : {&part.dy, &part.y, &part.x}) *each += examples.first;
        part.dz += examples.first;
        if (part.dy_sum != nullptr) part.dy_sum += examples.first;
        part.dbeta = sums.at(s, segment) + b.own.first;
        if (b.norm) part.dgamma = part.dbeta + half(sums);
        s.kernels.norm_backward(part, shift_of(s, b));
    });
    for (const std::ptrdiff_t first : {std::ptrdiff_t{0}, half(sums)}) {
        const Tensor& tensor = first == 0 ? *b.shift : *b.gamma;
        sums.add_own(s, first + b.own.first, b.own.size());
        sums.give_gradients(s, first + b.own.first, b.own.size(), tensor.offset + b.own.first);
        if (!b.norm) return;
    }
}

// f(block, offset) for some rows at a time, which are the block's own in f: its passes over them find them in the
// nearest cache. offset: floats from the block's own rows.
template <class F>
void for_rows_in_cache(const BlockStep& b, F f)
{
    constexpr std::ptrdiff_t cached = 16384, together = 4; // floats; rows that the kernels compute at once
    const std::ptrdiff_t rows = std::max(together, cached / b.rows.stride / together * together);
    BlockStep part = b;
    for (std::ptrdiff_t first = b.own.first; first < b.own.last; first += rows) {
        part.own = {first, std::min(first + rows, b.own.last)};
        f(part, (first - b.own.first) * b.rows.stride);
    }
}

std::ptrdiff_t all_numbers(const BlockStep& b) { return b.by_segment->sums.segments.batch * b.positions; }

} // namespace

void norm_forward(const StepState& s, const BlockStep& b)
{
    if (!b.is_cut()) return s.kernels.norm_forward(forward_arguments(s, b));
    if (b.waits_for_ranks()) return moments_of_segments(s, b);
    for_rows_in_cache(b, [&](const BlockStep& part, std::ptrdiff_t) {
        moments_of_segments(s, part);
        norm_forward_rest(s, part);
    });
}

void norm_forward_rest(const StepState& s, const BlockStep& b)
{
    b.by_segment->moments.segments.join_ranks(JoinMoments{s, b});
    kernels::NormForward arguments = forward_arguments(s, b);
    arguments.all_means = b.by_segment->moments.all(s) + b.own.first;
    arguments.all_scatters = arguments.all_means + half(b.by_segment->moments);
    arguments.all_examples = all_numbers(b);
    s.kernels.norm_forward(arguments);
}

void norm_backward(const StepState& s, const BlockStep& b, const float* dy, float* dz, float* dy_sum)
{
    if (!b.is_cut()) return s.kernels.norm_backward(backward_arguments(s, b, dy, dz, dy_sum), shift_of(s, b));
    if (!b.norm || b.waits_for_ranks()) return sums_of_segments(s, b, backward_arguments(s, b, dy, dz, dy_sum));
    for_rows_in_cache(b, [&](const BlockStep& part, std::ptrdiff_t offset) {
        float* const sum = dy_sum == nullptr ? nullptr : dy_sum + offset;
        sums_of_segments(s, part, backward_arguments(s, part, dy + offset, dz + offset, sum));
        norm_backward_rest(s, part, dy + offset, dz + offset);
    });
}

void norm_backward_rest(const StepState& s, const BlockStep& b, const float* dy, float* dz)
{
    for (const std::ptrdiff_t first : {std::ptrdiff_t{0}, half(b.by_segment->sums)})
        b.by_segment->sums.add_ranks(s, first + b.own.first, b.own.size());
    kernels::NormBackward arguments = backward_arguments(s, b, dy, dz, nullptr);
    arguments.part = kernels::NormPart::rest;
    arguments.dbeta = b.by_segment->sums.at(s, 0) + b.own.first;
    arguments.dgamma = arguments.dbeta + half(b.by_segment->sums);
    arguments.all_examples = all_numbers(b);
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
