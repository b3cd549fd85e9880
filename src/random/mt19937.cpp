#include "random/mt19937.hpp"

#include <algorithm>

namespace nib {

Mt19937::Mt19937(std::uint32_t seed) noexcept
{
    auto& words = state_.words;
    words[0] = seed;
    for (std::uint32_t i = 1; i < state_size; ++i) {
        const std::uint32_t before = words[i - 1];
        words[i] = 1812433253u * (before ^ (before >> 30)) + i;
    }
    state_.position = state_size;
}

Mt19937 Mt19937::from_key(std::span<const std::uint32_t> key) noexcept
{
    Mt19937 generator(19650218u);
    auto& words = generator.state_.words;
    std::size_t i = 1;
    // The walk goes round words 1..623; word 0 always repeats the last one.
    const auto mix = [&](std::uint32_t multiplier) {
        const std::uint32_t before = words[i - 1];
        return words[i] ^ ((before ^ (before >> 30)) * multiplier);
    };
    const auto advance = [&] {
        if (++i < state_size) return;
        words[0] = words[state_size - 1];
        i = 1;
    };
    for (std::size_t n = 0, j = 0; n < std::max(state_size, key.size()); ++n) {
        words[i] = mix(1664525u) + key[j] + static_cast<std::uint32_t>(j);
        j = j + 1 < key.size() ? j + 1 : 0;
        advance();
    }
    for (std::size_t n = 1; n < state_size; ++n) {
        words[i] = mix(1566083941u) - static_cast<std::uint32_t>(i);
        advance();
    }
    words[0] = 0x80000000u;
    return generator;
}

void Mt19937::next_block() noexcept
{
    auto& words = state_.words;
    constexpr std::size_t shift = 397;
    const auto twist = [&words](std::size_t i, std::size_t next, std::size_t far) {
        const std::uint32_t joined = (words[i] & 0x80000000u) | (words[next] & 0x7fffffffu);
        words[i] = words[far] ^ (joined >> 1) ^ ((joined & 1u) != 0 ? 0x9908b0dfu : 0u);
    };
    for (std::size_t i = 0; i < state_size - shift; ++i) twist(i, i + 1, i + shift);
    for (std::size_t i = state_size - shift; i < state_size - 1; ++i) twist(i, i + 1, i + shift - state_size);
    twist(state_size - 1, 0, shift - 1);
    state_.position = 0;
}

} // namespace nib
