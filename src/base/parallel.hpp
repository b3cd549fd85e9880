// OpenMP's parallel region, or one thread where the build has none.
#pragma once

#include "base/float_environment.hpp"

#if defined(_OPENMP)
#include <omp.h>
#endif

namespace nib {

// To be called before the first region. A child that fork makes from then on has regions of one thread alone: OpenMP's
// threads are not in it, and it would wait for them for ever. Throws std::bad_alloc.
void prepare_for_fork();

#if defined(_OPENMP)
namespace openmp {

// The threads that OpenMP keeps for the calling one, which is counted, as far as nib knows; 0: unknown.
inline constinit thread_local int kept = 0;

// How many of the threads, 1 or more, can be had: OpenMP's runtimes end the process where the system refuses one. They
// are started, and kept.
int ready(int threads) noexcept;

} // namespace openmp
#endif

// Calls work(thread, granted) on each of `granted` threads at once and returns granted, which is 1 to `threads`: fewer
// inside another parallel region, or where the system has no more threads to give. Every call of one region sees the
// same number and, as its caller does, computes in a FloatEnvironment. work must not throw.
template <class Work>
int parallel(int threads, Work work)
{
    int granted = 1;
#if defined(_OPENMP)
    if (threads > 1 && (threads != openmp::kept || omp_in_parallel() != 0)) threads = openmp::ready(threads);
    if (threads > 1) { // a region of one costs 300 ns
        const int asked = threads;
#pragma omp parallel num_threads(threads)
        {
            const FloatEnvironment environment; // a thread of OpenMP's has that of who started it
            const int count = omp_get_num_threads();
            if (omp_get_thread_num() == 0) granted = count;
            work(omp_get_thread_num(), count);
        }
        if (granted != asked) openmp::kept = 0;
        return granted;
    }
#else
    (void)threads;
#endif
    work(0, 1);
    return granted;
}

} // namespace nib
