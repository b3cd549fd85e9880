// The options of a training run, nib_train_options of nib/nib.h, in one table.
#pragma once

#include "base/field.hpp"
#include "net/layout.hpp"
#include "nib/nib.h"

#include <span>

namespace nib {

// Every member except struct_size. The initial values are those of the preset "mlp".
std::span<const Field> train_fields();
nib_train_options initial_train_options();

// Checks options for a model with this layout: batch normalisation needs two rows, and segments
// a block of examples each. Throws NIB_ERR_INVALID_ARGUMENT for
// the first field that is out of range. Does not look at struct_size.
void check_options(const nib_train_options& options, const Layout& layout);

} // namespace nib
