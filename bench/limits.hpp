// What bounds a row: what a call demands, over what the machine gives in a second.
#pragma once

#include <benchmark/benchmark.h>
#include <cstddef>

namespace nib::bench {

// Of one call, all threads together.
struct Demand {
    double flops = 0;     // two for each multiply-add that the result needs
    double bytes = 0;     // read and written, each array as seldom as can be
    double footprint = 0; // bytes of all that is touched before it is touched again
    double meetings = 0;  // times that the threads wait for each other
};

// A product's, C (m, n) of A (m, k) and B (k, n), after which several threads meet. An update reads C as well.
Demand demand_of_product(std::ptrdiff_t m, std::ptrdiff_t n, std::ptrdiff_t k, bool update, int threads);

// Adds to a row of so many seconds the limit that binds it, which is the part that takes longest by itself, as its
// label, and as of_limit the share of that speed that the row reaches. Nothing where nothing is demanded.
void state_limit(benchmark::State& state, const Demand& demand, int threads, double seconds);

} // namespace nib::bench
