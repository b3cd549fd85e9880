// The machine at its best: arithmetic without memory, and memory without arithmetic.
#pragma once

#include <cstddef>
#include <cstdint>

namespace nib::bench {

// Each probe returns its result, so that the compiler must compute it.
struct Probes {
    const char* isa;
    double flops_a_round; // one fma of every chain; a multiplication and an addition are two

    // Independent chains of fma: enough to hide the latency of any processor, and few enough to fit in 16 registers
    // with their two operands.
    float (*chains)(std::int64_t rounds);

    // The sum of an array's numbers.
    float (*read)(std::ptrdiff_t floats, const float* x);

    // Copies a multiple of 16 floats past the caches if the processor can: an ordinary store reads the line first.
    void (*copy)(std::ptrdiff_t floats, const float* x, float* y);
};

// The probes of the instruction set that the kernels' table uses.
const Probes* probes() noexcept;

} // namespace nib::bench
