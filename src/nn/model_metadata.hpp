// A model's options and vocabulary as strings, for the metadata of a file.
#pragma once

#include "io/safetensors.hpp"
#include "io/vocabulary.hpp"
#include "nib/nib.h"

namespace nib {

void put_options(const nib_model_options& options, Metadata& metadata);
void put_vocabulary(const Vocabulary& vocabulary, Metadata& metadata);

// Each throws NIB_ERR_FORMAT that names file and key where one is missing or cannot be read.
nib_model_options get_options(const Safetensors& file);
Vocabulary get_vocabulary(const Safetensors& file);
std::int64_t get_steps(const Safetensors& file);

} // namespace nib
