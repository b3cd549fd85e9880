// One to three whole numbers side by side, "3x3" or "1x28x28", which an option keeps as one number.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace nib {

struct Extents {
    static constexpr int most = 3;
    static constexpr std::int64_t largest = (1 << 17) - 1; // of each

    std::int64_t n[most] = {};
    int count = 0;
};

// Each number takes 17 bits, the last one the lowest, so that a single number is itself. All are at least 0; a leading
// one is at least 1. Three take 51 bits: exact in a double.
constexpr std::int64_t packed_extents(const Extents& e) noexcept
{
    std::int64_t value = 0;
    for (int i = 0; i < e.count; ++i) value = value << 17 | e.n[i];
    return value;
}

constexpr Extents unpacked_extents(std::int64_t value) noexcept
{
    Extents e;
    for (std::int64_t rest = value; e.count == 0 || rest > 0; rest >>= 17) ++e.count;
    for (int i = e.count - 1; i >= 0; --i, value >>= 17) e.n[i] = value & Extents::largest;
    return e;
}

inline std::string text_of(const Extents& e)
{
    std::string text;
    for (int i = 0; i < e.count; ++i) text.append(i == 0 ? "" : "x").append(std::to_string(e.n[i]));
    return text;
}

} // namespace nib
