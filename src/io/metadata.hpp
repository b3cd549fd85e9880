// Values as strings in the metadata of a safetensors file, and back.
#pragma once

#include "base/field.hpp"
#include "io/safetensors.hpp"

#include <cstdint>
#include <span>
#include <string>

namespace nib {

// The fewest digits that give the same number again.
std::string shortest(double value);
std::string shortest(float value);

// Throws NIB_ERR_FORMAT that names file and key.
const std::string& metadata_value(const Safetensors& file, const std::string& key);

// Throws NIB_ERR_FORMAT: the value of key is not what was expected, "a number".
[[noreturn]] void refuse_value(const Safetensors& file, const std::string& key, const std::string& expected);

// "a whole number from 1 to 256".
std::string whole_number(std::int64_t low, std::int64_t high);

// The whole value as one number; all throw NIB_ERR_FORMAT.
std::int64_t metadata_integer(const Safetensors& file, const std::string& key, std::int64_t low, std::int64_t high);
double metadata_real(const Safetensors& file, const std::string& key);

// The index of the value among the words.
int metadata_word(const Safetensors& file, const std::string& key, std::span<const char* const> words);

// Every field as prefix and its name: whole numbers and flags as digits, real ones as shortest, words as words.
void put_fields(std::span<const Field> fields, const void* options, const std::string& prefix, Metadata& metadata);

// The same way in. Whole numbers, flags and words are in their range then; of real ones
// check_fields tells. A text is the file's own string; one that is empty by default may be missing.
void get_fields(std::span<const Field> fields, const Safetensors& file, const std::string& prefix, void* options);

} // namespace nib
