// Independent chains of fma, as many as hide the latency of any processor and fit 16 registers with their two operands.
#pragma once

#include <cstdint>

namespace nib::bench {

struct Chains {
    const char* isa;
    double flops_a_round;              // one fma of every chain; a multiplication and an addition are two
    float (*run)(std::int64_t rounds); // returns what it computed, so that it is computed
};

// The chains of the instruction set that the kernels' table uses.
const Chains* peak_chains() noexcept;

} // namespace nib::bench
