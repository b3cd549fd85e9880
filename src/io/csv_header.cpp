#include "io/csv_header.hpp"

#include "base/error.hpp"
#include "base/utf8.hpp"
#include "io/symbol.hpp"
#include "io/visible.hpp"

#include <algorithm>
#include <set>

namespace nib {

namespace {

bool is_word(const CsvCell& cell) noexcept { return cell.kind == CellKind::word; }

bool is_name_of(const Schema& schema, std::string_view text)
{
    if (!schema.has_names()) return false;
    const auto has = [&](const Column& column) { return column.name == text; };
    return std::any_of(schema.columns.begin(), schema.columns.end(), has) ||
           std::find(schema.targets.begin(), schema.targets.end(), text) != schema.targets.end();
}

// Whether a row may be one of the schema's, judged by the places of its columns: no word stands where a number is
// expected; if the schema has no numbers, one of the words is known.
bool may_be_row(const Schema& schema, std::span<const CsvCell> cells)
{
    const bool inputs_alone = cells.size() == schema.columns.size();
    if (!inputs_alone && cells.size() != static_cast<std::size_t>(schema.table_columns)) return false;
    bool has_numbers = false, has_known = false;
    for (std::size_t i = 0; i < schema.columns.size(); ++i) {
        const Column& column = schema.columns[i];
        const CsvCell& cell = cells[inputs_alone ? i : static_cast<std::size_t>(column.place)];
        if (column.words.empty() && is_word(cell)) return false;
        has_numbers = has_numbers || column.words.empty();
        has_known = has_known || std::binary_search(column.words.begin(), column.words.end(), cell.text());
    }
    return has_numbers || has_known;
}

bool is_header(std::span<const CsvCell> cells, const CsvOptions& options)
{
    if (options.header != CsvHeader::automatic) return options.header == CsvHeader::present;
    const auto named = [&](const CsvCell& cell) { return is_name_of(*options.schema, cell.text()); };
    return std::any_of(cells.begin(), cells.end(), named) || !may_be_row(*options.schema, cells);
}

} // namespace

bool begins_with_names(CsvRows& rows)
{
    if (!rows.next()) return false;
    std::vector<CellKind> first;
    for (const CsvCell& cell : rows.cells()) first.push_back(cell.kind);
    if (std::find(first.begin(), first.end(), CellKind::word) == first.end()) return false;
    if (!rows.next() || rows.cells().size() != first.size()) return true;
    bool has_number_over_number = false;
    for (std::size_t i = 0; i < first.size(); ++i) {
        if (rows.cells()[i].kind != CellKind::number) continue;
        if (first[i] == CellKind::word) return true;
        has_number_over_number = has_number_over_number || first[i] == CellKind::number;
    }
    return !has_number_over_number;
}

void check_utf8(const CsvRows& rows, std::string_view text)
{
    for (std::size_t at = 0; at < text.size();) {
        const Symbol symbol = decode_symbol(NIB_ENCODING_UTF8, text.substr(at));
        if (symbol.fault != nullptr) {
            throw Error(NIB_ERR_DATA, "%s, line %td: '%s' is not UTF-8: %s", rows.name().c_str(), rows.line(),
                        visible(shortened(text)).c_str(), symbol.fault);
        }
        at += symbol.size;
    }
}

std::vector<std::string> csv_names(const CsvRows& rows, const CsvOptions& options)
{
    std::vector<std::string> names;
    if (!is_header(rows.cells(), options)) return names;
    std::set<std::string_view> seen;
    names.reserve(rows.cells().size());
    for (const CsvCell& cell : rows.cells()) {
        check_utf8(rows, cell.text());
        names.emplace_back(cell.size > 0 ? std::string(cell.text()) : std::to_string(names.size() + 1));
        if (seen.insert(names.back()).second) continue;
        throw Error(NIB_ERR_DATA, "%s, line %td: two columns are called '%s', expected different names",
                    rows.name().c_str(), rows.line(), visible(shortened(names.back())).c_str());
    }
    return names;
}

} // namespace nib
