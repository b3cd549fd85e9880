#include "io/csv.hpp"

#include "base/error.hpp"
#include "base/heap.hpp"
#include "io/column_scan.hpp"
#include "io/csv_header.hpp"
#include "io/csv_rows.hpp"
#include "io/file.hpp"
#include "io/schema_match.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

namespace nib {

namespace {

// The kinds of the columns before their first cell: numbers, unless a schema says more.
std::vector<RawKind> kinds_of(std::span<const std::string> names, const std::string& file, const CsvOptions& options)
{
    std::vector<RawKind> kinds(names.size(), RawKind::numbers);
    if (options.schema == nullptr) return kinds;
    const Schema& schema = *options.schema;
    const SchemaMatch match = match_schema(schema, names, file, options.targets);
    std::fill(kinds.begin(), kinds.end(), RawKind::ignored);
    for (std::size_t i = 0; i < match.columns.size(); ++i) {
        kinds[static_cast<std::size_t>(match.columns[i])] =
            schema.columns[i].words.empty() ? RawKind::numbers : RawKind::words;
    }
    // Classes that are numbers may be written in several ways.
    const bool are_words = schema.task == Task::classes && !class_numbers(schema);
    for (const std::ptrdiff_t target : match.targets)
        kinds[static_cast<std::size_t>(target)] = are_words ? RawKind::words : RawKind::numbers;
    return kinds;
}

// One pass over a text.
class TableScan {
public:
    // words: the columns that are known to hold words; empty: none is known.
    TableScan(ReadSome read, const std::string& name, const CsvOptions& options, const std::vector<bool>& words,
              Memory* memory);

    // The columns that hold words but began with numbers; empty: the table is complete.
    std::vector<bool> mixed() const;
    RawTable take();

private:
    void start(const CsvOptions& options, const std::vector<bool>& words);
    void put_row();

