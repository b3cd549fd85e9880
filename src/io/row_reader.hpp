// Rows of a CSV one at a time, each as soon as its line has ended: for a program that answers a row before it waits for
// the next one.
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
    // The schema must outlive it. name stands in messages for the file's. options.schema is not looked at, nor are
    // targets: they are ignored.
    RowReader(const Schema& schema, ReadSome read, const std::string& name, const CsvOptions& options, Memory* memory);

    // A file or a pipe.
    RowReader(const Schema& schema, const std::string& path, const CsvOptions& options, Memory* memory);

    RowReader(const RowReader&) = delete;
    RowReader& operator=(const RowReader&) = delete;
    ~RowReader();

    // The next row as schema.features() numbers; false at the end. No more is read than until a line ends. Throws
    // NIB_ERR_IO, NIB_ERR_DATA and NIB_ERR_MISMATCH naming file, line and column; the next call then goes on with the
    // next row where there is one to go on with.
    bool next(std::span<float> features);

    std::ptrdiff_t line() const noexcept; // where the row that was read last begins, from 1

private:
    class Rows;
    std::unique_ptr<Rows> rows_;
};

} // namespace nib
