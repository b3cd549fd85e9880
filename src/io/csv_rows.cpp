#include "io/csv_rows.hpp"

#include "base/error.hpp"
#include "io/raw_table.hpp"
#include "io/text.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace nib {

namespace {

constexpr std::size_t piece = std::size_t{256} << 10; // bytes read at once; stays in the second cache

// The separator that the first line that is not empty has most of, outside quotes; '\0' if that line is incomplete.
char find_separator(std::string_view text, bool is_last)
{
    constexpr std::string_view separators = "\t;,"; // the later ones also occur within texts
    std::size_t counts[separators.size()] = {};
    bool quoted = false, is_empty = true;
    for (const char c : text) {
        if (c == '"') quoted = !quoted;
        if (!quoted && c == '\n' && !is_empty) {
            is_last = true;
            break;
        }
        is_empty = is_empty && (c == '\n' || c == '\r' || c == ' ');
        const std::size_t which = separators.find(c);
        if (!quoted && which != std::string_view::npos) ++counts[which];
    }
    if (!is_last) return '\0';
    const std::size_t* const most = std::max_element(std::begin(counts), std::end(counts));
    return *most == 0 ? ',' : separators[static_cast<std::size_t>(most - counts)];
}

} // namespace

CsvRows::CsvRows(ReadSome read, const std::string& name, char separator, Memory* memory)
    : read_(std::move(read)), name_(name), separator_(separator), memory_(memory), data_(1, memory), cells_(memory)
{
}

// Throws; after that, no row is left to read.
void CsvRows::fail(std::ptrdiff_t line, const char* what)
{
    row_ = end_;
    is_last_ = true;
    throw Error(NIB_ERR_DATA, "%s, line %td: %s", name_.c_str(), line, what);
}

// Reads more data, which may move in memory; returns false at the end, where the data end the last row.
bool CsvRows::fill()
{
    if (is_last_) return false;
    if (row_ > 0) {
        std::memmove(data_.data(), data_.data() + row_, end_ - row_);
        end_ -= row_;
        row_ = 0;
    }
    if (end_ > longest_row) {
        fail(next_line_, "a row of more than 16 MiB, expected a shorter one: is there a quote that nothing closes?");
    }
    if (data_.size() - end_ <= piece / 2) resize_buffer(data_, end_, std::max(2 * end_, piece) + 1, memory_);
    const std::size_t got = read_(data_.span().subspan(end_, data_.size() - 1 - end_));
    end_ += got;
    data_[end_] = '\0';
    is_last_ = got == 0;
    return got > 0;
}

// The first line determines how the text is read.
void CsvRows::start()
{
    const auto text = [&] { return std::string_view(data_.data() + row_, end_ - row_); };
    char separator = '\0';
    do {
        fill();
        separator = find_separator(text(), is_last_);
    } while (separator == '\0');
    if (const char* const other = other_encoding(text())) {
        throw Error(NIB_ERR_DATA, "%s: a text in %s, expected UTF-8: iconv -f %s -t UTF-8 makes it one", name_.c_str(),
                    other, other);
    }
    row_ += first_line(text(), NIB_ENCODING_UTF8);
    if (separator_ == '\0') separator_ = separator;
    started_ = true;
}

bool CsvRows::next()
{
    if (!started_) start();
    for (;;) {
        if (row_ == end_ && !fill()) return false;
        while (!parse()) {
            // A row reaches at least to the end of its line.
            const std::size_t seen = end_ - row_;
            do {
                if (!fill()) break;
            } while (std::memchr(data_.data() + seen, '\n', end_ - seen) == nullptr);
        }
        if (!is_empty_line()) return true;
    }
}

