// Values as strings in the metadata of a safetensors file, and back.
#pragma once

#include "base/field.hpp"
#include "io/safetensors.hpp"

#include <cstdint>
#include <span>
#include <string>

namespace nib {

// The shortest text that reads back as the same number.
std::string shortest(double value);
std::string shortest(float value);

// Throws NIB_ERR_FORMAT, naming file and key, if there is no such entry.
const std::string& metadata_value(const Safetensors& file, const std::string& key);

// Throws NIB_ERR_FORMAT: the value of key is not as expected; expected: "a number".
[[noreturn]] void refuse_value(const Safetensors& file, const std::string& key, const std::string& expected);

// The expected value in words: "a whole number from 1 to 256".
std::string whole_number(std::int64_t low, std::int64_t high);

// The whole value as one number. All of these throw NIB_ERR_FORMAT.
std::int64_t metadata_integer(const Safetensors& file, const std::string& key, std::int64_t low, std::int64_t high);
double metadata_real(const Safetensors& file, const std::string& key);

// The index of the value among the words.
int metadata_word(const Safetensors& file, const std::string& key, std::span<const char* const> words);

// Stores every field under prefix and its name: whole numbers and flags as digits, real numbers by shortest, words as
// words.
void put_fields(std::span<const Field> fields, const void* options, const std::string& prefix, Metadata& metadata);

// Reads the same fields. Whole numbers, flags and words are then in range; for real numbers call check_fields. A text
// points into the file's own string; one that is empty by default may be missing.
void get_fields(std::span<const Field> fields, const Safetensors& file, const std::string& prefix, void* options);

} // namespace nib
