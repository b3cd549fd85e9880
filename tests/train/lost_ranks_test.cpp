// Ranks that lose each other, diverge or lack memory: each ends, with the model of the last whole step, and all resume,
// on as many ranks as there are then.
#include "catch.hpp"
#include "error_of.hpp"
#include "folder.hpp"
#include "models.hpp"
#include "numbers.hpp"
#include "thread_ranks.hpp"
#include "train/trainer.hpp"

#include <cmath>
#include <memory_resource>
#include <optional>
#include <string>
#include <vector>

using namespace nib;
using namespace nib::test;

namespace {

struct Result {
    std::vector<float> losses, state;
    std::int64_t step = 0;
    nib_status status = NIB_OK;
    std::string sentence;
};

// A network, its data, and how it is trained.
struct Job {
    const Dataset* data;
    ModelSpec spec;
    nib_train_options options;
};

nib_train_options training(std::int32_t batch_size, std::int32_t segments, nib_optimizer optimizer = NIB_ADAMW)
{
    nib_train_options options = find_preset("mlp")->train;
    options.optimizer = optimizer;
    options.batch_size = batch_size;
    options.segments = segments;
    options.steps = 6;
    options.warmup_steps = 0;
    options.learning_rate = 0.01;
    options.schedule = NIB_SCHEDULE_CONSTANT;
    return options;
}

// All steps of the job. It makes no assertions: Catch2's are for one thread. collective: null for this process alone.
Result trained(const Job& job, int threads, const nib_collective* collective)
{
    Model model = new_model(job.spec, *job.data);
    Result result;
    result.losses.resize(static_cast<std::size_t>(job.options.steps));
    try {
        Trainer trainer(model, *job.data, job.options, threads, heap(), Threads::fixed, collective);
        try {
            trainer.run(job.options.steps, result.losses.data());
        } catch (const Error& error) {
            result.status = error.status();
            result.sentence = error.what();
        }
        result.step = trainer.step();
    } catch (const Error& error) {
        result.status = error.status();
        result.sentence = error.what();
    }
    result.losses.resize(static_cast<std::size_t>(result.step));
    result.state = state_of(model);
    return result;
}

std::string difference(const Result& result, const Result& expected)
{
    if (result.status != expected.status) return "status: " + result.sentence;
    const std::string losses = bit_difference(result.losses, expected.losses);
    return losses.empty() ? bit_difference(result.state, expected.state) : "losses: " + losses;
}

// Trains on so many ranks, with one to three threads each.
std::vector<Result> trained_on(const Job& job, int ranks)
{
    ThreadRanks engine(ranks);
    engine.delay(ranks % 3 == 0 ? static_cast<unsigned>(ranks) : 0);
    return on_ranks(
        engine, [&](const nib_collective& collective) { return trained(job, 1 + collective.rank % 3, &collective); });
}

Job names_job(const Dataset& names, const std::string& network, const nib_train_options& options)
{
    return {&names, spec_of(network, 3), options};
}

constexpr const char* deep = "embedding 7, flatten, 2 x (linear 33, batchnorm, tanh), linear 130, relu, linear";

} // namespace

TEST_CASE("a checkpoint resumes on another number of ranks")
{
    const Folder folder;
    const std::string path = folder / "checkpoint";
    const Dataset names = bundled_names();
    const Job job = names_job(names, deep, training(128, 8));
    const Result expected = trained(job, 1, nullptr);
    std::int64_t saved = 2;
    for (const int ranks : {2, 3, 1, 8}) {
        ThreadRanks engine(ranks);
        const std::vector<std::string> differences = on_ranks(engine, [&](const nib_collective& collective) {
            Model model = new_model(job.spec, names);
            Trainer trainer(model, names, job.options, 1, heap(), Threads::fixed, &collective);
            if (saved > 2) trainer.resume(path);
            trainer.run(saved - trainer.step(), nullptr);
            if (collective.rank == 0) trainer.save(path);
            std::vector<float> losses(static_cast<std::size_t>(job.options.steps - saved));
            trainer.run(job.options.steps - saved, losses.data());
            const std::vector<float> rest(expected.losses.begin() + saved, expected.losses.end());
            return bit_difference(losses, rest) + bit_difference(state_of(model), expected.state);
        });
        for (const std::string& each : differences) CHECK(each == "");
        ++saved;
    }
}