    Memory* memory_;
    CsvRows rows_;
    RawTable table_;
    std::vector<ColumnScan> columns_;
    std::size_t capacity_ = 0; // rows
    Growing<LineJump> lines_;
};

TableScan::TableScan(ReadSome read, const std::string& name, const CsvOptions& options, const std::vector<bool>& words,
                     Memory* memory)
    : memory_(memory), rows_(std::move(read), name, options.separator, memory), lines_(memory)
{
    table_.name = name;
    if (!rows_.next()) throw Error(NIB_ERR_DATA, "%s: an empty text, expected a table", name.c_str());
    start(options, words);
    while (rows_.next()) put_row();
    if (table_.rows == 0) throw Error(NIB_ERR_DATA, "%s: no row behind the names of columns", name.c_str());
}

// To be called when the current row is the first one.
void TableScan::start(const CsvOptions& options, const std::vector<bool>& words)
{
    std::vector<std::string> names = csv_names(rows_, options);
    const bool has_names = !names.empty();
    names.resize(rows_.cells().size());
    std::vector<RawKind> kinds = kinds_of(names, table_.name, options);
    columns_.reserve(names.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
        const bool is_words = i < words.size() && words[i];
        columns_.emplace_back(std::move(names[i]), is_words ? RawKind::words : kinds[i]);
    }
    if (!has_names) put_row();
}

void TableScan::put_row()
{
    const std::span<const CsvCell> cells = rows_.cells();
    if (cells.size() != columns_.size()) {
        throw Error(NIB_ERR_DATA, "%s, line %td: %zu cells, expected %zu, as the first row has", table_.name.c_str(),
                    rows_.line(), cells.size(), columns_.size());
    }
    if (table_.rows == RawTable::most_rows)
        throw Error(NIB_ERR_DATA, "%s: more than %td rows", table_.name.c_str(), RawTable::most_rows);
    const auto row = static_cast<std::size_t>(table_.rows);
    if (row == capacity_) {
        capacity_ = std::max<std::size_t>(16, 2 * capacity_);
        for (ColumnScan& each : columns_) each.reserve(row, capacity_, memory_);
    }
    const std::ptrdiff_t ahead = rows_.line() - table_.rows;
    if (row == 0 || lines_.back().ahead != ahead) lines_.append({table_.rows, ahead});
    for (std::size_t i = 0; i < cells.size(); ++i) columns_[i].put(rows_, cells[i], row, memory_);
    ++table_.rows;
}

std::vector<bool> TableScan::mixed() const
{
    std::vector<bool> mixed(columns_.size());
    std::transform(columns_.begin(), columns_.end(), mixed.begin(), [](const auto& each) { return each.is_mixed(); });
    if (std::find(mixed.begin(), mixed.end(), true) == mixed.end()) mixed.clear();
    return mixed;
}

RawTable TableScan::take()
{
    const auto rows = static_cast<std::size_t>(table_.rows);
    table_.columns.reserve(columns_.size());
    std::vector<ColumnScan> columns = std::move(columns_);
    for (ColumnScan& each : columns) {
        each.reserve(rows, rows, memory_);
        table_.columns.push_back(each.take());
    }
    for (std::size_t i = 0; i < columns.size(); ++i)
        columns[i].check_finite(table_.name, table_.column_text(static_cast<std::ptrdiff_t>(i)));
    table_.lines = lines_.take();
    return std::move(table_);
}

// Calls reader() for each pass; it begins the text anew.
template <class Reader>
RawTable scan_twice(Reader reader, const std::string& name, CsvOptions options, Memory* memory)
{
    if (options.header == CsvHeader::automatic && options.schema == nullptr) {
        CsvRows rows(reader(), name, options.separator, memory);
        options.header = begins_with_names(rows) ? CsvHeader::present : CsvHeader::absent;
    }
    std::vector<bool> words;
    {
        TableScan scan(reader(), name, options, words, memory);
        words = scan.mixed();
        if (words.empty()) return scan.take();
    }
    TableScan scan(reader(), name, options, words, memory);
    if (!scan.mixed().empty()) throw Error(NIB_ERR_IO, "%s: changed while it was read", name.c_str());
    return scan.take();
}

ReadSome reader_of(std::string_view text)
{
    return [text](std::span<char> bytes) mutable {
        const std::size_t size = std::min(bytes.size(), text.size());
        if (size > 0) std::memcpy(bytes.data(), text.data(), size);
        text.remove_prefix(size);
        return size;
    };
}

} // namespace

RawTable parse_csv(std::string_view text, const std::string& name, const CsvOptions& options, Memory* memory)
{
    return scan_twice([&] { return reader_of(text); }, name, options, memory);
}

RawTable read_csv(const std::string& path, const CsvOptions& options, Memory* memory)
{
    auto file = std::make_shared<InputFile>(path);
    if (!file->size()) {
        const Buffer<char> text = file->read_on({}, InputFile::most_unstated, memory);
        if (!file->at_end()) file->too_large();
        return parse_csv({text.data(), text.size()}, path, options, memory);
    }
    const auto reader = [&] {
        if (file == nullptr) file = std::make_shared<InputFile>(path);
        return [from = std::exchange(file, nullptr)](std::span<char> bytes) { return from->read(bytes); };
    };
    return scan_twice(reader, path, options, memory);
}

bool looks_like_csv(std::string_view start)
{
    constexpr int lines = 20;
    std::size_t width = 0, numbers = 0, cells = 0;
    try {
        CsvRows rows(reader_of(start), "", '\0', process_heap());
        for (int i = 0; i < lines && rows.next(); ++i) {
            const std::span<const CsvCell> row = rows.cells();
            const auto words = static_cast<std::size_t>(
                std::count_if(row.begin(), row.end(), [](const auto& cell) { return cell.kind == CellKind::word; }));
            if (i > 0 && row.size() != width) return false;
            width = row.size();
            if (i == 0 && words > 0) continue; // column names
            cells += width;
            numbers += width - words;
        }
    } catch (const Error&) {
        return false;
    }
    return width >= 2 && 2 * numbers > cells;
}

} // namespace nib
