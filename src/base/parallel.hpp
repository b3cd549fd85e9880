// A parallel region of OpenMP, or one thread if the build has no OpenMP.
#pragma once

#include "base/float_environment.hpp"

#if defined(_OPENMP)
#include <omp.h>
#endif

namespace nib {

// Call this before the first region. From then on a child process made by fork runs regions on one thread only:
// OpenMP's threads do not exist in the child, which would wait for them for ever. Throws std::bad_alloc.
void prepare_for_fork();

#if defined(_OPENMP)
namespace openmp {

// The threads that OpenMP keeps for the calling thread, which is counted too, as far as nib knows; 0: unknown.
inline constinit thread_local int kept = 0;

// How many of the threads, 1 or more, are available. OpenMP's runtimes end the process if the system refuses a thread.
// The threads are started, and kept.
int ready(int threads) noexcept;

} // namespace openmp
#endif

// Calls work(thread, granted) on each of `granted` threads at once and returns granted, which is 1 to `threads`. There
// are fewer inside another parallel region, or if the system gives no more threads. Every call of one region sees the
// same number and computes in a FloatEnvironment, as the caller of parallel does. work must not throw.
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
            const FloatEnvironment environment; // a thread of OpenMP's inherits its creator's
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
