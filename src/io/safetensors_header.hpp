// The JSON at the start of a safetensors file. A part of safetensors.hpp; it is kept apart so that only one file uses
// the JSON library.
#pragma once

#include "io/safetensors.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nib {

struct HeaderEntry {
    std::string name;
    Dtype dtype;
    Shape shape;
    std::uint64_t begin, end; // bytes, from the end of the header; not checked yet
};

struct SafetensorsHeader {
    std::vector<HeaderEntry> entries;
    Metadata metadata;
};

// The bytes of an array; UINT64_MAX if 64 bits do not hold them.
std::uint64_t byte_size(Dtype dtype, const Shape& shape) noexcept;

// Throws NIB_ERR_FORMAT naming the file, and the tensor if one is at fault. Two tensors may have the same name.
SafetensorsHeader parse_header(std::string_view json, const std::string& file);

// The header of tensors that stand one after the other in this order; without the padding.
std::string format_header(std::span<const StoredTensor> tensors, const Metadata& metadata);

} // namespace nib
