// Reads rows of a CSV one at a time, each as soon as its line has ended, for a program that answers one row before it
// waits for the next.
#pragma once

#include "io/csv.hpp"
#include "io/schema.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace nib {

class RowReader {
public:
    // The schema must outlive the reader. Messages use name as the file's. options.schema and target columns are
    // ignored.
    RowReader(const Schema& schema, ReadSome read, const std::string& name, const CsvOptions& options, Memory* memory);

    // Reads a file or a pipe.
    RowReader(const Schema& schema, const std::string& path, const CsvOptions& options, Memory* memory);

    RowReader(const RowReader&) = delete;
    RowReader& operator=(const RowReader&) = delete;
    ~RowReader();

    // Reads the next row as schema.features() numbers; false at the end. Reads no further than the end of a line
    // requires. Throws NIB_ERR_IO, NIB_ERR_DATA and NIB_ERR_MISMATCH naming file, line and column; the next call then
    // continues with the next row, if that is possible.
    bool next(std::span<float> features);

    std::ptrdiff_t line() const noexcept; // where the last row read begins, from 1

private:
    class Rows;
    std::unique_ptr<Rows> rows_;
};

} // namespace nib
