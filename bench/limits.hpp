// The limit of a row: the demand of a call divided by the machine's speed.
#pragma once

#include <benchmark/benchmark.h>
#include <cstddef>

namespace nib::bench {

// The demand of one call, all threads together.
struct Demand {
    double flops = 0;     // two for each multiply-add that the result needs
    double bytes = 0;     // read and written, each array as rarely as possible
    double footprint = 0; // bytes of everything that is touched before it is touched again
    double meetings = 0;  // how often the threads wait for each other
};

// The demand of a product C (m, n) of A (m, k) and B (k, n), after which several threads meet. An update also reads C.
Demand demand_of_product(std::ptrdiff_t m, std::ptrdiff_t n, std::ptrdiff_t k, bool update, int threads);

// Adds the limit to a row that took this many seconds: as its label the part that alone takes longest, and as of_limit
// the fraction of that speed that the row reaches. Adds nothing if nothing is demanded.
void state_limit(benchmark::State& state, const Demand& demand, int threads, double seconds);

} // namespace nib::bench
