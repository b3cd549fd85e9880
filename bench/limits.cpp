#include "limits.hpp"

#include "bandwidth.hpp"
#include "caches.hpp"
#include "core_distance.hpp"
#include "peak.hpp"

#include <algorithm>

namespace nib::bench {

namespace {

struct Limit {
    const char* name;
    double seconds;
};

// The bytes that come from beyond a cache of `kept` bytes: the cache keeps this many of the bytes that are reused.
double fetched(const Demand& demand, double kept)
{
    return demand.footprint > kept ? demand.bytes * (1 - kept / demand.footprint) : 0;
}

// The third cache is shared with neighbours, so it is taken to hold either everything or nothing.
Limit of_memory(const Demand& demand, int threads)
{
    const Caches& caches = cache_sizes();
    const double cores = threads, second = caches.second * cores;
    if (demand.footprint > caches.third) return {"memory", demand.bytes / bandwidth(Level::memory, threads)};
    const Limit limits[] = {
        {"second cache", fetched(demand, caches.first * cores) / bandwidth(Level::second_cache, threads)},
        {"third cache",
         demand.footprint > second ? fetched(demand, second) / bandwidth(Level::third_cache, threads) : 0}};
    return *std::max_element(std::begin(limits), std::end(limits),
                             [](const Limit& a, const Limit& b) { return a.seconds < b.seconds; });
}

} // namespace

Demand demand_of_product(std::ptrdiff_t m, std::ptrdiff_t n, std::ptrdiff_t k, bool update, int threads)
{
    const std::ptrdiff_t floats = m * k + k * n + m * n;
    return {.flops = 2.0 * static_cast<double>(m * n * k),
            .bytes = 4.0 * static_cast<double>(update ? floats + m * n : floats),
            .footprint = 4.0 * static_cast<double>(floats),
            .meetings = threads > 1 ? 1.0 : 0.0};
}

void state_limit(benchmark::State& state, const Demand& demand, int threads, double seconds)
{
    Limit limit{"FMA", demand.flops > 0 ? demand.flops * 1e-9 / peak_gflops(threads) : 0};
    const auto consider = [&](const Limit& other) { limit = other.seconds > limit.seconds ? other : limit; };
    if (demand.footprint > cache_sizes().first * threads) consider(of_memory(demand, threads));
    if (demand.meetings > 0) {
        const double distance = core_distance();
        consider({"meetings", demand.meetings * distance / 2}); // two meetings are one round trip
        state.counters["core_distance_ns"] = distance * 1e9;
    }
    if (limit.seconds <= 0) return;
    state.SetLabel(limit.name);
    state.counters["of_limit"] = limit.seconds / seconds;
}

} // namespace nib::bench
