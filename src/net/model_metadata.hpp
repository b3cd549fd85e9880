// A model's options and its record of the data as strings, for the metadata of a file.
#pragma once

#include "io/safetensors.hpp"
#include "net/model.hpp"
#include "nib/nib.h"

#include <cstdint>
#include <optional>

namespace nib {

// The metadata of a file of nib's have one of these keys; those of another program's state_dict have neither.
inline constexpr const char* vocabulary_key = "vocabulary";
inline constexpr const char* schema_key = "table";
inline constexpr const char* data_checksum_key = "data.crc32c"; // Dataset::checksum of the training data

void put_options(const nib_model_options& options, Metadata& metadata);
void put_vocabulary(const Vocabulary& vocabulary, Metadata& metadata);
void put_format(const DataFormat& format, Metadata& metadata);
void put_data_checksum(std::uint32_t checksum, Metadata& metadata);

// Each throws NIB_ERR_FORMAT, naming file, key, value and range, if an entry is missing, cannot be read or is out of
// range. A number of steps is 0 to most_steps.
ModelSpec get_options(const Safetensors& file, const SpecWords& words);
DataFormat get_format(const Safetensors& file);
bool has_format(const Safetensors& file);
std::int64_t get_steps(const Safetensors& file);
std::optional<std::uint32_t> get_data_checksum(const Safetensors& file); // none: the file does not say

} // namespace nib
