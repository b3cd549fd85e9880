// The checksum of a model file: "checksum" in its metadata, over all of its tensors and all other metadata.
#pragma once

#include "io/safetensors.hpp"

#include <string>
#include <vector>

namespace nib {

// Like save_safetensors, with the checksum added. The checksum depends only on the content, not on the order in the
// file.
void save_with_checksum(const std::string& path, std::vector<StoredTensor> tensors, Metadata metadata);

// The bytes of the file that save_with_checksum writes.
Buffer<char> bytes_with_checksum(std::vector<StoredTensor> tensors, Metadata metadata, Memory* memory);

// Throws NIB_ERR_FORMAT if the file has a checksum that does not match; the message says how to load the file all the
// same. A file without a checksum is accepted, since a program that changes a file drops it.
void check_checksum(const Safetensors& file);

} // namespace nib
