#include "train/worker.hpp"

#include <cmath>

namespace nib {

Training::Training(Model& to_train, const Dataset& to_learn, const nib_train_options& how, Memory* own_memory,
                   const nib_collective* ranks)
    : model(to_train),
      data(to_learn),
      options(how),
      memory(own_memory),
      segments(segments_of(how, ranks == nullptr ? 0 : ranks->rank, ranks == nullptr ? 1 : ranks->ranks)),
      gradients(model.parameters.size() * static_cast<std::size_t>(segments.own_nodes()), memory),
      optimizer(how, model.parameters.size(), memory),
      collective(segments.is_shared() ? std::make_unique<Collective>(*ranks) : nullptr)
{
}

namespace {

std::vector<std::ptrdiff_t> cuts_of(const Segments& segments)
{
    std::vector<std::ptrdiff_t> cuts = {0};
    segments.for_own([&](std::ptrdiff_t, const Range& examples) { cuts.push_back(examples.last); });
    return cuts;
}

} // namespace

Worker::Worker(Training& training, const StepPlan& plan, Team& team, int thread)
    : t_(training),
      member_(team, thread),
      plan_(plan.plan_of(thread)),
      is_alone_(team.threads() == 1),
      generator_(training.model.generator),
      draws_(training.model, training.data, training.options, plan.segments(), plan.stride(), training.memory),
      dz_(static_cast<std::size_t>(plan_.dz), training.memory),
      lines_(static_cast<std::size_t>(plan_.lines), training.memory),
      examples_(static_cast<std::size_t>(plan_.examples), training.memory),
      blocks_(static_cast<std::size_t>(plan_.blocks), training.memory),
      messages_(static_cast<std::size_t>(thread == 0 ? plan_.messages : 0), training.memory),
      cuts_(cuts_of(plan.segments())),
      left_(training.updates_late() ? training.model.layout.tensors.size() : 0),
      state_{*kernels::table(), training.model, training.optimizer, training.gradients.data()}
{
    state_.dz = dz_.data();
    state_.lines = lines_.data();
    state_.examples = examples_.data();
    state_.blocks = blocks_.data();
    state_.messages = messages_.data();
    state_.left = left_;
    state_.segments = plan.segments();
    state_.cuts = cuts_.data();
    state_.node_stride = training.model.layout.size;
    state_.collective = training.collective.get();
}

float Worker::step(std::int64_t index, Observation* observation)
{
    state_.step = index;
    state_.observation = observation;
    state_.rates = t_.optimizer.rates(index);
    state_.batch = draws_.draw(index, is_alone_ ? t_.model.generator : generator_);
    run(plan_.forward);
    if (!std::isfinite(state_.loss)) return state_.loss;
    run(plan_.backward);
    state_.transposed_weights_are_current = state_.fuses_updates(); // which move both
    return state_.loss;
}

void Worker::run(const std::vector<StepEntry>& entries)
{
    for (const StepEntry& entry : entries) {
        if (entry.what == StepEntry::run)
            entry.stage.run(state_, entry.stage.arguments);
        else if (entry.what == StepEntry::arrive)
            member_.arrive();
        else
            member_.wait();
    }
}

} // namespace nib
