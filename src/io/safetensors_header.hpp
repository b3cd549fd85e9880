// The JSON at the start of a safetensors file. A part of safetensors.hpp, apart so that JSON is known to one file
// alone.
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
    std::uint64_t begin, end; // bytes, from the end of the header; not checked against anything yet
};

struct SafetensorsHeader {
    std::vector<HeaderEntry> entries;
    Metadata metadata;
};

// Bytes of an array; UINT64_MAX if 64 bits do not hold them.
std::uint64_t byte_size(Dtype dtype, const Shape& shape) noexcept;

// Throws NIB_ERR_FORMAT naming file, and the tensor if it is one's fault. Two tensors may have one name.
SafetensorsHeader parse_header(std::string_view json, const std::string& file);

// Of tensors that stand one after the other as given; without the padding.
std::string format_header(std::span<const StoredTensor> tensors, const Metadata& metadata);

} // namespace nib
