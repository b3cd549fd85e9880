// The ranges that nib/nib.h states for the options of a model and of its training.
#pragma once

#include "nib/nib.h"

namespace nib {

// Each throws NIB_ERR_INVALID_ARGUMENT with the first field that is out of range. struct_size is not looked at.
void check_options(const nib_model_options& options);

// For a training of a model with these options: batch normalisation needs two rows.
void check_options(const nib_train_options& options, const nib_model_options& model);

} // namespace nib
