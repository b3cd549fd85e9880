// Transposed arrays of a step by example, for a layer or loss whose arithmetic goes by feature: 16 lanes hold all of
// the few examples, and transposing costs less than a second set of kernels would.
#pragma once

#include "net/planner.hpp"

namespace nib {

// An array of shape (rows, stride) that transposes one of shape (batch, row_stride(rows)) of the step.
struct TurnedArray {
    std::ptrdiff_t rows, batch, stride;
    StepBuffer array;

    TurnedArray(Planner& p, std::ptrdiff_t features)
        : rows(features), batch(p.batch()), stride(p.stride()), array(p.array(features * p.stride()))
    {
    }

    void take(const StepState& s, const float* by_example) const
    {
        s.kernels.transpose(batch, rows, by_example, row_stride(rows), array.at(s.step), stride);
    }
    void put(const StepState& s, float* by_example) const
    {
        s.kernels.transpose(rows, batch, array.at(s.step), stride, by_example, row_stride(rows));
    }

    // The array as the gradient of a value by feature, in one part.
    GradientParts gradient() const { return {array, 0, 1, rows * stride}; }
};

// A layer's arrays, transposed: what a plan by feature gets from Planner::value and gradient.
struct TurnedLayer {
    TurnedArray x, y, dy, dx;
    StepBuffer from, to;
    GradientParts left, wanted; // of the output, and of the input

    TurnedLayer(Planner& p, std::size_t node)
        : x(p, p.node(node).in.rows()),
          y(p, p.node(node).out.rows()),
          dy(p, y.rows),
          dx(p, x.rows),
          from(p.value(p.node(node).input)),
          to(p.value(static_cast<int>(node) + 1)),
          left(p.gradient(static_cast<int>(node) + 1)),
          wanted(p.leave_gradient(p.node(node).input, 1))
    {
        p.need_dz(y.batch * row_stride(y.rows));
    }

    void take_x(const StepState& s) const { x.take(s, from.at(s.step)); }
    void put_y(const StepState& s) const { y.put(s, to.at(s.step)); }
    void take_dy(const StepState& s) const { dy.take(s, left.sum(s, 0, y.batch * row_stride(y.rows))); }
    void put_dx(const StepState& s) const { dx.put(s, wanted.at(s.step)); }
};

} // namespace nib
