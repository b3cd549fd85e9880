#include "step_demand.hpp"

#include "base/heap.hpp"
#include "layers/list.hpp"
#include "train/step_plan.hpp"

#include <algorithm>

namespace nib::bench {

namespace {

double meetings_of(const Model& model, const nib_train_options& options, int most_threads)
{
    const int threads = threads_of_step(model, options.batch_size, most_threads);
    const StepPlan plan(model, order_of_step(model, options.batch_size), threads, segments_of(options),
                        options.clip_norm, true, process_heap());
    const ThreadPlan own = plan.plan_of(0);
    const auto waits = [](const std::vector<StepEntry>& entries) {
        return std::count_if(entries.begin(), entries.end(),
                             [](const StepEntry& entry) { return entry.what == StepEntry::wait; });
    };
    return static_cast<double>(waits(own.forward) + waits(own.backward));
}

} // namespace

Demand demand_of_step(const Model& model, const nib_train_options& options, int threads)
{
    std::ptrdiff_t weights = 0, inputs = 0;
    for (const Node& node : model.network.nodes()) {
        if (node.kind != &linear_layer) continue;
        weights += node.in.width * node.out.width;
        inputs += node.in.width;
    }
    const bool has_moments = options.optimizer == NIB_ADAMW;
    const double parameters = static_cast<double>(model.layout.parameters), batch = options.batch_size;
    const double read = static_cast<double>(inputs) * batch;
    return {.flops = 3.0 * 2.0 * static_cast<double>(weights) * batch,
            .bytes = 4 * ((has_moments ? 7 : 3) * parameters + 5 * read),
            .footprint = 4 * ((has_moments ? 3 : 1) * parameters + 2 * read),
            .meetings = threads > 1 ? meetings_of(model, options, threads) : 0};
}

} // namespace nib::bench
