// The input of a model of a table: a row of numbers.
#pragma once

#include "net/layer_kind.hpp"

namespace nib {

extern const InputKind floats_input;

} // namespace nib
