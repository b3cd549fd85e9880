// Rows that several ranks measure together: calls of nib_collective, and steps of training. Rank 0 measures and tells
// the others how often to do what, so that all make the same calls.
#pragma once

#include "nib/nib.h"

#include <benchmark/benchmark.h>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace nib::bench {

// Does the row's work this many times, together with the other ranks.
using RankWork = std::function<void(std::int64_t count)>;

struct RankRow {
    std::string subject; // the name in front of the engine's and the number of ranks
    // Every rank makes its part at the same time. More about it goes to the counters.
    std::function<RankWork(const nib_collective&, benchmark::UserCounters&)> make;
    bool on_one; // whether one rank, which needs no engine, has something to measure
};

// In the same order in every process.
const std::vector<RankRow>& rank_rows();

// The row's name: all_gather/64/threads/2.
std::string name_of(const RankRow& row, const std::string& engine, int ranks);

// Makes a rank's part of a row, and measures it with the others. Returns, on rank 0, the seconds of the work done once.
double take_part(const nib_collective& ranks, const RankRow& row, benchmark::UserCounters& counters);

// Gives every rank rank 0's number. Throws std::runtime_error if the engine fails.
std::int64_t told(const nib_collective& ranks, std::int64_t number = 0);

} // namespace nib::bench
