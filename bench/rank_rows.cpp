#include "rank_rows.hpp"

#include "measure.hpp"
#include "recipe.hpp"
#include "train/trainer.hpp"

#include <memory>
#include <stdexcept>

namespace nib::bench {

namespace {

constexpr int segments = 8;

void require(int error)
{
    if (error != 0) throw std::runtime_error("the engine's error " + std::to_string(error));
}

// An engine whose calls are counted.
class CountedEngine {
public:
    explicit CountedEngine(const nib_collective& engine) : engine_(engine) {}

    nib_collective counting()
    {
        nib_collective counted = engine_;
        counted.user = this;
        counted.all_gather = [](void* user, const void* send, std::size_t bytes, void* receive) {
            const nib_collective& engine = count(user);
            return engine.all_gather(engine.user, send, bytes, receive);
        };
        counted.all_to_all = [](void* user, const void* send, std::size_t bytes, void* receive) {
            const nib_collective& engine = count(user);
            return engine.all_to_all(engine.user, send, bytes, receive);
        };
        counted.broadcast = [](void* user, void* memory, std::size_t bytes) {
            const nib_collective& engine = count(user);
            return engine.broadcast(engine.user, memory, bytes);
        };
        counted.abandon = nullptr; // an exception ends the program
        return counted;
    }

    int calls() const { return calls_; }

private:
    static const nib_collective& count(void* user)
    {
        auto& own = *static_cast<CountedEngine*>(user);
        ++own.calls_;
        return own.engine_;
    }

    nib_collective engine_;
    int calls_ = 0;
};

// A rank of a run.
struct Steps {
    Steps(const nib_collective& ranks, const Recipe& recipe, const nib_train_options& options)
        : engine(ranks),
          counting(engine.counting()),
          model(new_model(recipe)),
          trainer(model, recipe.data(), options, 1, process_heap(), Threads::fixed, &counting)
    {
    }

    CountedEngine engine;
    nib_collective counting;
    Model model;
    Trainer trainer;
};

RankRow row_of_steps(const std::string& name, const Recipe& recipe, int batch)
{
    nib_train_options options = without_end(recipe.train, batch);
    options.segments = segments;
    const auto make = [=](const nib_collective& ranks, benchmark::UserCounters& counters) -> RankWork {
        const auto steps = std::make_shared<Steps>(ranks, recipe, options);
        const int before = steps->engine.calls();
        steps->trainer.run(1, nullptr);
        counters["calls"] = steps->engine.calls() - before;
        counters["parameters"] = static_cast<double>(steps->model.layout.parameters);
        return [steps](std::int64_t count) { steps->trainer.run(count, nullptr); };
    };
    return {"train_step_ranks/" + name + "/" + std::to_string(batch), make, true};
}

// call(ranks, send, bytes, receive), with arrays of so many bytes for each rank.
template <class Call>
RankRow row_of_calls(const std::string& name, std::size_t bytes, Call call)
{
    const auto make = [=](const nib_collective& ranks, benchmark::UserCounters&) -> RankWork {
        const std::size_t all = bytes * static_cast<std::size_t>(ranks.ranks);
        const auto send = std::make_shared<std::vector<char>>(all), receive = std::make_shared<std::vector<char>>(all);
        return [=](std::int64_t count) {
            for (std::int64_t i = 0; i < count; ++i) require(call(ranks, send->data(), bytes, receive->data()));
        };
    };
    return {name + "/" + std::to_string(bytes), make, false};
}

std::vector<RankRow> all_rows()
{
    std::vector<RankRow> rows;
    for (const std::size_t bytes : {64, 4 << 10, 64 << 10, 1 << 20}) {
        rows.push_back(row_of_calls("all_gather", bytes, [](const nib_collective& r, char* from, auto n, char* to) {
            return r.all_gather(r.user, from, n, to);
        }));
        rows.push_back(row_of_calls("all_to_all", bytes, [](const nib_collective& r, char* from, auto n, char* to) {
            return r.all_to_all(r.user, from, n, to);
        }));
        rows.push_back(row_of_calls("broadcast", bytes, [](const nib_collective& r, char* from, auto n, char*) {
            return r.broadcast(r.user, from, n);
        }));
    }
    for (const int batch : {256, 1024, 8192}) {
        for (const char* name : {"lecture-deep", "mlp"}) rows.push_back(row_of_steps(name, preset_recipe(name), batch));
        rows.push_back(row_of_steps("lecture-deep-1024", wide_recipe(1024), batch));
    }
    return rows;
}

// The work of several ranks ends when all have ended it: rank 0's broadcast waits for none.
void meet(const nib_collective& ranks)
{
    const char own = 0;
    std::vector<char> all(static_cast<std::size_t>(ranks.ranks));
    if (ranks.ranks > 1) require(ranks.all_gather(ranks.user, &own, 1, all.data()));
}

} // namespace

const std::vector<RankRow>& rank_rows()
{
    static const std::vector<RankRow> rows = all_rows();
    return rows;
}

std::string name_of(const RankRow& row, const std::string& engine, int ranks)
{
    return row.subject + "/" + engine + "/" + std::to_string(ranks);
}

std::int64_t told(const nib_collective& ranks, std::int64_t number)
{
    if (ranks.ranks > 1) require(ranks.broadcast(ranks.user, &number, sizeof number));
    return number;
}

double take_part(const nib_collective& ranks, const RankRow& row, benchmark::UserCounters& counters)
{
    const RankWork work = row.make(ranks, counters);
    if (ranks.rank == 0) {
        const Burst burst = [&](std::int64_t count) {
            told(ranks, count);
            return seconds_of([&] {
                work(count);
                meet(ranks);
            });
        };
        const double seconds = fastest(burst, usual_budget);
        told(ranks, 0);
        return seconds;
    }
    while (const std::int64_t count = told(ranks)) {
        work(count);
        meet(ranks);
    }
    return 0;
}

} // namespace nib::bench
