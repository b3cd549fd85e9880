// The options of a model, nib_model_options of nib/nib.h, in one table.
#pragma once

#include "base/field.hpp"
#include "net/model.hpp"
#include "nib/nib.h"

#include <span>

namespace nib {

// Every member except struct_size. The initial values are those of the preset "mlp".
std::span<const Field> model_fields();
nib_model_options initial_model_options();

// Throws NIB_ERR_INVALID_ARGUMENT, naming the place of a fault in a text. Does not look at struct_size.
ModelSpec read_options(const nib_model_options& options, const SpecWords& words);

} // namespace nib
