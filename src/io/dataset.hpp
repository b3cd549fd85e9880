// A data set: a text of one item a line, or a table.
#pragma once

#include "io/table.hpp"
#include "io/text.hpp"

#include <variant>

namespace nib {

// A model keeps this much of its data: the symbols of a text, or the schema of a table.
using DataFormat = std::variant<Vocabulary, Schema>;

// The member that a format has. Throws NIB_ERR_MISMATCH if it has the other one.
const Vocabulary& vocabulary_of(const DataFormat& format);
const Schema& schema_of(const DataFormat& format);

class Dataset {
public:
    explicit Dataset(Text text) : data_(std::move(text)) {}
    explicit Dataset(DataTable table) : data_(std::move(table)) {}

    // Null if the data are of the other kind.
    const Text* text() const noexcept { return std::get_if<Text>(&data_); }
    const DataTable* table() const noexcept { return std::get_if<DataTable>(&data_); }

    DataFormat format() const
    {
        return text() != nullptr ? DataFormat(text()->vocabulary()) : DataFormat(table()->schema());
    }
    std::uint32_t examples(nib_split split) const noexcept
    {
        return text() != nullptr ? text()->examples(split) : table()->examples(split);
    }
    std::uint32_t checksum() const noexcept { return text() != nullptr ? text()->checksum() : table()->checksum(); }

private:
    std::variant<Text, DataTable> data_;
};

} // namespace nib
