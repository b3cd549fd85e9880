#include "losses/plan.hpp"

#include "net/loss.hpp"
#include "net/turned.hpp"

namespace nib {

namespace {

struct LossStep {
    const LossSpec* loss;
    std::ptrdiff_t outputs, batch, stride;
    Range own; // rows of the gradient
    StepBuffer z;
    GradientParts gradient;
};

LossBatch batch_of(const StepState& s, const LossStep& l)
{
    return {.kernels = s.kernels,
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
            .gradient = l.gradient.at(s.step)};
}

void run(StepState& s, const LossStep& l) { s.loss = l.loss->kind->compute(l.loss->options, batch_of(s, l)); }

struct FewLossStep {
    LossStep loss;             // stride: for arrays by feature
    std::ptrdiff_t by_example; // the distance between examples
    TurnedArray z, gradient;   // for losses that are not computed by example
};

void run_few(StepState& s, const FewLossStep& f)
{
    const LossStep& l = f.loss;
    const LossKind& kind = *l.loss->kind;
    LossBatch batch = batch_of(s, l);
    batch.stride = f.by_example;
    const std::optional<float> loss =
        kind.compute_few != nullptr ? kind.compute_few(l.loss->options, batch) : std::nullopt;
    if (loss) {
        s.loss = *loss;
        return;
    }
    f.z.take(s, batch.z);
    batch.stride = l.stride;
    batch.z = f.z.array.at(s.step);
    batch.gradient = f.gradient.array.at(s.step);
    s.loss = kind.compute(l.loss->options, batch);
    f.gradient.put(s, l.gradient.at(s.step));
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
    if (p.order() == Order::by_example) {
        const FewLossStep few = {.loss = l,
                                 .by_example = row_stride(outputs),
                                 .z = TurnedArray(p, outputs),
                                 .gradient = TurnedArray(p, outputs)};
        return p.forward<run_few>(few, {{l.z.id, Reach::all}}, {{l.gradient.buffer.id, Reach::own}});
    }
    const Reach leaves = p.reach(learned, flat_shape(outputs));
    p.forward<run>(l, {{l.z.id, Reach::all}}, {{l.gradient.buffer.id, leaves}});
}

} // namespace nib
