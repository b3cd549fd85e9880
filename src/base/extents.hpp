// One to three whole numbers side by side, "3x3" or "1x28x28", which an option keeps as one number.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace nib {

struct Extents {
    static constexpr int most = 3;
    static constexpr std::int64_t largest = (1 << 17) - 1; // of each of several
    static constexpr std::int64_t several = std::int64_t{1} << 34;

    std::int64_t n[most] = {};
    int count = 0;
};

// A single number, which must be below 2^34, is itself. Several take 17 bits each, the last one the lowest, with a 1 in
// front of them: three are below 2^52, which a double holds exactly.
constexpr std::int64_t packed_extents(const Extents& e) noexcept
{
    if (e.count == 1) return e.n[0];
    std::int64_t value = 1;
    for (int i = 0; i < e.count; ++i) value = value << 17 | e.n[i];
    return value;
}

constexpr Extents unpacked_extents(std::int64_t value) noexcept
{
    if (value < Extents::several) return {{value}, 1};
    Extents e;
    for (std::int64_t rest = value; rest > 1; rest >>= 17) ++e.count;
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
