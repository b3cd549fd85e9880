// peak/<threads>: fused multiply-adds in registers, without memory.
#include "peak.hpp"

#include "benchmarks.hpp"
#include "measure.hpp"
#include "peak/chains.hpp"

#include <algorithm>
#include <map>

namespace nib::bench {

namespace {

constexpr std::int64_t rounds = 50'000; // of chains, between two meetings of the threads: 0.1 ms or more

Burst chains(int threads)
{
    return repeat(threads, [run = peak_chains()->run](int) { benchmark::DoNotOptimize(run(rounds)); });
}

double gflops(int threads, double budget)
{
    const double seconds = fastest(chains(threads), budget);
    return peak_chains()->flops_a_round * rounds * threads / seconds * 1e-9;
}

} // namespace

double peak_gflops(int threads)
{
    constexpr double first_budget = 0.5, later_budget = 0.01;
    static std::map<int, double> best;
    const auto [entry, is_first] = best.try_emplace(threads, 0.0);
    entry->second = std::max(entry->second, gflops(threads, is_first ? first_budget : later_budget));
    return entry->second;
}

void add_peak()
{
    for (const int threads : thread_counts()) {
        add("peak/" + std::to_string(threads), [threads](benchmark::State& state) {
            const double flops = peak_chains()->flops_a_round * rounds * threads;
            measure_flops(state, flops, threads, chains(threads));
        });
    }
}

} // namespace nib::bench
