#include "train/step_plan.hpp"

#include "losses/plan.hpp"
#include "train/clipping.hpp"
#include "train/late_updates.hpp"
#include "train/step_places.hpp"

namespace nib {

namespace {

void plan(Planner& planner, double clip_norm)
{
    planner.plan_network();
    plan_loss(planner);
    if (planner.segments().is_shared()) plan_exchange(planner);
    if (clip_norm > 0)
        plan_clipping(planner, clip_norm);
    else if (planner.segments().is_shared())
        plan_late_updates(planner);
}

std::vector<Stage> stages_of(const Planner& planner)
{
    std::vector<Stage> stages(planner.forward_stages().begin(), planner.forward_stages().end());
    const std::vector<Stage> backward = planner.backward_stages();
    stages.insert(stages.end(), backward.begin(), backward.end());
    return stages;
}

} // namespace

Segments segments_of(const nib_train_options& options, int rank, int ranks)
{
    return {.batch = options.batch_size, .count = options.segments, .rank = rank, .ranks = ranks};
}

StepPlan::StepPlan(const Model& model, Order order, int threads, const Segments& segments, double clip_norm, bool fuses,
                   Memory* memory)
    : model_(model),
      order_of_activations_(order),
      threads_(threads),
      segments_(segments),
      clip_norm_(clip_norm),
      fuses_(fuses),
      counted_(model, order, threads, 0, segments_, fuses, nullptr, {})
{
    plan(counted_, clip_norm_);
    Planner planner(model, order, threads, 0, segments_, fuses, &counted_, {});
    plan(planner, clip_norm_);
    const std::vector<Stage> stages = stages_of(planner);
    order_ = order_of(stages, threads);
    observed_.assign(planner.observed().begin(), planner.observed().end());
    observed_rows_ = planner.observed_rows();

    std::ptrdiff_t floats = 0;
    const std::vector<BufferPlace> places = places_of(planner, stages, order_, floats);
    memory_ = Buffer<float>(static_cast<std::size_t>(floats), memory);
    for (std::size_t id = 0; id < places.size(); ++id) {
        StepBuffer& buffer = places_.emplace_back(StepBuffer{.id = static_cast<int>(id)});
        for (const int copy : {0, 1}) buffer.copies[copy] = memory_.data() + places[id].copies[copy];
    }
}

ThreadPlan StepPlan::plan_of(int thread) const
{
    Planner planner(model_, order_of_activations_, threads_, thread, segments_, fuses_, &counted_, places_);
    plan(planner, clip_norm_);
    const std::vector<Stage> stages = stages_of(planner);
    ThreadPlan made;
    std::size_t next = 0;
    for (const StepEntry::What what : order_) {
        const bool is_forward = next < planner.forward_stages().size();
        std::vector<StepEntry>& to = is_forward ? made.forward : made.backward;
        to.push_back({what, what == StepEntry::run ? stages[next++] : Stage{}});
    }
    made.dz = planner.dz_size();
    made.lines = 2 * planner.stride();
    made.examples = planner.examples_size();
    made.blocks = planner.blocks_size();
    made.messages = planner.messages_size();
    made.arguments = planner.take_arguments();
    return made;
}

const float* StepPlan::value(int value, std::int64_t step) const
{
    return places_[static_cast<std::size_t>(2 * counted_.producer(value))].at(step);
}

} // namespace nib
