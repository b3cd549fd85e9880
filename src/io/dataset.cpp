#include "io/dataset.hpp"

#include "base/error.hpp"

namespace nib {

const Vocabulary& vocabulary_of(const DataFormat& format)
{
    if (const auto* vocabulary = std::get_if<Vocabulary>(&format)) return *vocabulary;
    throw Error(NIB_ERR_MISMATCH, "a model of a table: expected one of text");
}

const Schema& schema_of(const DataFormat& format)
{
    if (const auto* schema = std::get_if<Schema>(&format)) return *schema;
    throw Error(NIB_ERR_MISMATCH, "a model of text: expected one of a table");
}

} // namespace nib
