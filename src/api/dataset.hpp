#pragma once

#include "api/context.hpp"
#include "base/error.hpp"
#include "io/dataset.hpp"

#include <string>

struct nib_dataset {
    nib_context* context;
    nib::Dataset data;
    std::string note; // what was guessed of a file
};

namespace nib::api {

// These throw NIB_ERR_MISMATCH for the other kind of data.
inline const Text& text_of(const nib_dataset* dataset)
{
    if (const Text* text = dataset->data.text()) return *text;
    throw Error(NIB_ERR_MISMATCH, "the data set is a table: expected text");
}
inline const DataTable& table_of(const nib_dataset* dataset)
{
    if (const DataTable* table = dataset->data.table()) return *table;
    throw Error(NIB_ERR_MISMATCH, "the data set is text: expected a table");
}

} // namespace nib::api
