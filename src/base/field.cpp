#include "base/field.hpp"

#include "base/check.hpp"
#include "base/error.hpp"
#include "base/extents.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <utility>

namespace nib {

namespace {

template <class Number>
Number read(const Field& field, const void* options)
{
    Number number;
    std::memcpy(&number, field.place(const_cast<void*>(options)), sizeof number);
    return number;
}

template <class Number>
void write(const Field& field, void* options, Number number)
{
    std::memcpy(field.place(options), &number, sizeof number);
}

std::string text_of(double number)
{
    char text[32];
    std::snprintf(text, sizeof text, "%g", number);
    return text;
}

// The range in words: "a number above 0, up to 1".
std::string expected_number(const FieldRange& range)
{
    const bool has_low = std::isfinite(range.low), has_high = std::isfinite(range.high);
    if (!has_low && !has_high) return "a finite number";
    const std::string low = text_of(range.low);
    if (has_low && !has_high) return range.above_low ? "a number above " + low : low + " or a number above";
    const std::string from = !has_low ? "a number" : (range.above_low ? "a number above " : "a number from ") + low;
    return from + (!has_low ? "" : ",") + (range.below_high ? " below " : " up to ") + text_of(range.high);
}

void check_real(const char* name, const FieldRange& range, double value)
{
    // The comparisons are written so that NaN fails them.
    const bool above = range.above_low ? value > range.low : value >= range.low;
    const bool below = range.below_high ? value < range.high : value <= range.high;
    if (above && below && std::isfinite(value)) return;
    throw Error(NIB_ERR_INVALID_ARGUMENT, "%s is %g: expected %s", name, value, expected_number(range).c_str());
}

void check_extents(const Field& field, std::int64_t value)
{
    const Extents extents = unpacked_extents(value);
    const WholeRange range = whole_range(field);
    bool fits = extents.count <= field.most_extents;
    for (int i = 0; i < extents.count; ++i) fits = fits && extents.n[i] >= range.low && extents.n[i] <= range.high;
    if (fits) return;
    const char* const forms[] = {"", ", or two such as 3x5", ", or up to three such as 3x5x5"};
    throw Error(NIB_ERR_INVALID_ARGUMENT, "%s is %s: expected %lld to %lld%s", field.name, text_of(extents).c_str(),
                static_cast<long long>(range.low), static_cast<long long>(range.high), forms[field.most_extents - 1]);
}

// The edit distance of two words: letters to add, leave out or change. Both have at most `longest` letters.
constexpr std::size_t longest = 32;

std::size_t slips(std::string_view from, std::string_view to)
{
    std::array<std::size_t, longest + 1> row{};
    for (std::size_t j = 0; j <= to.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= from.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= to.size(); ++j) {
            const std::size_t changed = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({changed, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row[to.size()];
}

} // namespace

const Field* find_field(std::span<const Field> fields, std::string_view name)
{
    for (const Field& field : fields)
        if (field.name == name) return &field;
    return nullptr;
}

std::int64_t whole_of(const Field& field, const void* options)
{
    switch (field.kind) {
    case FieldKind::uint32:
        return read<std::uint32_t>(field, options);
    case FieldKind::int64:
    case FieldKind::extents:
        return read<std::int64_t>(field, options);
    default:
        return read<std::int32_t>(field, options);
    }
}

void set_whole(const Field& field, void* options, std::int64_t value)
{
    switch (field.kind) {
    case FieldKind::uint32:
        return write(field, options, static_cast<std::uint32_t>(value));
    case FieldKind::int64:
    case FieldKind::extents:
        return write(field, options, value);
    default:
        return write(field, options, static_cast<std::int32_t>(value));
    }
}

double real_of(const Field& field, const void* options) { return read<double>(field, options); }
void set_real(const Field& field, void* options, double value) { write(field, options, value); }

const char* text_of(const Field& field, const void* options) { return read<const char*>(field, options); }
void set_text(const Field& field, void* options, const char* value) { write(field, options, value); }

void set_initial(std::span<const Field> fields, void* options)
{
    for (const Field& field : fields) {
        if (field.kind == FieldKind::text)
            set_text(field, options, field.initial_text);
        else if (field.kind == FieldKind::real)
            set_real(field, options, field.initial);
        else
            set_whole(field, options, static_cast<std::int64_t>(field.initial));
    }
}

WholeRange whole_range(const Field& field)
{
    WholeRange range{};
    switch (field.kind) {
    case FieldKind::uint32:
        range = {0, UINT32_MAX};
        break;
    case FieldKind::int64:
    case FieldKind::extents:
        range = {INT64_MIN, INT64_MAX};
        break;
    case FieldKind::word:
    case FieldKind::flag:
        return {0, static_cast<std::int64_t>(field.words.size()) - 1};
    default:
        range = {INT32_MIN, INT32_MAX};
    }
    const auto& [low, high, above_low, below_high] = field.range;
    if (std::isfinite(low)) range.low = static_cast<std::int64_t>(low) + (above_low ? 1 : 0);
    if (std::isfinite(high)) range.high = static_cast<std::int64_t>(high) - (below_high ? 1 : 0);
    return range;
}

void check_fields(std::span<const Field> fields, const void* options)
{
    for (const Field& field : fields) {
        if (field.kind == FieldKind::text) {
            if (text_of(field, options) == nullptr) throw Error(NIB_ERR_INVALID_ARGUMENT, "%s is NULL", field.name);
        } else if (field.kind == FieldKind::real) {
            check_real(field.name, field.range, real_of(field, options));
        } else if (field.kind == FieldKind::extents) {
            check_extents(field, whole_of(field, options));
        } else {
            const auto [low, high] = whole_range(field);
            check_range(field.name, whole_of(field, options), low, high);
        }
    }
}

int index_of(std::span<const char* const> words, std::string_view word)
{
    const auto found = std::find(words.begin(), words.end(), word);
    return found == words.end() ? -1 : static_cast<int>(found - words.begin());
}

const char* nearest_word(std::span<const char* const> words, std::string_view instead)
{
    const char* nearest = nullptr;
    std::size_t least = 3; // so many slips are another word
    for (const char* const word : words) {
        const std::size_t size = std::strlen(word);
        if (std::max(instead.size(), size) > longest) continue;
        const std::size_t count = slips(instead, word);
        if (count >= std::min(least, size)) continue;
        least = count;
        nearest = word;
    }
    return nearest;
}

std::string expected_words(std::span<const char* const> words, std::string_view instead)
{
    std::string all;
    for (std::size_t i = 0; i < words.size(); ++i)
        all += (i == 0 ? "" : i + 1 < words.size() ? ", " : " or ") + std::string(words[i]);
    const char* const nearest = nearest_word(words, instead);
    return nearest == nullptr ? all : all + " (" + nearest + "?)";
}

} // namespace nib
