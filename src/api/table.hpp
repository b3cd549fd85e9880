// The options of files of tables, as the readers take them.
#pragma once

#include "io/table_file.hpp"
#include "nib/nib.h"

namespace nib::api {

nib_table_options default_table_options();

// The schema of the model that options name; null: none. Throws NIB_ERR_INVALID_ARGUMENT where they name two.
const Schema* given_schema(const nib_table_options& options);

// Throws NIB_ERR_INVALID_ARGUMENT for a header or separator that is none. options: NULL for the defaults.
TableFileOptions file_options(const nib_table_options* options);

} // namespace nib::api
