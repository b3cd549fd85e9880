#include "ranks.hpp"

#include "../tests/thread_ranks.hpp"
#include "engine.h"
#include "measure.hpp"
#include "rank_rows.hpp"

#include <algorithm>
#include <cctype>
#include <chrono>

namespace nib::bench {

namespace {

constexpr std::int64_t no_row = -1;

double measure_on_threads(const RankRow& row, int ranks, benchmark::UserCounters& counters)
{
    test::ThreadRanks engine(ranks, std::chrono::minutes(10)); // a step may take seconds
    std::vector<benchmark::UserCounters> of_each(static_cast<std::size_t>(ranks));
    const std::vector<double> seconds = test::on_ranks(engine, [&](const nib_collective& rank) {
        return take_part(rank, row, of_each[static_cast<std::size_t>(rank.rank)]);
    });
    counters = of_each[0];
    return seconds[0];
}

// On one process the others wait for the next row.
double measure_on_processes(const nib_collective& processes, std::size_t row, int ranks,
                            benchmark::UserCounters& counters)
{
    nib_collective engine = processes;
    engine.ranks = ranks;
    if (ranks > 1) told(processes, static_cast<std::int64_t>(row));
    return take_part(engine, rank_rows()[row], counters);
}

// "Open MPI v4.1.4" becomes "open-mpi".
std::string short_name(std::string mpi)
{
    mpi.resize(std::min({mpi.size(), mpi.find(" v"), mpi.find(" V")}));
    std::transform(mpi.begin(), mpi.end(), mpi.begin(),
                   [](unsigned char c) { return static_cast<char>(std::isalnum(c) != 0 ? std::tolower(c) : '-'); });
    return mpi;
}

} // namespace

void add_ranks()
{
    for (const RankRow& row : rank_rows())
        for (int ranks = row.on_one ? 1 : 2; ranks <= thread_counts().back(); ranks *= 2)
            add(name_of(row, "threads", ranks), [&row, ranks](benchmark::State& state) {
                state.SetIterationTime(measure_on_threads(row, ranks, state.counters));
            });
}

void add_processes(const nib_collective& processes)
{
    char mpi[256] = "";
    mpi_engine_name(mpi, sizeof mpi);
    benchmark::AddCustomContext("mpi", mpi);
    const auto add_row = [&](std::size_t row, int ranks) {
        add(name_of(rank_rows()[row], short_name(mpi), ranks), [&processes, row, ranks](benchmark::State& state) {
            state.SetIterationTime(measure_on_processes(processes, row, ranks, state.counters));
        });
    };
    for (std::size_t row = 0; row < rank_rows().size(); ++row) {
        if (rank_rows()[row].on_one) add_row(row, 1);
        add_row(row, processes.ranks);
    }
}

void follow(const nib_collective& processes)
{
    benchmark::UserCounters unused;
    for (std::int64_t row; (row = told(processes)) != no_row;)
        take_part(processes, rank_rows()[static_cast<std::size_t>(row)], unused);
}

void release(const nib_collective& processes) { told(processes, no_row); }

} // namespace nib::bench
