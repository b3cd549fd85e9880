#include "losses/plan.hpp"

#include "net/loss.hpp"
#include "net/segment_sums.hpp"
#include "net/turned.hpp"

namespace nib {

namespace {

struct LossStep {
    const LossSpec* loss;
    std::ptrdiff_t outputs, batch, stride;
    Range own; // rows of the gradient
    StepBuffer z;
    GradientParts gradient;
    bool is_first_thread;
    SegmentSums losses; // for other ranks
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

// A segment's part of the loss; its gradient too.
float loss_of_segment(const StepState& s, const LossStep& l, const Range& examples)
{
    LossBatch batch = batch_of(s, l);
    batch.examples = examples.size();
    batch.z += examples.first;
    batch.gradient += examples.first;
    if (batch.classes != nullptr) batch.classes += examples.first;
    for (const float** each : {&batch.targets, &batch.weights})
        if (*each != nullptr) *each += examples.first;
    return l.loss->kind->compute(l.loss->options, batch);
}

// Adds up the losses of the segments, or, where other ranks have some, leaves the rank's for these.
void run(StepState& s, const LossStep& l)
{
    const Segments& segments = s.segments;
    float losses[most_segments];
    segments.for_own(
        [&](std::ptrdiff_t segment, const Range& examples) { losses[segment] = loss_of_segment(s, l, examples); });
    segments.join_own(AddNumbers{losses});
    if (!segments.is_shared()) {
        s.loss = losses[0];
        return;
    }
    if (!l.is_first_thread) return;
    segments.for_nodes(segments.rank, [&](const SegmentNode& node) { *l.losses.at(s, node) = losses[node.first]; });
}

// Each thread adds up the losses of all ranks for itself.
void run_rest(StepState& s, const LossStep& l)
{
    float losses[most_segments];
    for (std::ptrdiff_t segment = 0; segment < s.segments.count; ++segment) losses[segment] = *l.losses.at(s, segment);
    s.segments.join_ranks(AddNumbers{losses});
    s.loss = losses[0];
}

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
    LossStep l = {.loss = &p.model().loss,
                  .outputs = outputs,
                  .batch = p.batch(),
                  .stride = p.stride(),
                  .own = p.own_rows(outputs),
                  .z = p.value(learned),
                  .gradient = p.leave_gradient(learned, 1),
                  .is_first_thread = p.thread() == 0,
                  .losses = {}};
    if (p.order() == Order::by_example) {
        const FewLossStep few = {.loss = l,
                                 .by_example = row_stride(outputs),
                                 .z = TurnedArray(p, outputs),
                                 .gradient = TurnedArray(p, outputs)};
        return p.forward<run_few>(few, {{l.z.id, Reach::all}}, {{l.gradient.buffer.id, Reach::own}});
    }
    const Reach leaves = p.reach(learned, flat_shape(outputs));
    if (!p.segments().is_shared()) return p.forward<run>(l, {{l.z.id, Reach::all}}, {{l.gradient.buffer.id, leaves}});
    l.losses = SegmentSums::plan(p, 1);
    p.forward<run>(l, {{l.z.id, Reach::all}}, {{l.gradient.buffer.id, leaves}, {l.losses.array.id, Reach::own}});
    plan_forward_gather(l.losses, p);
    p.forward<run_rest>(l, {{l.losses.array.id, Reach::all}}, {});
}

} // namespace nib
