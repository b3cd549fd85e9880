// Converts the options of table files to those of the readers.
#pragma once

#include "io/table_file.hpp"
#include "nib/nib.h"

namespace nib::api {

nib_table_options default_table_options();

// The schema of the model that options name; null: none. Throws NIB_ERR_INVALID_ARGUMENT if they name two.
const Schema* given_schema(const nib_table_options& options);

// Throws NIB_ERR_INVALID_ARGUMENT for an invalid header or separator. options: NULL for the defaults.
TableFileOptions file_options(const nib_table_options* options);

} // namespace nib::api
