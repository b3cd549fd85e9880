// train_step_losses/<preset>/<batch>/<threads>: where a step on several threads is slower than the ideal, as many times
// the speed of one thread. lost_us is a step's time minus a thread's equal share of the step on one thread. The other
// figures say which part of it is lost where, as the mean over the threads: in drawing the minibatch, which each thread
// does for itself, in the stages of each way and of the loss, and in waiting for the others. Clocks are read around
// each stage.
#include "base/heap.hpp"
#include "benchmarks.hpp"
#include "measure.hpp"
#include "recipe.hpp"
#include "train/worker.hpp"

#include <algorithm>
#include <iterator>
#include <memory>

namespace nib::bench {

namespace {

using Clock = std::chrono::steady_clock;

Memory* const heap = process_heap();

// Seconds of one thread, or their mean.
struct Times {
    double draw = 0, forward = 0, loss = 0, backward = 0, waiting = 0;
    double all() const { return draw + forward + loss + backward + waiting; }
};

constexpr double Times::*parts[] = {&Times::draw, &Times::forward, &Times::loss, &Times::backward, &Times::waiting};

struct alignas(alignment) Ledger {
    Times times;
    Clock::time_point last; // end of the last stage
};

// A stage that wraps a stage of a thread's list: it records the time of that stage, and the time before it.
struct Timed {
    Stage stage;
    Ledger* ledger;
    double Times::*own;
    double Times::*before;
};

double seconds(Clock::duration duration) { return std::chrono::duration<double>(duration).count(); }

void run_timed(StepState& state, const void* arguments)
{
    const Timed& timed = *static_cast<const Timed*>(arguments);
    Ledger& ledger = *timed.ledger;
    const Clock::time_point begin = Clock::now();
    timed.stage.run(state, timed.stage.arguments);
    const Clock::time_point end = Clock::now();
    ledger.times.*timed.before += seconds(begin - ledger.last);
    ledger.times.*timed.own += seconds(end - begin);
    ledger.last = end;
}

// Threads that train as a Trainer's do, with the time of each stage.
class TimedRun {
public:
    TimedRun(const Recipe& recipe, int batch, int threads)
        : model_(new_model(recipe)),
          training_(model_, recipe.data(), without_end(recipe.train, batch), heap),
          plan_(model_, order_of_step(model_, batch), threads, training_.segments, training_.options.clip_norm, true,
                heap),
          team_(threads, heap),
          ledgers_(static_cast<std::size_t>(threads), heap)
    {
        workers_.reserve(ledgers_.size());
        for (int thread = 0; thread < threads; ++thread) {
            Worker& worker = workers_.emplace_back(training_, plan_, team_, thread);
            time(worker.plan(), ledgers_[static_cast<std::size_t>(thread)]);
        }
    }

    // The times of a step in the fastest burst; none if OpenMP gave fewer threads.
    Times fastest_step()
    {
        Times best;
        double least = -1;
        const Burst burst = [&](std::int64_t steps) {
            const double taken = run(steps);
            if (taken < 0 || (least >= 0 && taken / static_cast<double>(steps) >= least)) return taken;
            least = taken / static_cast<double>(steps);
            best = mean(steps);
            return taken;
        };
        fastest(burst, usual_budget);
        return best;
    }

private:
    void time(ThreadPlan& plan, Ledger& ledger)
    {
        double Times::*before = &Times::draw;
        for (std::vector<StepEntry>* way : {&plan.forward, &plan.backward}) {
            for (StepEntry& entry : *way) {
                if (entry.what != StepEntry::run) continue;
                double Times::*own = way == &plan.backward         ? &Times::backward
                                     : &entry == &last_stage(*way) ? &Times::loss
                                                                   : &Times::forward;
                timed_.push_back(std::make_unique<Timed>(Timed{entry.stage, &ledger, own, before}));
                entry.stage.run = run_timed;
                entry.stage.arguments = timed_.back().get();
                before = &Times::waiting;
            }
        }
    }

    // The loss, which ends the way forward.
    static const StepEntry& last_stage(const std::vector<StepEntry>& entries)
    {
        return *std::find_if(entries.rbegin(), entries.rend(),
                             [](const StepEntry& entry) { return entry.what == StepEntry::run; });
    }

    double run(std::int64_t steps)
    {
        double taken = -1;
        parallel(team_.threads(), [&](int thread, int granted) {
            if (granted != team_.threads()) return;
            const auto t = static_cast<std::size_t>(thread);
            ledgers_[t].times = {};
            const Clock::time_point begin = ledgers_[t].last = Clock::now();
            for (std::int64_t i = 0; i < steps; ++i) workers_[t].step(step_ + i);
            if (thread == 0) taken = seconds(Clock::now() - begin);
        });
        step_ += steps;
        return taken;
    }

    Times mean(std::int64_t steps) const
    {
        Times sum;
        for (const Ledger& ledger : ledgers_) {
            for (const auto part : parts)
                sum.*part += ledger.times.*part / static_cast<double>(steps) / team_.threads();
        }
        return sum;
    }

    Model model_;
    Training training_;
    StepPlan plan_;
    Team team_;
    Buffer<Ledger> ledgers_;
    std::vector<Worker> workers_;
    std::vector<std::unique_ptr<Timed>> timed_;
    std::int64_t step_ = 0;
};

void measure(benchmark::State& state, const Recipe& recipe, int batch, int threads)
{
    const Times one = TimedRun(recipe, batch, 1).fastest_step(), step = TimedRun(recipe, batch, threads).fastest_step();
    if (step.all() <= 0) return state.SkipWithError("fewer threads than asked for");
    constexpr const char* names[] = {"draw_us", "forward_us", "loss_us", "backward_us", "waiting_us"};
    state.SetIterationTime(step.all());
    state.counters["lost_us"] = (step.all() - one.all() / threads) * 1e6;
    for (std::size_t i = 0; i < std::size(parts); ++i)
        state.counters[names[i]] = (step.*parts[i] - one.*parts[i] / threads) * 1e6;
}

} // namespace

void add_step_losses()
{
    const int threads = thread_counts().back();
    if (threads == 1) return;
    for (const char* name : {"lecture-deep", "lecture-batchnorm", "mlp"}) {
        const Recipe recipe = preset_recipe(name);
        const int batch = recipe.train.batch_size;
        add(std::string("train_step_losses/") + name + "/" + std::to_string(batch) + "/" + std::to_string(threads),
            [=](benchmark::State& state) { measure(state, recipe, batch, threads); });
    }
}

} // namespace nib::bench
