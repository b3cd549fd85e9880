// The sizes of the processor's caches.
#pragma once

namespace nib::bench {

// Sizes in bytes. The first two caches are a core's own; of the third it is the part that one core may use.
struct Caches {
    double first = 32 << 10, second = 512 << 10, third = 16 << 20;
};

// The sizes that Linux reports; otherwise the values above, which are a small server's.
const Caches& cache_sizes();

} // namespace nib::bench
