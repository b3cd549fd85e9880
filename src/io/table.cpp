#include "io/table.hpp"

#include "base/crc32c.hpp"
#include "base/error.hpp"
#include "base/finite.hpp"
#include "base/utf8.hpp"
#include "io/schema_text.hpp"
#include "io/visible.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace nib {

namespace {

constexpr nib_split splits[] = {NIB_SPLIT_TRAIN, NIB_SPLIT_VAL, NIB_SPLIT_TEST};
constexpr const char* split_words[] = {"training", "validation", "test"};

// "training split, row 3": rows are numbered as in the given table, from 1.
std::string place_of(nib_split split, std::ptrdiff_t index)
{
    return std::string(split_words[split]).append(" split, row ").append(std::to_string(index + 1));
}

// " (width)"; "" without a name.
std::string shown_name(const std::string& name) { return name.empty() ? "" : " (" + shortened(visible(name)) + ")"; }

// The column to which number `feature` of a row belongs.
std::size_t column_of(const Schema& schema, std::ptrdiff_t feature)
{
    std::size_t column = 0;
    while (feature >= schema.columns[column].features()) feature -= schema.columns[column++].features();
    return column;
}

[[noreturn]] void refuse_number(const Schema& schema, const std::string& place, std::span<const float> row)
{
    const auto bad = std::find_if(row.begin(), row.end(), [](float x) { return !std::isfinite(x); });
    const std::size_t column = column_of(schema, bad - row.begin());
    throw Error(NIB_ERR_DATA, "%s, column %zu%s is %g: expected a finite number", place.c_str(), column + 1,
                shown_name(schema.columns[column].name).c_str(), static_cast<double>(*bad));
}

} // namespace

TableView view_of(const TableRows& rows, std::ptrdiff_t targets)
{
    return {.rows = rows.rows,
            .x = rows.x.data(),
            .row_stride = rows.features,
            .classes = rows.classes.data(),
            .targets = rows.targets.data(),
            .target_stride = targets,
            .weights = rows.weights.data()};
}

std::array<TablePart, 3> cut(TableRows owned, const TableView& view, std::array<Buffer<std::uint32_t>, 3> orders)
{
    std::array<TablePart, 3> parts;
    parts[0].owned = std::move(owned);
    for (std::size_t s = 0; s < parts.size(); ++s) {
        parts[s].view = view;
        parts[s].view.rows = static_cast<std::ptrdiff_t>(orders[s].size());
        parts[s].order = std::move(orders[s]);
    }
    return parts;
}

DataTable::DataTable(Schema schema, std::array<TablePart, 3> parts, std::vector<std::uint64_t> row_shape)
    : schema_(std::move(schema)),
      features_(schema_.features()),
      row_shape_(std::move(row_shape)),
      parts_(std::move(parts))
{
    check_schema(schema_, NIB_ERR_DATA);
    for (const nib_split split : splits) {
        const TablePart& part = part_of(split);
        if (part.view.rows > UINT32_MAX)
            throw Error(NIB_ERR_DATA, "%s split: %td rows: expected %u at most", split_words[split], part.view.rows,
                        UINT32_MAX);
        sizes_[static_cast<std::size_t>(split)] = static_cast<std::uint32_t>(part.view.rows);
        has_weights_ = has_weights_ || part.view.weights != nullptr;
    }
    if (examples(NIB_SPLIT_TRAIN) == 0)
        throw Error(NIB_ERR_DATA, "the training split has no rows: expected 1 at least");
    for (const nib_split split : splits) {
        check_rows(split);
        checksum_ = checksum_of(split, checksum_);
    }
}

void DataTable::check_rows(nib_split split) const
{
    const TablePart& part = part_of(split);
    const auto targets = schema_.targets.size();
    const auto classes = static_cast<std::int32_t>(schema_.classes.size());
    double total = 0;
    for (std::uint32_t i = 0; i < examples(split); ++i) {
        const auto place = [&] { return place_of(split, index_of(part, i)); };
        const std::span<const float> numbers(row(split, i), static_cast<std::size_t>(features_));
        if (!all_finite(numbers)) refuse_number(schema_, place(), numbers);
        if (schema_.task == Task::classes && (class_of(split, i) < 0 || class_of(split, i) >= classes))
            throw Error(NIB_ERR_DATA, "%s: class %d: expected 0 to %d", place().c_str(),
                        static_cast<int>(class_of(split, i)), static_cast<int>(classes - 1));
        for (std::size_t t = 0; schema_.task == Task::numbers && t < targets; ++t) {
            const float target = this->targets(split, i)[t];
            if (std::isfinite(target)) continue;
            throw Error(NIB_ERR_DATA, "%s, target %zu%s is %g: expected a finite number", place().c_str(), t + 1,
                        shown_name(schema_.targets[t]).c_str(), static_cast<double>(target));
        }
        const float w = weight(split, i);
        if (!(w >= 0) || !std::isfinite(w))
            throw Error(NIB_ERR_DATA, "%s: weight %g: expected 0 or a finite number above", place().c_str(),
                        static_cast<double>(w));
        total += static_cast<double>(w);
    }
    if (examples(split) > 0 && total == 0)
        throw Error(NIB_ERR_DATA, "%s split: every weight is 0: expected one above", split_words[split]);
}

std::uint32_t DataTable::checksum_of(nib_split split, std::uint32_t before) const
{
    struct RowSums {
        std::uint32_t before, x, learned;
        float weight;
    };
    RowSums sums{before, examples(split), 0, 0};
    std::uint32_t sum = crc32c(&sums, sizeof sums);
    for (std::uint32_t i = 0; i < examples(split); ++i) {
        sums = {sum, crc32c(row(split, i), static_cast<std::size_t>(features_) * sizeof(float)), 0, weight(split, i)};
        if (schema_.task == Task::classes)
            sums.learned = static_cast<std::uint32_t>(class_of(split, i));
        else
            sums.learned = crc32c(targets(split, i), schema_.targets.size() * sizeof(float));
        sum = crc32c(&sums, sizeof sums);
    }
    return sum;
}

} // namespace nib
