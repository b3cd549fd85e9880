// The names of classes as stored in a file: for each its size in bytes as uint32, and its text, filled up to a multiple
// of 4.
#pragma once

#include "infer/format.hpp"

#include <cstring>

namespace nib::infer {

struct Name {
    const char* text;
    std::uint32_t size;
};

inline Name name_at(const char* at) noexcept
{
    std::uint32_t size;
    std::memcpy(&size, at, sizeof size);
    return {at + sizeof size, size};
}

inline const char* behind_name(const char* at) noexcept { return at + 4 + round_up(name_at(at).size, 4); }

} // namespace nib::infer
