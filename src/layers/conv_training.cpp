#include "layers/conv.hpp"
#include "layers/conv_step.hpp"
#include "net/segment_sums.hpp"

#include <algorithm>

namespace nib {

namespace {

void backward(StepState& s, const ConvStep& c)
{
    kernels::convolve_back(s.kernels, c.conv, {c.copy.at(s.step), c.weight->row_stride}, c.channels.first,
                           c.channels.last, c.dz.at(s.step), c.dx.at(s.step));
}

std::ptrdiff_t weights_workspace(const ConvStep& c)
{
    return padded(kernels::weights_workspace(c.conv, c.outputs.size()));
}

void weights_of_segment(const StepState& s, const ConvStep& c, std::ptrdiff_t segment, float* to)
{
    const Range examples = s.segments.examples(segment);
    kernels::Convolution part = c.conv;
    part.examples = examples.size();
    if (s.segments.is_cut()) std::fill_n(to, c.weights(), 0.0f); // between rows too
    kernels::convolve_weights(s.kernels, part, c.outputs.first, c.outputs.last, c.x.at(s.step) + examples.first,
                              c.dz.at(s.step) + examples.first, to, c.weight->row_stride, s.blocks);
}

} // namespace

ConvStep plan_conv(std::size_t node, const StepBuffer& z, Planner& p)
{
    const Node& n = p.node(node);
    const int output = static_cast<int>(node) + 1;
    const Tensor& weight = p.model().layout.tensor(node, 0);
    ConvStep c = {.conv = convolution_of(n, p.batch(), p.stride()),
                  .weight = &weight,
                  .outputs = p.own_features(output),
                  .channels = p.own_features(n.input),
                  .x = p.value(n.input),
                  .z = z,
                  .dz = p.array(n.out.rows() * p.stride()),
                  .copy = {},
                  .dx = p.leave_gradient(n.input, 1),
                  .reads_x = p.reach(n.input, n.in)};
    if (c.dx.count > 0) c.copy = p.array(weight.rows * weight.row_stride);
    std::ptrdiff_t sums = 0;
    p.segments().for_nodes(p.segments().rank,
                           [&](const SegmentNode& each) { sums = std::max(sums, levels_below(each.count)); });
    p.need_blocks(std::max(weights_workspace(c) + sums * c.weights(),
                           kernels::outputs_workspace(c.conv, c.outputs.size())));
    return c;
}

void conv_forward(const StepState& s, const ConvStep& c)
{
    const float* const weight = s.parameter(c.weight->offset);
    const std::ptrdiff_t stride = c.weight->row_stride;
    kernels::convolve(s.kernels, c.conv, {weight, stride}, c.outputs.first, c.outputs.last, c.x.at(s.step),
                      c.z.at(s.step), s.blocks);
    if (c.dx.count > 0)
        std::copy_n(weight + c.outputs.first * stride, c.outputs.size() * stride,
                    c.copy.at(s.step) + c.outputs.first * stride);
}

void conv_update(StepState& s, const ConvStep& c)
{
    const std::ptrdiff_t offset = c.weight->offset + c.outputs.first * c.weight->row_stride;
    s.for_nodes([&](const SegmentNode& node, float* gradients) {
        sum_segments(s.kernels, node, c.weights(), gradients + offset, s.blocks + weights_workspace(c),
                     [&](std::ptrdiff_t segment, float* to) { weights_of_segment(s, c, segment, to); });
    });
    s.update(*c.weight, c.outputs);
}

void add_conv_backward(const ConvStep& c, Planner& p)
{
    if (c.dx.count == 0) return;
    p.backward<backward>(c, {{c.dz.id, Reach::all}, {c.copy.id, Reach::all}}, {{c.dx.buffer.id, c.reads_x}});
}

} // namespace nib
