#include "losses/cross_entropy.hpp"

#include "net/planner.hpp"

namespace nib {

namespace {

struct LossStep {
    std::ptrdiff_t classes, batch, stride;
    Range own; // rows of the gradient
    StepBuffer logits;
    GradientParts gradient;
};

void run(StepState& s, const LossStep& l)
{
    s.loss = s.kernels.cross_entropy({.classes = l.classes,
                                      .examples = l.batch,
                                      .stride = l.stride,
                                      .logits = l.logits.at(s.step),
                                      .targets = s.targets,
                                      .workspace = s.lines,
                                      .first_row = l.own.first,
                                      .last_row = l.own.last,
                                      .gradient = l.gradient.at(s.step)});
}

} // namespace

void plan_cross_entropy(Planner& p)
{
    const int output = p.model().network.output();
    const std::ptrdiff_t classes = p.model().layout.classes;
    const LossStep l = {.classes = classes,
                        .batch = p.batch(),
                        .stride = p.stride(),
                        .own = p.own_rows(classes),
                        .logits = p.value(output),
                        .gradient = p.leave_gradient(output, 1)};
    p.forward<run>(l, {{l.logits.id, Reach::all}}, {{l.gradient.buffer.id, Reach::own}});
}

} // namespace nib
