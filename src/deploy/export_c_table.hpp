// The columns and the classes of a table in an exported C file.
#pragma once

#include "deploy/folded.hpp"
#include "ops/c_source.hpp"

namespace nib {

// Sets the values of c_text::of_table. scratch: floats; constants: bytes of the operations' arrays.
void set_table_values(CSource& text, const Folded& folded, std::size_t scratch, std::size_t constants);

} // namespace nib
