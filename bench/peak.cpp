// peak/<threads>: fused multiply-adds in registers, without memory.
#include "peak.hpp"

#include "benchmarks.hpp"
#include "measure.hpp"
#include "peak/probes.hpp"

#include <algorithm>
#include <map>

namespace nib::bench {

namespace {

constexpr std::int64_t rounds = 50'000; // of chains, between two meetings of the threads: 0.1 ms or more

Burst chains(int threads)
{
    return repeat(threads, [run = probes()->chains](int) { benchmark::DoNotOptimize(run(rounds)); });
}

double flops(int threads) { return probes()->flops_a_round * rounds * threads; }

} // namespace

double peak_gflops(int threads)
{
    constexpr double first_budget = 0.5, later_budget = 0.01;
    static std::map<int, double> best;
    const auto [entry, is_first] = best.try_emplace(threads, 0.0);
    const double seconds = fastest(chains(threads), is_first ? first_budget : later_budget);
    return entry->second = std::max(entry->second, flops(threads) / seconds * 1e-9);
}

void add_peak()
{
    for (const int threads : thread_counts()) {
        add("peak/" + std::to_string(threads), [threads](benchmark::State& state) {
            const double gflops = peak_gflops(threads);
            state.SetIterationTime(flops(threads) / gflops * 1e-9);
            state.counters["GFLOP/s"] = gflops;
        });
    }
}

} // namespace nib::bench
