// core_distance: two threads that do nothing but meet.
#include "core_distance.hpp"

#include "benchmarks.hpp"
#include "measure.hpp"

namespace nib::bench {

namespace {

// Each thread's arrival follows the other's last one, so two meetings are one round trip.
double round_trip(double budget)
{
    return 2 * fastest(repeat(2, [](int) {}), budget);
}

} // namespace

double core_distance() { return round_trip(0.05); }

void add_core_distance()
{
    if (thread_counts().size() == 1) return;
    add("core_distance", [](benchmark::State& state) {
        const double seconds = round_trip(usual_budget);
        if (seconds < 0) return state.SkipWithError("OpenMP gave one thread");
        state.SetIterationTime(seconds);
    });
}

} // namespace nib::bench
