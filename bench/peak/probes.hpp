// What the machine does at its best: arithmetic without memory, and memory without arithmetic.
#pragma once

#include <cstddef>
#include <cstdint>

namespace nib::bench {

// What they compute is returned, so that it is computed.
struct Probes {
    const char* isa;
    double flops_a_round; // one fma of every chain; a multiplication and an addition are two

    // Independent chains of fma, as many as hide the latency of any processor and fit 16 registers with their two
    // operands.
    float (*chains)(std::int64_t rounds);

    // The sum of an array's numbers.
    float (*read)(std::ptrdiff_t floats, const float* x);

    // Of a multiple of 16, stored past the caches where the processor can: an ordinary store reads the line first.
    void (*copy)(std::ptrdiff_t floats, const float* x, float* y);
};

// Those of the instruction set that the kernels' table uses.
const Probes* probes() noexcept;

} // namespace nib::bench
