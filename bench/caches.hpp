// How large the processor's caches are.
#pragma once

namespace nib::bench {

// Bytes. The first two are a core's own; the third is as much of it as one core may have.
struct Caches {
    double first = 32 << 10, second = 512 << 10, third = 16 << 20;
};

// As Linux tells them; where it tells none, the values above, which are a small server's.
const Caches& cache_sizes();

} // namespace nib::bench
