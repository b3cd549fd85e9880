// Data sets of tables in memory.
#include "api/dataset.hpp"
#include "api/guard.hpp"
#include "base/check.hpp"
#include "io/constant_columns.hpp"
#include "io/split.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

using namespace nib;

namespace {

constexpr std::int64_t most_rows = UINT32_MAX - 1;

nib_split_options default_split()
{
    const SplitShares shares;
    return {sizeof(nib_split_options), shares.val, shares.test, 42};
}

std::vector<std::uint64_t> row_shape_of(const nib_table& table)
{
    std::vector<std::uint64_t> shape;
    for (const std::int64_t extent : table.row_shape)
        if (extent > 0) shape.push_back(static_cast<std::uint64_t>(extent));
    return shape;
}

void check_row_shape(const nib_table& table)
{
    const std::int64_t(&shape)[3] = table.row_shape;
    std::int64_t product = 1;
    for (const std::int64_t extent : shape) {
        check_range("row_shape", extent, 0, Schema::most_features);
        product *= std::max<std::int64_t>(extent, 1);
    }
    const bool is_gapless = (shape[0] > 0 || shape[1] == 0) && (shape[1] > 0 || shape[2] == 0);
    if (is_gapless && (shape[0] == 0 || product == table.columns)) return;
    throw Error(NIB_ERR_INVALID_ARGUMENT,
                "row_shape is %lld, %lld, %lld: expected extents whose product is %lld, the columns",
                static_cast<long long>(shape[0]), static_cast<long long>(shape[1]), static_cast<long long>(shape[2]),
                static_cast<long long>(table.columns));
}

nib_table read_table_struct(const char* name, const nib_table* given)
{
    const nib_table table = api::read_struct(name, given);
    check_range("rows", table.rows, 0, most_rows);
    check_range("columns", table.columns, 1, Schema::most_features);
    if (table.rows > 0) api::check_pointer("x", table.x);
    check_range("row_stride", table.row_stride, table.columns, INT64_MAX / 8 / std::max<std::int64_t>(table.rows, 1));
    check_range("borrow", table.borrow, 0, 1);
    check_row_shape(table);
    if (table.classes != nullptr && table.targets != nullptr)
        throw Error(NIB_ERR_INVALID_ARGUMENT, "%s has classes and targets: expected one of both", name);
    if (table.classes == nullptr && table.targets == nullptr && table.rows > 0)
        throw Error(NIB_ERR_INVALID_ARGUMENT, "%s has neither classes nor targets: expected one of both", name);
    if (table.targets != nullptr) {
        check_range("target_columns", table.target_columns, 1, 65536);
        check_range("target_stride", table.target_stride, table.target_columns,
                    INT64_MAX / 8 / std::max<std::int64_t>(table.rows, 1));
    } else {
        check_range("class_count", table.class_count, 2, 65536);
    }
    return table;
}

std::vector<std::string> names_of(const char* const* names, std::size_t count, const char* what)
{
    std::vector<std::string> all;
    for (std::size_t i = 0; i < count; ++i) {
        if (names != nullptr && names[i] == nullptr) throw Error(NIB_ERR_INVALID_ARGUMENT, "%s[%zu] is NULL", what, i);
        all.emplace_back(names == nullptr ? "" : names[i]);
    }
    return all;
}

Schema schema_of(const nib_table& table)
{
    Schema schema;
    for (std::string& name : names_of(table.column_names, static_cast<std::size_t>(table.columns), "column_names")) {
        Column column;
        column.place = static_cast<std::ptrdiff_t>(schema.columns.size());
        column.name = std::move(name);
        schema.columns.push_back(std::move(column));
    }
    const bool has_classes = table.targets == nullptr;
    schema.task = has_classes ? Task::classes : Task::numbers;
    schema.targets.resize(has_classes ? 1 : static_cast<std::size_t>(table.target_columns));
    for (std::size_t i = 0; i < schema.targets.size(); ++i)
        schema.target_places.push_back(static_cast<std::ptrdiff_t>(schema.columns.size() + i));
    schema.table_columns = static_cast<std::ptrdiff_t>(schema.columns.size() + schema.targets.size());
    if (!has_classes) return schema;
    const auto count = static_cast<std::size_t>(table.class_count);
    schema.classes = names_of(table.class_names, count, "class_names");
    for (std::size_t i = 0; table.class_names == nullptr && i < count; ++i) schema.classes[i] = std::to_string(i);
    return schema;
}

// A view of the rows where they are, or of a copy in owned.
TableView view_of_arrays(const nib_table& table, TableRows& owned, Memory* memory)
{
    TableView view{.rows = table.rows,
                   .x = table.x,
                   .row_stride = table.row_stride,
                   .classes = table.classes,
                   .targets = table.targets,
                   .target_stride = table.target_stride,
                   .weights = table.weights};
    if (table.borrow == 1 || table.rows == 0) return view;
    const auto rows = static_cast<std::size_t>(table.rows), columns = static_cast<std::size_t>(table.columns);
    owned.rows = view.rows;
    owned.features = static_cast<std::ptrdiff_t>(columns);
    owned.x = Buffer<float>(rows * columns, memory);
    for (std::size_t i = 0; i < rows; ++i)
        std::copy_n(table.x + static_cast<std::int64_t>(i) * table.row_stride, columns, owned.x.data() + i * columns);
    const auto targets = static_cast<std::size_t>(table.targets == nullptr ? 0 : table.target_columns);
    if (table.classes != nullptr) {
        owned.classes = Buffer<std::int32_t>(rows, memory);
        std::copy_n(table.classes, rows, owned.classes.data());
    } else {
        owned.targets = Buffer<float>(rows * targets, memory);
        for (std::size_t i = 0; i < rows; ++i)
            std::copy_n(table.targets + static_cast<std::int64_t>(i) * table.target_stride, targets,
                        owned.targets.data() + i * targets);
    }
    if (table.weights != nullptr) {
        owned.weights = Buffer<float>(rows, memory);
        std::copy_n(table.weights, rows, owned.weights.data());
    }
    return nib::view_of(owned, static_cast<std::ptrdiff_t>(targets));
}

// Divides the rows of one table into splits.
std::array<TablePart, 3> cut_rows(TableRows owned, const TableView& view, const SplitShares& shares, std::uint32_t seed,
                                  Memory* memory)
{
    const std::size_t count = view.classes == nullptr ? 0 : static_cast<std::size_t>(view.rows);
    SplitRows rows = split_rows(view.rows, {view.classes, count}, shares, seed, memory);
    return cut(std::move(owned), view, {std::move(rows.train), std::move(rows.val), std::move(rows.test)});
}

DataTable table_of_arrays(const nib_table& train, const nib_split_options& split, Memory* memory)
{
    Schema schema = schema_of(train);
    // split_rows reads the classes before DataTable checks them, so they are checked here.
    for (std::int64_t i = 0; train.classes != nullptr && i < train.rows; ++i) {
        if (train.classes[i] >= 0 && train.classes[i] < train.class_count) continue;
        throw Error(NIB_ERR_DATA, "row %lld: class %d: expected 0 to %d", static_cast<long long>(i + 1),
                    static_cast<int>(train.classes[i]), static_cast<int>(train.class_count - 1));
    }
    TableRows owned;
    const TableView view = view_of_arrays(train, owned, memory);
    return DataTable(std::move(schema), cut_rows(std::move(owned), view, {split.val, split.test}, split.seed, memory),
                     row_shape_of(train));
}

void check_same_shape(const char* name, const nib_table& table, const nib_table& train)
{
    if (table.rows == 0) return;
    if (table.columns != train.columns)
        throw Error(NIB_ERR_DATA, "%s has %lld columns: expected %lld, as in train", name,
                    static_cast<long long>(table.columns), static_cast<long long>(train.columns));
    const bool same = (table.targets == nullptr) == (train.targets == nullptr) &&
                      (table.targets == nullptr ? table.class_count == train.class_count
                                                : table.target_columns == train.target_columns);
    if (!same) throw Error(NIB_ERR_DATA, "%s: expected as many classes, or numbers to learn, as in train", name);
}

DataTable table_of_three(const nib_table& train, const nib_table* val, const nib_table* test, Memory* memory)
{
    std::array<TablePart, 3> parts;
    parts[0].view = view_of_arrays(train, parts[0].owned, memory);
    for (const auto& [name, given, part] : {std::tuple("val", val, &parts[1]), std::tuple("test", test, &parts[2])}) {
        if (given == nullptr) continue;
        const nib_table table = read_table_struct(name, given);
        check_same_shape(name, table, train);
        part->view = view_of_arrays(table, part->owned, memory);
    }
    return DataTable(schema_of(train), std::move(parts), row_shape_of(train));
}

} // namespace