// Parses a row with its line's end, from row_ on. Returns false if the data end before the row does; nothing has
// changed then.
bool CsvRows::parse()
{
    cells_.clear();
    unquoted_.clear();
    lines_ = 0;
    const char* at = data_.data() + row_;
    for (Step step = Step::cell; step != Step::row;) {
        CsvCell cell = {0, at, 0, CellKind::number};
        const Decimal decimal = read_decimal(at);
        if ((*decimal.end == separator_ || *decimal.end == '\n') && decimal.end != at) {
            cell.number = decimal.value;
            cell.size = static_cast<std::size_t>(decimal.end - at);
            if (!std::isfinite(decimal.value)) cell.kind = CellKind::infinite;
            at = decimal.end + 1;
            if (*decimal.end == '\n') {
                step = Step::row;
                ++lines_;
            }
        } else {
            step = slow_cell(at, cell);
            if (step == Step::need) return false;
        }
        cells_.append(cell);
        if (cells_.size() > static_cast<std::size_t>(RawTable::most_columns))
            fail(next_line_, "more than 524,288 cells, expected fewer");
    }
    line_ = std::exchange(next_line_, next_line_ + lines_);
    row_ = static_cast<std::size_t>(at - data_.data());
    return true;
}

// Parses any cell, with the separator or the line's end behind it.
CsvRows::Step CsvRows::slow_cell(const char*& at, CsvCell& cell)
{
    const char* const start = skip_blanks(at);
    if (*start == '"') {
        at = start;
        return quoted_cell(at, cell);
    }
    const char* end = start;
    const char separator = separator_;
    while (*end != separator && *end != '\n' && *end != '\r' && *end != '\0') ++end;
    at = end;
    while (end > start && is_blank(end[-1])) --end;
    cell.start = start;
    cell.size = static_cast<std::size_t>(end - start);
    cell.kind = classify_cell(cell.text(), cell.number);
    return end_cell(at);
}

// Parses a cell that begins with a quote, at `at`.
CsvRows::Step CsvRows::quoted_cell(const char*& at, CsvCell& cell)
{
    const std::ptrdiff_t opened = next_line_ + lines_;
    const char* const start = ++at;
    bool has_quotes = false;
    for (;; ++at) {
        if (*at == '\0' && at_end(at)) {
            if (!is_last_) return Step::need;
            fail(opened, "a quote that nothing closes: expected another one");
        }
        if (*at == '\0') fail(next_line_ + lines_, "a byte of 0, expected text");
        lines_ += *at == '\n' ? 1 : 0;
        if (*at != '"') continue;
        if (at[1] == '\0' && at_end(at + 1) && !is_last_) return Step::need; // the quote may be doubled
        if (at[1] != '"') break;
        has_quotes = true;
        ++at;
    }
    cell.start = start;
    cell.size = static_cast<std::size_t>(at - start);
    if (has_quotes) {
        std::string& text = unquoted_.emplace_back();
        for (const char* c = start; c < at; c += *c == '"' ? 2 : 1) text += *c;
        cell.start = text.c_str();
        cell.size = text.size();
    }
    cell.kind = classify_cell(cell.text(), cell.number);
    at = skip_blanks(at + 1);
    return end_cell(at);
}

// Moves behind the separator or the line's end at `at`.
CsvRows::Step CsvRows::end_cell(const char*& at)
{
    const std::ptrdiff_t line = next_line_ + lines_;
    if (*at == separator_) {
        ++at;
        return Step::cell;
    }
    if (at_end(at) && !is_last_) return Step::need;
    if (*at == '\r') {
        ++at;
        if (at_end(at) && !is_last_) return Step::need;
        if (*at != '\n' && !at_end(at)) fail(line, "a CR that no LF follows, expected lines that end with LF or CRLF");
    }
    if (*at == '\0' && !at_end(at)) fail(line, "a byte of 0, expected text");
    if (*at != '\n' && !at_end(at)) fail(line, "text behind a closing quote, expected a separator or the line's end");
    ++lines_;
    at += at_end(at) ? 0 : 1;
    return Step::row;
}

const char* CsvRows::skip_blanks(const char* at) const noexcept
{
    while (is_blank(*at)) ++at;
    return at;
}

bool CsvRows::is_empty_line() const noexcept
{
    if (cells_.size() != 1 || cells_.span()[0].size != 0) return false;
    // Two quotes are a cell, so the row is not empty.
    return cells_.span()[0].start == data_.data() || cells_.span()[0].start[-1] != '"';
}

} // namespace nib
