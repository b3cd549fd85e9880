// A run's options as strings, for the metadata of a checkpoint.
#pragma once

#include "io/safetensors.hpp"
#include "nib/nib.h"

namespace nib {

// Every field of nib_train_options as "train.<its name>".
void put_options(const nib_train_options& options, Metadata& metadata);

// Throws NIB_ERR_FORMAT that names file and key where one is missing or cannot be read; ranges are not checked.
nib_train_options get_train_options(const Safetensors& file);

} // namespace nib
