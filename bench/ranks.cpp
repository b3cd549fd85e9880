// nib_bench_ranks: calls of nib_collective by MPI, and training steps on as many processes as mpirun starts. Rank 0
// prints a table; README.md says how to run it.
#include "data.hpp"
#include "engine.h"
#include "nib/nib.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

namespace nib::bench {

namespace {

using Clock = std::chrono::steady_clock;

void require(int error)
{
    if (error != 0) throw std::runtime_error("the engine's error " + std::to_string(error));
}

// Seconds for one call of work(count) with count 1, from the fastest of 40 bursts. Every rank makes the same calls:
// rank 0 decides how many make a burst of 5 ms.
template <class Work>
double fastest(const nib_collective& ranks, Work work)
{
    const auto seconds_of = [&](std::int64_t count) {
        const Clock::time_point begin = Clock::now();
        work(count);
        return std::chrono::duration<double>(Clock::now() - begin).count();
    };
    work(1);
    std::int64_t count = 1 + static_cast<std::int64_t>(0.005 / seconds_of(1));
    require(ranks.broadcast(ranks.user, &count, sizeof count));
    double least = seconds_of(count);
    for (int burst = 1; burst < 40; ++burst) least = std::min(least, seconds_of(count));
    return least / static_cast<double>(count);
}

void print_row(const nib_collective& ranks, const std::string& name, double seconds)
{
    if (ranks.rank == 0) std::printf("%-36s %10.2f us\n", name.c_str(), seconds * 1e6);
}

template <class Call>
void measure_calls(const nib_collective& ranks, const char* name, Call call)
{
    for (const std::size_t bytes :
         {std::size_t{64}, std::size_t{4} << 10, std::size_t{64} << 10, std::size_t{1} << 20}) {
        std::vector<char> send(bytes * static_cast<std::size_t>(ranks.ranks)), receive(send.size());
        const double seconds = fastest(ranks, [&](std::int64_t count) {
            for (std::int64_t i = 0; i < count; ++i) require(call(send.data(), bytes, receive.data()));
        });
        print_row(ranks, std::string(name).append("/").append(std::to_string(bytes)), seconds);
    }
}

void measure_steps(const nib_collective& ranks, const char* preset, std::int32_t batch)
{
    const nib::context context(1);
    const nib::dataset data = nib::dataset::from_memory(context, random_words());
    nib::recipe recipe(preset);
    recipe.train.batch_size = batch;
    recipe.train.segments = 8;
    recipe.train.steps = std::int64_t{1} << 40;
    nib::model model(context, recipe.model, data);
    nib::trainer trainer(context, model, data, recipe.train, ranks);
    const double seconds = fastest(ranks, [&](std::int64_t count) { trainer.run(count); });
    print_row(ranks, std::string("train_step/").append(preset).append("/").append(std::to_string(batch)), seconds);
}

void measure(const nib_collective& ranks)
{
    if (ranks.rank == 0) {
        char name[256];
        mpi_engine_name(name, sizeof name);
        std::printf("%s, %d ranks of one thread\n", name, static_cast<int>(ranks.ranks));
    }
    measure_calls(ranks, "all_gather", [&](const char* send, std::size_t bytes, char* receive) {
        return ranks.all_gather(ranks.user, send, bytes, receive);
    });
    measure_calls(ranks, "all_to_all", [&](const char* send, std::size_t bytes, char* receive) {
        return ranks.all_to_all(ranks.user, send, bytes, receive);
    });
    measure_calls(ranks, "broadcast",
                  [&](char* send, std::size_t bytes, char*) { return ranks.broadcast(ranks.user, send, bytes); });
    for (const char* preset : {"lecture-deep", "mlp"})
        for (const std::int32_t batch : {256, 1024, 8192}) measure_steps(ranks, preset, batch);
}

} // namespace

} // namespace nib::bench

int main(int argc, char** argv)
{
    auto ranks = nib::sized<nib_collective>();
    if (mpi_engine_begin(&argc, &argv, &ranks) != 0) return EXIT_FAILURE;
    try {
        nib::bench::measure(ranks);
        mpi_engine_end(0, 0);
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "nib_bench_ranks: rank %d: %s\n", static_cast<int>(ranks.rank), error.what());
        mpi_engine_end(1, EXIT_FAILURE);
        return EXIT_FAILURE;
    }
}
