#include "data.hpp"

#include "choice.hpp"
#include "failure.hpp"
#include "metrics/reader.hpp"
#include "option_names.hpp"
#include "options.hpp"
#include "streams.hpp"

#include <cstdio>
#include <filesystem>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>

namespace nib::cli {
namespace {

namespace fs = std::filesystem;

void describe(const Data& data)
{
    const nib_dataset_info info = data.dataset.info();
    note("data: %s: %lld items, %d symbols, %lld train / %lld val / %lld test examples", data.file.c_str(),
         static_cast<long long>(info.items), info.vocabulary, static_cast<long long>(info.examples[NIB_SPLIT_TRAIN]),
         static_cast<long long>(info.examples[NIB_SPLIT_VAL]), static_cast<long long>(info.examples[NIB_SPLIT_TEST]));
    if (info.empty_lines > 0) note("data: %lld empty lines skipped", static_cast<long long>(info.empty_lines));
}

// A path at which the file can be found again from any folder; empty for a pipe or standard input.
std::string lasting_path(const std::string& path)
{
    if (!is_regular(path)) return "";
    std::error_code error;
    const fs::path absolute = fs::absolute(path, error);
    return error ? "" : absolute.lexically_normal().string();
}

// Reads the data without printing anything about them.
Data read_data(const nib::context& context, const std::string& path, const nib_dataset_options& options)
{
    Input input = read_text(path);
    nib::dataset dataset = nib::dataset::from_memory(context, input.bytes, input.name, options);
    const std::uint32_t crc32c = nib_crc32c(input.bytes.data(), input.bytes.size());
    const std::size_t bytes = input.bytes.size();
    return {std::move(input.name), lasting_path(path), std::move(input.bytes), bytes, crc32c, std::move(dataset), {}};
}

// The result of read(), if it has the checksum; none if reading fails.
template <class Read>
std::optional<Data> training_data(std::int64_t checksum, Read read)
{
    try {
        Data data = read();
        if (data.dataset.info().checksum == checksum) return data;
    } catch (const std::runtime_error&) { // Failure, nib::error
    }
    return std::nullopt;
}

// How a table is read, with absolute paths.
TableSource source_of(const nib_table_options& options)
{
    const auto path = [](const char* text) { return text == nullptr ? "" : lasting_path(text); };
    return {path(options.val_path), path(options.test_path), path(options.labels), options.val, options.test,
            options.seed,           options.header,          options.separator};
}

// Reads the table without printing anything about it.
Data read_table(const nib::context& context, const std::string& path, const nib_table_options& options)
{
    const std::string file = path == standard_stream ? "/dev/stdin" : path;
    std::optional<nib::dataset> loaded;
    try {
        loaded = nib::dataset::load_table(context, file, options);
    } catch (const nib::error& error) {
        const bool is_new = options.schema_of == nullptr && options.schema_of_folded == nullptr;
        const bool lacks_target = is_new && options.target_count == 0;
        if (error.status() != NIB_ERR_INVALID_ARGUMENT || !lacks_target) throw;
        throw Failure(error, ": --target says which; --text takes the file as text of one item a line");
    }
    nib::dataset dataset = *std::move(loaded);
    const nib_dataset_info info = dataset.info();
    std::error_code error;
    const std::uintmax_t bytes = fs::file_size(file, error);
    Data data{path == standard_stream ? "standard input" : path, lasting_path(path), "", error ? 0 : bytes,
              static_cast<std::uint32_t>(info.checksum),         std::move(dataset), {}};
    data.table = source_of(options);
    return data;
}

void describe_table(const Data& data)
{
    const nib_dataset_info info = data.dataset.info();
    const std::string learned = info.classes > 0    ? std::to_string(info.classes) + " classes"
                                : info.targets == 1 ? "a number to learn"
                                                    : std::to_string(info.targets) + " numbers to learn";
    note("data: %s: %d column%s as rows of %d number%s, %s; %lld train / %lld val / %lld test rows", data.file.c_str(),
         info.columns, info.columns == 1 ? "" : "s", info.features, info.features == 1 ? "" : "s", learned.c_str(),
         static_cast<long long>(info.examples[NIB_SPLIT_TRAIN]), static_cast<long long>(info.examples[NIB_SPLIT_VAL]),
         static_cast<long long>(info.examples[NIB_SPLIT_TEST]));
    std::istringstream notes(info.note);
    for (std::string line; std::getline(notes, line);) note("data: %s", as_typed(line).c_str());
}

} // namespace

Input read_text(const std::string& path)
{
    constexpr std::size_t most_bytes = UINT32_MAX; // a data set cannot hold more
    return read_input(path, most_bytes);
}

// The names lie beside the program, wherever the two were put: PREFIX/bin/nib and PREFIX/share/nib/names.txt. In a
// build folder, share/nib is a link to the source's data/. No path of the build is in the program, so that two builds
// have the same bytes.
std::string bundled_names()
{
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error);
    const fs::path names = program.parent_path().parent_path() / "share" / "nib" / "names.txt";
    const fs::path real = fs::canonical(names, error);
    return error ? names.string() : real.string();
}

void add_data(CLI::App& command, std::string& path, const std::string& without)
{
    add_path(command, "DATA", path,
             "text file with one item a line, or table; without it, " + without + or_standard_input);
}

Data load_data(const nib::context& context, const std::string& path, const nib_dataset_options& options)
{
    try {
        Data data = read_data(context, path, options);
        describe(data);
        return data;
    } catch (const nib::error& error) {
        const bool may_be_bytes = options.vocabulary_of == nullptr && options.vocabulary_of_folded == nullptr &&
                                  options.encoding == NIB_ENCODING_UTF8;
        const bool not_utf8 = std::string_view(error.what()).find("is not UTF-8") != std::string_view::npos;
        if (error.status() != NIB_ERR_DATA || !may_be_bytes || !not_utf8) throw;
        throw Failure(error, "; --bytes takes bytes of any kind as symbols");
    }
}

