#include "layers/conv.hpp"
#include "layers/conv_step.hpp"

#include <algorithm>

namespace nib {

namespace {

void backward(StepState& s, const ConvStep& c)
{
    kernels::convolve_back(s.kernels, c.conv, {c.copy.at(s.step), c.weight->row_stride}, c.channels.first,
                           c.channels.last, c.dz.at(s.step), c.dx.at(s.step));
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
    p.need_blocks(kernels::weights_workspace(c.conv, c.outputs.size()));
    return c;
}

void conv_forward(const StepState& s, const ConvStep& c)
{
    const float* const weight = s.parameter(c.weight->offset);
    const std::ptrdiff_t stride = c.weight->row_stride;
    kernels::convolve(s.kernels, c.conv, {weight, stride}, c.outputs.first, c.outputs.last, c.x.at(s.step),
                      c.z.at(s.step));
    if (c.dx.count > 0)
        std::copy_n(weight + c.outputs.first * stride, c.outputs.size() * stride,
                    c.copy.at(s.step) + c.outputs.first * stride);
}

void conv_update(StepState& s, const ConvStep& c)
{
    kernels::convolve_weights(s.kernels, c.conv, c.outputs.first, c.outputs.last, c.x.at(s.step), c.dz.at(s.step),
                              s.gradients + c.weight->offset + c.outputs.first * c.weight->row_stride,
                              c.weight->row_stride, s.blocks);
    s.update(*c.weight, c.outputs);
}

void add_conv_backward(const ConvStep& c, Planner& p)
{
    if (c.dx.count == 0) return;
    p.backward<backward>(c, {{c.dz.id, Reach::all}, {c.copy.id, Reach::all}}, {{c.dx.buffer.id, c.reads_x}});
}

} // namespace nib
