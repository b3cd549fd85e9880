#include "losses/plan.hpp"

#include "net/loss.hpp"
#include "net/planner.hpp"

namespace nib {

namespace {

struct LossStep {
    const LossSpec* loss;
    std::ptrdiff_t outputs, batch, stride;
    Range own; // rows of the gradient
    StepBuffer z;
    GradientParts gradient;
};

void run(StepState& s, const LossStep& l)
{
    s.loss = l.loss->kind->compute(l.loss->options, {.kernels = s.kernels,
                                                     .outputs = l.outputs,
                                                     .examples = l.batch,
                                                     .stride = l.stride,
                                                     .z = l.z.at(s.step),
                                                     .classes = s.batch.classes,
                                                     .targets = s.batch.targets,
                                                     .weights = s.batch.weights,
                                                     .weight = s.batch.weight,
                                                     .workspace = s.lines,
                                                     .own = l.own,
                                                     .gradient = l.gradient.at(s.step)});
}

} // namespace

void plan_loss(Planner& p)
{
    const int learned = p.model().network.learned();
    const std::ptrdiff_t outputs = p.model().network.outputs();
    const LossStep l = {.loss = &p.model().loss,
                        .outputs = outputs,
                        .batch = p.batch(),
                        .stride = p.stride(),
                        .own = p.own_rows(outputs),
                        .z = p.value(learned),
                        .gradient = p.leave_gradient(learned, 1)};
    p.forward<run>(l, {{l.z.id, Reach::all}}, {{l.gradient.buffer.id, Reach::own}});
}

} // namespace nib
