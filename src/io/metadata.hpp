// Values as strings in the metadata of a safetensors file, and back.
#pragma once

#include "base/error.hpp"
#include "io/safetensors.hpp"

#include <charconv>
#include <string>

namespace nib {

// The fewest digits that give the same number again.
std::string shortest(double value);

// Throws NIB_ERR_FORMAT that names file and key.
const std::string& metadata_value(const Safetensors& file, const char* key);

// Throws NIB_ERR_FORMAT: the value of key cannot be read.
[[noreturn]] void refuse_value(const Safetensors& file, const char* key, const std::string& value);

// The whole value as one number; both throw NIB_ERR_FORMAT.
template <class Number>
Number metadata_number(const Safetensors& file, const char* key)
{
    const std::string& text = metadata_value(file, key);
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) refuse_value(file, key, text);
    return number;
}

// An enumeration numbered from 0, by the words of its values.
template <class Enum, std::size_t count>
Enum metadata_word(const Safetensors& file, const char* key, const char* const (&words)[count])
{
    const std::string& text = metadata_value(file, key);
    for (std::size_t i = 0; i < count; ++i) {
        if (text == words[i]) return static_cast<Enum>(i);
    }
    refuse_value(file, key, text);
}

} // namespace nib