TEST_CASE("ranks that resume different checkpoints are told, and can resume again")
{
    const Folder folder;
    const Dataset names = bundled_names();
    const Job job = names_job(names, deep, training(32, 2));
    ThreadRanks engine(2, std::chrono::milliseconds(500));
    const std::vector<Result> results = on_ranks(engine, [&](const nib_collective& collective) {
        Model model = new_model(job.spec, names);
        Trainer trainer(model, names, job.options, 1, heap(), Threads::fixed, &collective);
        Result result;
        for (const std::int64_t step : {1, 2}) {
            trainer.run(1, nullptr);
            trainer.save(folder / (std::to_string(collective.rank) + std::to_string(step)));
        }
        const std::string own = folder / std::to_string(collective.rank);
        try {
            trainer.resume(own + (collective.rank == 0 ? "1" : "2"));
        } catch (const Error& error) {
            result.status = error.status();
            result.sentence = error.what();
        }
        try {
            trainer.run(1, nullptr);
        } catch (const Error& error) {
            result.sentence.append("; ").append(error.what());
        }
        trainer.resume(own + "2");
        trainer.run(job.options.steps, nullptr);
        result.state = state_of(model);
        return result;
    });
    const Result expected = trained(job, 1, nullptr);
    for (const Result& each : results) {
        CHECK(each.status == NIB_ERR_MISMATCH);
        CHECK(each.sentence.substr(0, 27) == "rank 1 has other parameters");
        CHECK(each.sentence.find("the ranks lost each other at step") != std::string::npos);
        CHECK(bit_difference(each.state, expected.state) == "");
    }
}

TEST_CASE("a call that fails ends every rank, with the model of the step before")
{
    const Dataset names = bundled_names();
    Job job = names_job(names, deep, training(64, 4));
    job.options.steps = 2;
    std::vector<Result> after; // so many steps
    for (const std::int64_t steps : {1, 2}) {
        Job shorter = job;
        shorter.options.steps = steps;
        after.push_back(trained(shorter, 1, nullptr));
    }
    const std::vector<float> before = state_of(new_model(job.spec, names));
    long failed = 0;
    for (long failing = 0;; ++failing) {
        ThreadRanks engine(3, std::chrono::milliseconds(500));
        engine.fail(static_cast<int>(failing % 3), failing);
        const std::vector<Result> results = on_ranks(engine, [&](const nib_collective& collective) {
            return trained(job, 1 + collective.rank % 2, &collective);
        });
        if (engine.calls(static_cast<int>(failing % 3)) <= failing) break;
        for (const Result& each : results) {
            INFO("call " << failing << ", step " << each.step << ", " << each.sentence);
            const auto step = static_cast<std::size_t>(each.step);
            CHECK((each.status == NIB_ERR_COMMUNICATION || (each.status == NIB_OK && step == 2)));
            CHECK(bit_difference(each.state, step == 0 ? before : after[step - 1].state) == "");
            failed += each.status != NIB_OK ? 1 : 0;
        }
    }
    CHECK(failed > 2 * 3 * 3); // statistics, losses and gradients, of two steps
}

