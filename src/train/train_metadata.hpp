// The options of a run as strings, for the metadata of a checkpoint.
#pragma once

#include "io/safetensors.hpp"
#include "net/layout.hpp"
#include "nib/nib.h"

namespace nib {

// Stores every field of nib_train_options as "train.<its name>".
void put_options(const nib_train_options& options, Metadata& metadata);

// Reads the training options for a model with this layout. Throws NIB_ERR_FORMAT, naming file, key, value and range, if
// one is missing, cannot be read or is out of its range.
nib_train_options get_train_options(const Safetensors& file, const Layout& layout);

} // namespace nib
