// The options of a training: what nib/nib.h has as nib_train_options, in one table.
#pragma once

#include "base/field.hpp"
#include "net/layout.hpp"
#include "nib/nib.h"

#include <span>

namespace nib {

// Each member but struct_size. The initial values are those of the preset "mlp".
std::span<const Field> train_fields();
nib_train_options initial_train_options();

// For a training of a model of this layout: batch normalisation needs two rows. Throws NIB_ERR_INVALID_ARGUMENT
// with the first field that is out of range. struct_size is not looked at.
void check_options(const nib_train_options& options, const Layout& layout);

} // namespace nib
