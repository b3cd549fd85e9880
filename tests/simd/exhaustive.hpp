// All floats in blocks, on two threads, for the tests that take a minute.
#pragma once

#include "simd/math_functions.hpp"

#include <atomic>
#include <bit>
#include <cstdint>
#include <cstring>
#include <functional>
#include <thread>
#include <vector>

namespace nib::test {

inline constexpr std::size_t exhaustive_block = 4096;

// The distance between blocks: scalar code, at a thirtieth of the speed, checks every 32nd block.
inline std::uint64_t exhaustive_stride()
{
    return std::strcmp(table().isa, "scalar") == 0 ? 32 * exhaustive_block : exhaustive_block;
}

// The floats whose bits are first, first + 1, ...
inline std::vector<float> floats_from(std::uint64_t first, std::size_t count)
{
    std::vector<float> x(count);
    for (std::size_t i = 0; i < count; ++i) x[i] = std::bit_cast<float>(static_cast<std::uint32_t>(first + i));
    return x;
}

// Calls check(first) for blocks at begin, begin + stride ... below end, on two threads; returns the worst result.
template <class Check>
auto for_blocks(std::uint64_t begin, std::uint64_t end, Check check)
{
    std::atomic<std::uint64_t> next{begin};
    decltype(check(begin)) worst[2];
    const auto work = [&](auto& mine) {
        for (std::uint64_t first = next.fetch_add(exhaustive_stride()); first < end;
             first = next.fetch_add(exhaustive_stride())) {
            mine.include(check(first));
        }
    };
    std::thread other([&] { work(worst[1]); });
    work(worst[0]);
    other.join();
    worst[0].include(worst[1]);
    return worst[0];
}

} // namespace nib::test
