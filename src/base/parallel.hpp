// OpenMP's parallel region, or one thread where the build has none.
#pragma once

#if defined(_OPENMP)
#include <omp.h>
#endif

namespace nib {

// Calls work(thread, granted) on each of `granted` threads at once and returns granted, which is 1 to `threads`: OpenMP
// may give fewer, for example inside another parallel region. Every call of one region sees the same number. work must
// not throw.
template <class Work>
int parallel(int threads, Work work)
{
#if defined(_OPENMP)
    int granted = 1;
    if (threads == 1) { // a region of one costs 300 ns
        work(0, 1);
        return granted;
    }
#pragma omp parallel num_threads(threads)
    {
        const int count = omp_get_num_threads();
        if (omp_get_thread_num() == 0) granted = count;
        work(omp_get_thread_num(), count);
    }
    return granted;
#else
    (void)threads;
    work(0, 1);
    return 1;
#endif
}

} // namespace nib
