// Data sets of tables in files.
#include "api/table.hpp"

#include "api/dataset.hpp"
#include "api/folded.hpp"
#include "api/guard.hpp"
#include "api/model.hpp"
#include "base/check.hpp"
#include "io/constant_columns.hpp"
#include "io/encode_rows.hpp"
#include "io/infer_schema.hpp"
#include "io/split.hpp"
#include "io/word_columns.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

using namespace nib;

namespace {

std::vector<std::string> strings_of(const char* const* texts, std::size_t count, const char* what)
{
    if (count > 0) api::check_pointer(what, texts);
    std::vector<std::string> all;
    for (std::size_t i = 0; i < count; ++i) {
        if (texts[i] == nullptr) throw Error(NIB_ERR_INVALID_ARGUMENT, "%s[%zu] is NULL", what, i);
        all.emplace_back(texts[i]);
    }
    return all;
}

SchemaOptions schema_options(const nib_table_options& options)
{
    SchemaOptions schema;
    schema.targets = strings_of(options.targets, options.target_count, "targets");
    schema.drop = strings_of(options.drop, options.drop_count, "drop");
    schema.missing = options.missing == NIB_MISSING_MEAN ? Missing::fill_and_flag : Missing::refuse;
    if (options.task == NIB_TASK_CLASSIFY) schema.task = Task::classes;
    if (options.task == NIB_TASK_REGRESS) schema.task = Task::numbers;
    return schema;
}

std::ptrdiff_t targets_of(const Schema& schema)
{
    return schema.task == Task::numbers ? static_cast<std::ptrdiff_t>(schema.targets.size()) : 0;
}

// Empty for CSV, and if columns of the array were left out or others added.
std::vector<std::uint64_t> row_shape_of(const RawTable& raw, const Schema& schema)
{
    const bool is_whole = static_cast<std::ptrdiff_t>(schema.columns.size()) == raw.array_columns &&
                          schema.features() == raw.array_columns;
    return is_whole ? raw.row_shape : std::vector<std::uint64_t>();
}

TablePart whole_file(const std::string& path, const TableFileOptions& options, const Schema& schema, Memory* memory)
{
    TableFileOptions with_schema = options;
    with_schema.csv.schema = &schema;
    const RawTable raw = read_table(path, with_schema, memory);
    TablePart part;
    part.owned = encode_rows(raw, schema, TargetUse::required, memory);
    part.view = view_of(part.owned, targets_of(schema));
    return part;
}

struct LoadedTable {
    DataTable table;
    std::string note;
};

// Adds to the note on what was guessed what the table itself shows, if no model says what it must be like.
LoadedTable noted(DataTable table, const RawTable& raw, std::string note, bool is_new)
{
    if (!is_new) return {std::move(table), std::move(note)};
    std::istringstream lines(describe_constant_columns(table) + "\n" + describe_word_columns(table));
    for (std::string line; std::getline(lines, line);)
        if (!line.empty()) note.append(note.empty() ? "" : "\n").append(raw.name).append(": ").append(line);
    return {std::move(table), std::move(note)};
}

LoadedTable load(const char* path, const nib_table_options& options, Memory* memory)
{
    const bool is_cut = options.val_path == nullptr && options.test_path == nullptr;
    const Schema* const given = api::given_schema(options);
    TableFileOptions file = api::file_options(&options);
    file.csv.schema = given;
    const RawTable raw = read_table(path, file, memory);
    InferredSchema inferred =
        given != nullptr ? InferredSchema{*given, ""} : infer_schema(raw, schema_options(options));
    Schema& schema = inferred.schema;
    if (is_cut) {
        const Buffer<std::int32_t> classes = encode_classes(raw, schema, memory);
        SplitRows rows = split_rows(raw.rows, classes.span(), {options.val, options.test}, options.seed, memory);
        if (given == nullptr) set_fills(raw, rows.train.span(), schema);
        TableRows encoded = encode_rows(raw, schema, TargetUse::required, memory);
        const TableView view = view_of(encoded, targets_of(schema));
        return noted(
            DataTable(schema,
                      cut(std::move(encoded), view, {std::move(rows.train), std::move(rows.val), std::move(rows.test)}),
                      row_shape_of(raw, schema)),
            raw, std::move(inferred.note), given == nullptr);
    }
    std::array<TablePart, 3> parts;
    if (given == nullptr) {
        Buffer<std::uint32_t> all(static_cast<std::size_t>(raw.rows), memory);
        for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint32_t>(i);
        set_fills(raw, all.span(), schema);
    }
    parts[0].owned = encode_rows(raw, schema, TargetUse::required, memory);
    parts[0].view = view_of(parts[0].owned, targets_of(schema));
    if (options.val_path != nullptr) parts[1] = whole_file(options.val_path, file, schema, memory);
    if (options.test_path != nullptr) parts[2] = whole_file(options.test_path, file, schema, memory);
    return noted(DataTable(schema, std::move(parts), row_shape_of(raw, schema)), raw, std::move(inferred.note),
                 given == nullptr);
}

} // namespace

nib_table_options api::default_table_options()
{
    nib_split_options split{};
    split.struct_size = sizeof split;
    nib_split_options_default(&split);
    nib_table_options options{};
    options.struct_size = sizeof options;
    options.val = split.val;
    options.test = split.test;
    options.seed = split.seed;
    return options;
}

const Schema* api::given_schema(const nib_table_options& options)
{
    if (options.schema_of != nullptr && options.schema_of_folded != nullptr)
        throw Error(NIB_ERR_INVALID_ARGUMENT, "schema_of and schema_of_folded are both given: expected one");
    if (options.schema_of_folded != nullptr) return &options.schema_of_folded->folded.schema();
    return options.schema_of == nullptr ? nullptr : &options.schema_of->model.schema();
}

TableFileOptions api::file_options(const nib_table_options* options)
{
    const nib_table_options used = api::used_options(options, default_table_options());
    check_enum("header", used.header, NIB_CSV_HEADER_ABSENT);
    if (used.separator != 0 && used.separator != ',' && used.separator != ';' && used.separator != '\t')
        throw Error(NIB_ERR_INVALID_ARGUMENT, "separator is %d: expected ',', ';', a tab or 0",
                    static_cast<int>(static_cast<unsigned char>(used.separator)));
    TableFileOptions file;
    file.csv.header = static_cast<CsvHeader>(used.header);
    file.csv.separator = used.separator;
    file.labels = used.labels == nullptr ? "" : used.labels;
    return file;
}

nib_status nib_table_options_default(nib_table_options* options)
{
    return api::guard(nullptr, [&] { api::write_struct("options", options, api::default_table_options()); });
}

nib_status nib_dataset_load_table(nib_context* context, const char* path, const nib_table_options* options,
                                  nib_dataset** dataset)
{
    return api::guard("context", context, [&] {
        api::check_pointer("path", path);
        const nib_table_options used = api::used_options(options, api::default_table_options());
        check_enum("missing", used.missing, NIB_MISSING_MEAN);
        check_enum("task", used.task, NIB_TASK_REGRESS);
        api::check_pointer("dataset", dataset);
        LoadedTable loaded = load(path, used, context->memory);
        *dataset = new nib_dataset{context, Dataset(std::move(loaded.table)), std::move(loaded.note)};
    });
}

int32_t nib_looks_like_table(const char* path)
{
    int32_t looks = 0;
    api::guard(nullptr, [&] {
        api::check_pointer("path", path);
        looks = looks_like_table(path) ? 1 : 0;
    });
    return looks;
}
