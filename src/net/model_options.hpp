// The options of a model: what nib/nib.h has as nib_model_options, in one table.
#pragma once

#include "base/field.hpp"
#include "net/model.hpp"
#include "nib/nib.h"

#include <span>

namespace nib {

// Each member but struct_size. The initial values are those of the preset "mlp".
std::span<const Field> model_fields();
nib_model_options initial_model_options();

// Throws NIB_ERR_INVALID_ARGUMENT that names the place of a fault in a text. struct_size is not looked at.
ModelSpec read_options(const nib_model_options& options, const SpecWords& words);

} // namespace nib
