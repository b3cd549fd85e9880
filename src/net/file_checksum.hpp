// The checksum of a model file: "checksum" in its metadata, over all of its tensors and all other metadata.
#pragma once

#include "io/safetensors.hpp"

#include <string>
#include <vector>

namespace nib {

// save_safetensors with the checksum added. It depends on what is stored alone, not on the order in the file.
void save_with_checksum(const std::string& path, std::vector<StoredTensor> tensors, Metadata metadata);

// Throws NIB_ERR_FORMAT, saying how the file is taken all the same, where the file has a checksum that does not fit.
// One without is taken: whoever changes a file drops it.
void check_checksum(const Safetensors& file);

} // namespace nib
