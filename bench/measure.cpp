#include "measure.hpp"

#include <algorithm>
#include <thread>

namespace nib::bench {

namespace {

// The fastest of a few bursts of this many calls: a single one may have been interrupted.
double fastest_of(int bursts, const Burst& burst, std::int64_t count)
{
    double best = burst(count);
    for (int i = 1; i < bursts && best >= 0; ++i) best = std::min(best, burst(count));
    return best;
}

} // namespace

double fastest(const Burst& burst, double budget)
{
    constexpr double burst_seconds = 1e-3;
    constexpr int least_bursts = 5;
    std::int64_t count = 1;
    double best = fastest_of(least_bursts, burst, count);
    while (best >= 0 && best < burst_seconds) {
        count *= best < burst_seconds / 8 ? 4 : 2;
        best = fastest_of(least_bursts, burst, count);
    }
    for (double spent = 0; best >= 0 && spent < budget;) {
        const double seconds = burst(count);
        spent += seconds;
        best = std::min(best, seconds);
    }
    return best / static_cast<double>(count);
}

double measure_row(benchmark::State& state, const Demand& demand, int threads, const Burst& burst)
{
    const double seconds = fastest(burst, usual_budget);
    if (seconds < 0) {
        state.SkipWithError("fewer threads than asked for");
        return seconds;
    }
    state.SetIterationTime(seconds);
    state.counters["GFLOP/s"] = demand.flops / seconds * 1e-9;
    state_limit(state, demand, threads, seconds);
    return seconds;
}

void add(const std::string& name, std::function<void(benchmark::State&)> body)
{
    benchmark::RegisterBenchmark(name.c_str(),
                                 [body](benchmark::State& state) {
                                     for (auto iteration : state) {
                                         (void)iteration;
                                         body(state);
                                     }
                                 })
        ->Iterations(1)
        ->UseManualTime();
}

std::vector<int> thread_counts()
{
    const int wanted = static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1u, 8u));
    const int processors = parallel(wanted, [](int, int) {}); // one without OpenMP
    return processors == 1 ? std::vector<int>{1} : std::vector<int>{1, processors};
}

} // namespace nib::bench
