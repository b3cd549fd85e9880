// The random streams of PyTorch (CPU, one thread) and of Python's shuffle.
//
// Words and integers are exactly theirs. Floats agree to rounding, since PyTorch's own vector and scalar code differ:
// measured over a million numbers of randn, nib is at most 4.8e-7 from PyTorch 1.13's AVX2 code (83% of the bits equal)
// and 2.3e-6 from its scalar code; those two are 2.3e-6 from each other. The bits are the same on every platform: log,
// sin and cos are those of base/math.hpp.
#pragma once

#include "random/mt19937.hpp"

#include <cstdint>
#include <span>

namespace nib {

// A stream, like PyTorch's torch.Generator: copying the object copies the stream, and a checkpoint stores all three
// fields. One thread at a time.
struct Generator {
    explicit Generator(std::uint32_t seed) noexcept : words(seed) {}

    Mt19937 words;
    // randn of fewer than 16 numbers makes two at a time; the second is kept here, also for a later call.
    bool has_kept_normal = false;
    float kept_normal = 0.0f;
};

// torch.rand(n): multiples of 2^-24 in [0, 1), one word each.
void uniform(Generator& generator, std::span<float> out) noexcept;

// torch.randn(n): standard normal numbers by Box and Muller (1958). The stream depends on the size of the call: 16 and
// more are made in blocks, fewer one by one.
void randn(Generator& generator, std::span<float> out) noexcept;

// torch.randint(high, (n,)): each in 0..high-1, made from one word; high > 0.
void randint(Generator& generator, std::uint32_t high, std::span<std::uint32_t> out) noexcept;

// random.seed(seed); random.shuffle(values), for at most 2^32 - 1 values.
void shuffle(std::uint32_t seed, std::span<std::uint32_t> values) noexcept;

} // namespace nib