Data load_table_data(const nib::context& context, const std::string& path, const nib_table_options& options)
{
    Data data = read_table(context, path, options);
    describe_table(data);
    return data;
}

std::optional<TableSource> table_of_same(const RememberedData& run, const std::string& path)
{
    return run.path == lasting_path(path) ? run.table : std::nullopt;
}

namespace {

// How the run of a record read its table; none for text, and for a record that lacks a member.
std::optional<TableSource> table_of(const DataMembers& data)
{
    if (!data.val_share || !data.test_share || !data.split_seed || !data.header || !data.separator) return std::nullopt;
    if (*data.split_seed > UINT32_MAX || *data.header > NIB_CSV_HEADER_ABSENT || *data.separator > 127)
        return std::nullopt;
    const auto path = [](const std::optional<std::string>& text) { return text.value_or(""); };
    return TableSource{path(data.val_path),
                       path(data.test_path),
                       path(data.labels_path),
                       *data.val_share,
                       *data.test_share,
                       static_cast<std::uint32_t>(*data.split_seed),
                       static_cast<nib_csv_header>(*data.header),
                       static_cast<char>(*data.separator)};
}

// The data that the folders of the files remember; the first file's come first.
std::vector<RememberedData> remembered_by(const std::vector<std::string>& files)
{
    std::vector<RememberedData> all;
    for (const std::string& file : files) {
        if (file.empty()) continue;
        const fs::path folder = fs::path(file).parent_path();
        RememberedData found = remembered_data(folder.empty() ? "." : folder.string());
        if (!found.path.empty()) all.push_back(std::move(found));
    }
    return all;
}

// Explains why the data that a folder remembers cannot be used.
std::string fault_of(const RememberedData& data, const std::string& name)
{
    std::vector<std::string> paths = {data.path};
    if (data.table) paths.insert(paths.end(), {data.table->val, data.table->test, data.table->labels});
    for (const std::string& path : paths) {
        std::error_code error;
        if (!path.empty() && !fs::exists(path, error))
            return path + ", which " + name + " was trained on, is no longer there";
    }
    return data.path + " is no longer what " + name + " was trained on";
}

// The data of the first remembered path for which `read` finds them.
template <class Read>
FoundData find_remembered(const nib::model& model, const std::vector<std::string>& files, const char* what, Read read)
{
    const std::string& name = files.front();
    if (model.info().data_checksum < 0) return {{}, name + " does not say what it was trained on"};
    std::string why = "nothing beside " + name + " says where the " + what + " is that it was trained on";
    for (const RememberedData& each : remembered_by(files)) {
        if (std::optional<Data> data = read(each)) return {std::move(data), ""};
        why = fault_of(each, name);
    }
    return {{}, why};
}

} // namespace

FoundData find_training_text(const nib::context& context, const nib::model& model,
                             const std::vector<std::string>& files)
{
    auto options = defaults<nib_dataset_options>();
    options.vocabulary_of = model.get();
    const std::int64_t checksum = model.info().data_checksum;
    const auto read = [&](const std::string& path) {
        return training_data(checksum, [&] { return read_data(context, path, options); });
    };
    FoundData found =
        find_remembered(model, files, "text", [&](const RememberedData& each) { return read(each.path); });
    if (!found.data && checksum >= 0) found.data = read(bundled_names());
    if (found.data) describe(*found.data);
    return found;
}

namespace {

FoundData find_table(const nib::context& context, const nib::model& model, const std::vector<std::string>& files,
                     TableOptions& options)
{
    const auto read = [&](const RememberedData& each) {
        nib_table_options table = options.options(each.table ? &*each.table : nullptr);
        table.schema_of = model.get();
        return training_data(model.info().data_checksum, [&] { return read_table(context, each.path, table); });
    };
    FoundData found = find_remembered(model, files, "table", read);
    if (found.data) describe_table(*found.data);
    return found;
}

} // namespace

RememberedData remembered_data(const std::string& folder)
{
    RememberedData found;
    try {
        MetricsReader reader(metrics_path(folder));
        while (reader.next()) {
            if (!reader.line().starts_with(R"({"type":"run")")) continue; // most lines are others
            const Record record = reader.record();
            const auto* const run = std::get_if<RunRecord>(&record.what);
            if (run == nullptr || !run->data.path) continue;
            found = {*run->data.path, table_of(run->data)};
        }
    } catch (const Failure&) {
        return {};
    }
    return found;
}

FoundData find_data(const nib::context& context, const std::string& given, const nib::model& model,
                    const std::vector<std::string>& files, TableOptions& options)
{
    if (model.info().features > 0) {
        if (given.empty()) return find_table(context, model, files, options);
        const std::vector<RememberedData> runs = remembered_by(files);
        const std::optional<TableSource> usual = runs.empty() ? std::nullopt : table_of_same(runs.front(), given);
        nib_table_options table = options.options(usual ? &*usual : nullptr);
        table.schema_of = model.get();
        return {load_table_data(context, given, table), ""};
    }
    if (given.empty()) return find_training_text(context, model, files);
    auto text = defaults<nib_dataset_options>();
    text.vocabulary_of = model.get();
    return {load_data(context, given, text), ""};
}

double print_loss(nib_split split, double loss)
{
    std::printf("%s %.7f\n", name_of(split_names, split), loss);
    flush_results();
    return loss;
}

} // namespace nib::cli
