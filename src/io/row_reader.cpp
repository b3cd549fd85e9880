#include "io/row_reader.hpp"

#include "base/error.hpp"
#include "base/utf8.hpp"
#include "io/csv_header.hpp"
#include "io/csv_rows.hpp"
#include "io/file.hpp"
#include "io/schema_match.hpp"
#include "io/visible.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace nib {

class RowReader::Rows {
public:
    Rows(const Schema& schema, ReadSome read, const std::string& name, const CsvOptions& options, Memory* memory)
        : schema_(schema), options_(options), rows_(std::move(read), name, options.separator, memory)
    {
        options_.schema = &schema;
    }

    bool next(std::span<float> features)
    {
        if (!rows_.next()) return false;
        if (!is_started_ && start() && !rows_.next()) return false;
        const std::span<const CsvCell> cells = rows_.cells();
        if (cells.size() != count_) {
            throw Error(NIB_ERR_DATA, "%s, line %td: %zu cells, expected %zu, as the first row has",
                        rows_.name().c_str(), rows_.line(), cells.size(), count_);
        }
        std::fill(features.begin(), features.end(), 0.0f);
        float* to = features.data();
        for (std::size_t i = 0; i < schema_.columns.size(); ++i) {
            const std::ptrdiff_t place = match_.columns[i];
            put(schema_.columns[i], cells[static_cast<std::size_t>(place)], place, to);
            to += schema_.columns[i].features();
        }
        return true;
    }

    std::ptrdiff_t line() const noexcept { return rows_.line(); }

private:
    // To be called when the current row is the first one; returns true if it holds names.
    bool start()
    {
        names_ = csv_names(rows_, options_);
        const bool has_names = !names_.empty();
        names_.resize(rows_.cells().size());
        match_ = match_schema(schema_, names_, rows_.name(), TargetUse::ignored);
        count_ = names_.size();
        is_started_ = true;
        return has_names;
    }

    void put(const Column& column, const CsvCell& cell, std::ptrdiff_t place, float* to) const
    {
        const bool is_missing = cell.kind == CellKind::missing;
        if (is_missing && !column.may_miss)
            refuse(NIB_ERR_DATA, place, "missing", column.words.empty() ? "a number" : "a word");
        if (column.words.empty()) {
            if (cell.kind == CellKind::word) refuse(NIB_ERR_MISMATCH, place, quoted(cell), "a number");
            if (cell.kind == CellKind::infinite) refuse(NIB_ERR_DATA, place, quoted(cell), "a finite number");
            to[0] = is_missing ? column.fill : static_cast<float>(cell.number);
        } else if (!is_missing) {
            const auto found = std::lower_bound(column.words.begin(), column.words.end(), cell.text());
            if (found == column.words.end() || *found != cell.text())
                refuse(NIB_ERR_MISMATCH, place, quoted(cell), expected_of(column.words, cell.text()));
            to[found - column.words.begin()] = 1;
        }
        if (column.is_flagged) to[column.features() - 1] = is_missing ? 1.0f : 0.0f;
    }

    static std::string quoted(const CsvCell& cell)
    {
        return std::string("'").append(visible(shortened(cell.text()))).append("'");
    }

    [[noreturn]] void refuse(nib_status status, std::ptrdiff_t place, const std::string& what,
                             const std::string& expected) const
    {
        const std::string column = column_label(names_[static_cast<std::size_t>(place)], place);
        throw Error(status, "%s, line %td, column %s: %s: expected %s", rows_.name().c_str(), rows_.line(),
                    column.c_str(), what.c_str(), expected.c_str());
    }

    const Schema& schema_;
    CsvOptions options_;
    CsvRows rows_;
    bool is_started_ = false;
    std::vector<std::string> names_; // by place; each "" if there are none
    SchemaMatch match_;
    std::size_t count_ = 0; // number of cells in a row
};

RowReader::RowReader(const Schema& schema, ReadSome read, const std::string& name, const CsvOptions& options,
                     Memory* memory)
    : rows_(std::make_unique<Rows>(schema, std::move(read), name, options, memory))
{
}

RowReader::RowReader(const Schema& schema, const std::string& path, const CsvOptions& options, Memory* memory)
    : RowReader(
          schema, [file = std::make_shared<InputFile>(path)](std::span<char> bytes) { return file->read_next(bytes); },
          path, options, memory)
{
}

RowReader::~RowReader() = default;

bool RowReader::next(std::span<float> features) { return rows_->next(features); }

std::ptrdiff_t RowReader::line() const noexcept { return rows_->line(); }

} // namespace nib