TEST_CASE("after a failure a trainer waits for every rank to resume, and then goes on")
{
    const Folder folder;
    const Dataset names = bundled_names();
    const Job job = names_job(names, deep, training(32, 2));
    ThreadRanks engine(2, std::chrono::milliseconds(500));
    struct Part {
        std::optional<Model> model;
        std::optional<Trainer> trainer;
    };
    Part parts[2];
    const auto on_both = [&](auto call) {
        return on_ranks(engine, [&](const nib_collective& collective) {
            const auto rank = static_cast<std::size_t>(collective.rank);
            try {
                call(parts[rank], collective);
            } catch (const Error& error) {
                return error.status();
            }
            return NIB_OK;
        });
    };
    const auto all = [](const std::vector<nib_status>& statuses, nib_status expected) {
        for (const nib_status each : statuses) CHECK(each == expected);
    };
    all(on_both([&](Part& part, const nib_collective& collective) {
            part.model.emplace(new_model(job.spec, names));
            part.trainer.emplace(*part.model, names, job.options, 1, heap(), Threads::fixed, &collective);
            part.trainer->run(3, nullptr);
            if (collective.rank == 0) part.trainer->save(folder / "checkpoint");
        }),
        NIB_OK);
    engine.fail(1, engine.calls(1) + 1);
    all(on_both([](Part& part, const nib_collective&) { part.trainer->run(2, nullptr); }), NIB_ERR_COMMUNICATION);
    all(on_both([](Part& part, const nib_collective&) { part.trainer->run(1, nullptr); }), NIB_ERR_STATE);
    all(on_both([&](Part& part, const nib_collective&) { part.trainer->save(folder / "no"); }), NIB_ERR_STATE);
    CHECK(folder.count() == 1);
    engine.restart();
    all(on_both([&](Part& part, const nib_collective&) {
            part.trainer->resume(folder / "checkpoint");
            part.trainer->run(job.options.steps, nullptr);
        }),
        NIB_OK);
    const Result expected = trained(job, 1, nullptr);
    for (const Part& part : parts) CHECK(bit_difference(state_of(*part.model), expected.state) == "");
}

TEST_CASE("a run that diverges does so on every rank, at the same step")
{
    const Dataset names = bundled_names();
    Job job = names_job(names, "embedding 4, flatten, linear 40, identity, linear", training(64, 4, NIB_SGD));
    job.options.learning_rate = 1e6;
    job.options.steps = 50;
    const Result expected = trained(job, 1, nullptr);
    REQUIRE(expected.status == NIB_ERR_DIVERGED);
    for (const Result& each : trained_on(job, 3)) {
        CHECK(difference(each, expected) == "");
        CHECK(each.step == expected.step);
        CHECK(each.sentence == expected.sentence);
    }
}

namespace {

// Memory that is refused from some moment on.
class Refusing final : public Memory {
public:
    bool refuses = false;

private:
    void* do_allocate(std::size_t size, std::size_t align) override
    {
        if (refuses) throw std::bad_alloc();
        return heap()->allocate(size, align);
    }
    void do_deallocate(void* memory, std::size_t size, std::size_t align) override
    {
        heap()->deallocate(memory, size, align);
    }
    bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override { return this == &other; }
};

} // namespace

TEST_CASE("a rank without memory tells the others, which do not wait")
{
    const Dataset names = bundled_names();
    const Job job = names_job(names, deep, training(32, 2));
    ThreadRanks engine(2);
    const std::vector<nib_status> statuses = on_ranks(engine, [&](const nib_collective& collective) {
        Model model = new_model(job.spec, names);
        Refusing memory;
        Trainer trainer(model, names, job.options, 1, &memory, Threads::fixed, &collective);
        memory.refuses = collective.rank == 1;
        try {
            trainer.run(1, nullptr, true); // allocates the memory of observed steps
        } catch (const Error& error) {
            return error.status();
        } catch (const std::bad_alloc&) {
            return NIB_ERR_NO_MEMORY;
        }
        return NIB_OK;
    });
    CHECK(statuses == std::vector<nib_status>{NIB_ERR_COMMUNICATION, NIB_ERR_NO_MEMORY});
    CHECK(engine.abandoned() == "a rank failed in a training step");
}