nib_status nib_split_options_default(nib_split_options* options)
{
    return api::guard(nullptr, [&] { api::write_struct("options", options, default_split()); });
}

nib_status nib_dataset_from_tables(nib_context* context, const nib_table* train, const nib_table* val,
                                   const nib_table* test, const nib_split_options* options, nib_dataset** dataset)
{
    return api::guard("context", context, [&] {
        const nib_table rows = read_table_struct("train", train);
        const nib_split_options split = api::used_options(options, default_split());
        api::check_pointer("dataset", dataset);
        Memory* const memory = context->memory;
        DataTable table = val == nullptr && test == nullptr ? table_of_arrays(rows, split, memory)
                                                            : table_of_three(rows, val, test, memory);
        std::string note = describe_constant_columns(table);
        *dataset = new nib_dataset{context, Dataset(std::move(table)), std::move(note)};
    });
}

nib_status nib_dataset_rows(const nib_dataset* dataset, nib_split split, int64_t first, int64_t count, float* x,
                            int32_t* classes, float* targets, float* weights)
{
    return api::guard("dataset", dataset, [&] {
        check_enum("split", split, NIB_SPLIT_TEST);
        const DataTable& table = api::table_of(dataset);
        const std::int64_t examples = table.examples(split);
        check_range("first", first, 0, examples);
        check_range("count", count, 0, examples - first);
        const bool has_classes = table.schema().task == Task::classes;
        const auto features = static_cast<std::size_t>(table.features()), learned = table.schema().targets.size();
        for (int64_t i = 0; i < count; ++i) {
            const auto number = static_cast<std::uint32_t>(first + i);
            const auto at = static_cast<std::size_t>(i);
            if (x != nullptr) std::copy_n(table.row(split, number), features, x + at * features);
            if (classes != nullptr && has_classes) classes[i] = table.class_of(split, number);
            if (targets != nullptr && !has_classes)
                std::copy_n(table.targets(split, number), learned, targets + at * learned);
            if (weights != nullptr) weights[i] = table.weight(split, number);
        }
    });
}
