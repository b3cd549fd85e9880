// Reads rows of a file for a model to predict from.
#include "io/row_reader.hpp"

#include "api/context.hpp"
#include "api/guard.hpp"
#include "api/table.hpp"
#include "base/check.hpp"
#include "io/encode_rows.hpp"
#include "io/table_file.hpp"

#include <algorithm>
#include <memory>
#include <optional>

using namespace nib;

// Rows of a CSV are returned one by one as they are read; arrays are read at once.
struct nib_row_reader {
    nib_row_reader(nib_context* in, const Schema& schema, const std::string& path, const TableFileOptions& options)
        : context(in), features(schema.features())
    {
        if (table_format(path) == TableFormat::csv) {
            rows = std::make_unique<RowReader>(schema, path, options.csv, in->memory);
            return;
        }
        all = encode_rows(read_table(path, options, in->memory), schema, TargetUse::ignored, in->memory);
    }

    bool next(std::span<float> x)
    {
        if (rows != nullptr) return rows->next(x);
        if (given == all.rows) return false;
        std::copy_n(all.x.data() + given++ * features, features, x.data());
        return true;
    }

    nib_context* context;
    std::ptrdiff_t features;
    std::unique_ptr<RowReader> rows;
    TableRows all;
    std::ptrdiff_t given = 0; // of all rows
};

nib_status nib_row_reader_create(nib_context* context, const char* path, const nib_table_options* options,
                                 nib_row_reader** reader)
{
    return api::guard("context", context, [&] {
        api::check_pointer("path", path);
        const TableFileOptions file = api::file_options(options);
        const Schema* const schema = api::given_schema(api::used_options(options, api::default_table_options()));
        if (schema == nullptr)
            throw Error(NIB_ERR_INVALID_ARGUMENT, "options name no model: expected schema_of or schema_of_folded");
        api::check_pointer("reader", reader);
        *reader = new nib_row_reader(context, *schema, path, file);
    });
}

void nib_row_reader_destroy(nib_row_reader* reader) { delete reader; }

nib_status nib_row_reader_next(nib_row_reader* reader, int64_t capacity, float* x, int64_t* count)
{
    return api::guard("reader", reader, [&] {
        check_range("capacity", capacity, 1, std::int64_t{1} << 40);
        api::check_pointer("x", x);
        api::check_pointer("count", count);
        const auto features = static_cast<std::size_t>(reader->features);
        *count = 0;
        while (*count < capacity && reader->next({x + static_cast<std::size_t>(*count) * features, features})) ++*count;
    });
}
