// bandwidth/<level>/<threads>: sums an array that fits in this level and not in the one before. For memory it copies 64
// MiB, as elementwise work on large arrays does; memory_read sums three times as much, of which caches keep little.
#include "bandwidth.hpp"

#include "arrays.hpp"
#include "benchmarks.hpp"
#include "caches.hpp"
#include "measure.hpp"
#include "peak/probes.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace nib::bench {

namespace {

constexpr std::ptrdiff_t copied = 16 << 20; // floats
constexpr int passes = 32;                  // over a cached array, between two meetings of the threads

// Half of the second cache for that level; four times the size of the second cache for the level behind it.
std::ptrdiff_t floats_to_read(Level level)
{
    const double second = cache_sizes().second / sizeof(float);
    return static_cast<std::ptrdiff_t>(level == Level::second_cache ? second / 2 : second * 4);
}

std::vector<Buffer<float>> arrays(int threads, std::ptrdiff_t floats)
{
    std::vector<Buffer<float>> made;
    for (int i = 0; i < threads; ++i) made.push_back(filled(floats));
    return made;
}

Burst on(int threads, const std::function<void(int)>& work)
{
    return threads == 1 ? repeat([work] { work(0); }) : repeat(threads, work);
}

double read(std::ptrdiff_t floats, int times, int threads, double budget)
{
    const std::vector<Buffer<float>> from = arrays(threads, floats);
    const auto work = [&, run = probes()->read](int thread) {
        for (int pass = 0; pass < times; ++pass)
            benchmark::DoNotOptimize(run(floats, from[static_cast<std::size_t>(thread)].data()));
    };
    return 4.0 * times * static_cast<double>(floats) * threads / fastest(on(threads, work), budget);
}

double copy(int threads, double budget)
{
    const std::vector<Buffer<float>> from = arrays(threads, copied);
    std::vector<Buffer<float>> to = arrays(threads, copied);
    const auto work = [&, run = probes()->copy](int thread) {
        const auto t = static_cast<std::size_t>(thread);
        run(copied, from[t].data(), to[t].data());
    };
    return 8.0 * static_cast<double>(copied) * threads / fastest(on(threads, work), budget);
}

} // namespace

double bandwidth(Level level, int threads)
{
    if (level == Level::second_cache && threads > 1) return threads * bandwidth(level, 1); // each core has its own
    constexpr double first_budget = 0.05, later_budget = 0.01;
    static std::map<std::pair<Level, int>, double> best;
    const auto [entry, is_first] = best.try_emplace({level, threads}, 0.0);
    const double budget = is_first ? first_budget : later_budget;
    const double now =
        level == Level::memory ? copy(threads, budget) : read(floats_to_read(level), passes, threads, budget);
    return entry->second = std::max(entry->second, now);
}

namespace {

void report(benchmark::State& state, double bytes_a_second)
{
    state.SetIterationTime(1e6 / bytes_a_second);
    state.counters["GB/s"] = bytes_a_second * 1e-9;
}

} // namespace

void add_bandwidth()
{
    constexpr std::pair<const char*, Level> levels[] = {
        {"second_cache", Level::second_cache}, {"third_cache", Level::third_cache}, {"memory", Level::memory}};
    for (const int threads : thread_counts()) {
        for (const auto& [name, level] : levels) {
            add(std::string("bandwidth/") + name + "/" + std::to_string(threads),
                [=, level = level](benchmark::State& state) { report(state, bandwidth(level, threads)); });
        }
        add("bandwidth/memory_read/" + std::to_string(threads),
            [=](benchmark::State& state) { report(state, read(3 * copied, 1, threads, usual_budget)); });
    }
}

} // namespace nib::bench
