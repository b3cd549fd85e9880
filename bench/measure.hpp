// The shortest time that something takes: other processes and the clock's changes make a run slower, never faster.
#pragma once

#include "base/heap.hpp"
#include "base/parallel.hpp"
#include "base/team.hpp"
#include "limits.hpp"

#include <benchmark/benchmark.h>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace nib::bench {

// Repeats the work `count` times and returns the total seconds.
using Burst = std::function<double(std::int64_t count)>;

// Seconds for one call, taken from the fastest burst. A burst lasts one or two milliseconds, less than a time slice, so
// that some are undisturbed on a busy machine. Bursts are run for `budget` seconds.
double fastest(const Burst& burst, double budget);

// The budget that benchmarks pass to fastest(), in seconds: long enough for a hundred bursts. --budget sets it.
inline double usual_budget = 0.3;

template <class Work>
double seconds_of(Work work)
{
    const auto begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// A burst on one thread.
template <class Work>
Burst repeat(Work work)
{
    return [work](std::int64_t count) {
        return seconds_of([&] {
            for (std::int64_t i = 0; i < count; ++i) work();
        });
    };
}

// A burst on several threads that wait for each other after every call, within one region as in training: work(thread)
// does one thread's share. Negative if OpenMP gave fewer threads.
template <class Work>
Burst repeat(int threads, Work work)
{
    return [threads, work](std::int64_t count) {
        Team team(threads, process_heap());
        double seconds = -1;
        parallel(threads, [&](int thread, int granted) {
            if (granted != threads) return;
            Team::Member member(team, thread);
            const auto meet = [&] {
                member.arrive();
                member.wait();
            };
            meet();
            const double mine = seconds_of([&] {
                for (std::int64_t i = 0; i < count; ++i) {
                    work(thread);
                    meet();
                }
            });
            if (thread == 0) seconds = mine;
        });
        return seconds;
    };
}

// Measures one burst, and reports its time, GFLOP/s and the limit. Returns the seconds of a call.
double measure_row(benchmark::State& state, const Demand& demand, int threads, const Burst& burst);

// Registers a benchmark whose body does its own measuring and reports once by state.SetIterationTime.
void add(const std::string& name, std::function<void(benchmark::State&)> body);

// The numbers of threads to measure with: 1 and all processors, at most 8.
std::vector<int> thread_counts();

} // namespace nib::bench
