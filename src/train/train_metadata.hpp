// A run's options as strings, for the metadata of a checkpoint.
#pragma once

#include "io/safetensors.hpp"
#include "net/layout.hpp"
#include "nib/nib.h"

namespace nib {

// Every field of nib_train_options as "train.<its name>".
void put_options(const nib_train_options& options, Metadata& metadata);

// The options of a training of a model with these. Throws NIB_ERR_FORMAT that names file, key, value and range where
// one is missing, cannot be read or is out of its range.
nib_train_options get_train_options(const Safetensors& file, const Layout& layout);

} // namespace nib
