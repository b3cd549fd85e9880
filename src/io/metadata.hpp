// Values as strings in the metadata of a safetensors file, and back.
#pragma once

#include "base/error.hpp"
#include "io/safetensors.hpp"

#include <cstdint>
#include <string>

namespace nib {

// The fewest digits that give the same number again.
std::string shortest(double value);

// Throws NIB_ERR_FORMAT that names file and key.
const std::string& metadata_value(const Safetensors& file, const std::string& key);

// Throws NIB_ERR_FORMAT: the value of key is not what was expected, "a number".
[[noreturn]] void refuse_value(const Safetensors& file, const std::string& key, const std::string& expected);

// "a whole number from 1 to 256".
std::string whole_number(std::int64_t low, std::int64_t high);

// The whole value as one number; all throw NIB_ERR_FORMAT.
std::int64_t metadata_integer(const Safetensors& file, const std::string& key, std::int64_t low, std::int64_t high);
double metadata_real(const Safetensors& file, const std::string& key);

// An enumeration numbered from 0, by the words of its values.
template <class Enum, std::size_t count>
Enum metadata_word(const Safetensors& file, const std::string& key, const char* const (&words)[count])
{
    const std::string& text = metadata_value(file, key);
    std::string expected;
    for (std::size_t i = 0; i < count; ++i) {
        if (text == words[i]) return static_cast<Enum>(i);
        expected += (i == 0 ? "" : i + 1 < count ? ", " : " or ") + std::string(words[i]);
    }
    refuse_value(file, key, expected);
}

} // namespace nib
