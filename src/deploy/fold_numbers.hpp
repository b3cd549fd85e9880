// The numbers of a folded file's operations, from a trained model.
#pragma once

#include "net/fold_list.hpp"
#include "net/model.hpp"

namespace nib {

// Writes an operation's section in the format of infer/format.hpp into zeros. In evaluation mode, in double: W' = W s
// and b' = b s + beta - mean s. Narrower weights are rounded to nearest.
void write_section(const Model& model, const FoldedOperation& operation, char* to);

} // namespace nib
