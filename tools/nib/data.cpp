#include "data.hpp"

#include "choice.hpp"
#include "failure.hpp"
#include "metrics/reader.hpp"
#include "options.hpp"
#include "streams.hpp"

#include <cstdio>
#include <filesystem>
#include <optional>
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

// Where the file can be found again from any folder; empty for a pipe or standard input.
std::string lasting_path(const std::string& path)
{
    if (!is_regular(path)) return "";
    std::error_code error;
    const fs::path absolute = fs::absolute(path, error);
    return error ? "" : absolute.lexically_normal().string();
}

// The data without a word about them.
Data read_data(const nib::context& context, const std::string& path, const nib_dataset_options& options)
{
    Input input = read_text(path);
    nib::dataset dataset = nib::dataset::from_memory(context, input.bytes, input.name, options);
    const std::uint32_t crc32c = nib_crc32c(input.bytes.data(), input.bytes.size());
    const std::size_t bytes = input.bytes.size();
    return {std::move(input.name), lasting_path(path), std::move(input.bytes), bytes, crc32c, std::move(dataset)};
}

// Those of the file, where they have the checksum; what cannot be read has not.
std::optional<Data> training_data(const nib::context& context, const std::string& path,
                                  const nib_dataset_options& options, std::int64_t checksum)
{
    try {
        Data data = read_data(context, path, options);
        if (data.dataset.info().checksum == checksum) return data;
    } catch (const std::runtime_error&) { // Failure, nib::error
    }
    return std::nullopt;
}

} // namespace

Input read_text(const std::string& path)
{
    constexpr std::size_t most_bytes = UINT32_MAX; // more is no data set
    return read_input(path, most_bytes);
}

// Installed, the names lie beside the program, wherever the two were put: PREFIX/bin/nib and
// PREFIX/share/nib/names.txt. A program that was only built takes them from the source folder.
std::string bundled_names()
{
    std::error_code error;
    const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
    if (!error) {
        const auto installed = program.parent_path().parent_path() / "share" / "nib" / "names.txt";
        if (std::filesystem::exists(installed, error)) return installed.string();
    }
    return NIB_DATA_DIR "/names.txt";
}

void add_data(CLI::App& command, std::string& path, const std::string& without)
{
    add_path(command, "DATA", path, "text file, one item a line; without it, " + without + or_standard_input);
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

Data load_table_data(const nib::context& context, const std::string& path, nib_table_options options,
                     const nib_model* schema)
{
    options.schema_of = schema;
    const std::string file = path == standard_stream ? "/dev/stdin" : path;
    std::optional<nib::dataset> loaded;
    try {
        loaded = nib::dataset::load_table(context, file, options);
    } catch (const nib::error& error) {
        const bool lacks_target = schema == nullptr && options.target_count == 0;
        if (error.status() != NIB_ERR_INVALID_ARGUMENT || !lacks_target) throw;
        throw Failure(error, ": --target says which; --text takes the file as text of one item a line");
    }
    nib::dataset dataset = *std::move(loaded);
    const nib_dataset_info info = dataset.info();
    std::error_code error;
    const std::uintmax_t bytes = fs::file_size(file, error);
    Data data{path == standard_stream ? "standard input" : path, lasting_path(path), "", error ? 0 : bytes,
              static_cast<std::uint32_t>(info.checksum),         std::move(dataset)};
    const std::string learned = info.classes > 0    ? std::to_string(info.classes) + " classes"
                                : info.targets == 1 ? "a number to learn"
                                                    : std::to_string(info.targets) + " numbers to learn";
    note("data: %s: %d column%s as rows of %d number%s, %s; %lld train / %lld val / %lld test rows", data.file.c_str(),
         info.columns, info.columns == 1 ? "" : "s", info.features, info.features == 1 ? "" : "s", learned.c_str(),
         static_cast<long long>(info.examples[NIB_SPLIT_TRAIN]), static_cast<long long>(info.examples[NIB_SPLIT_VAL]),
         static_cast<long long>(info.examples[NIB_SPLIT_TEST]));
    if (*info.note != '\0') note("data: %s", info.note);
    return data;
}

Data find_table(const nib::context& context, const std::string& given, const nib::model& model, TableOptions& options)
{
    if (given.empty()) throw Failure("a model of a table: name DATA");
    return load_table_data(context, given, options.options(), model.get());
}

std::string remembered_data(const std::string& folder)
{
    std::string path;
    try {
        MetricsReader reader(metrics_path(folder));
        while (reader.next()) {
            if (!reader.line().starts_with(R"({"type":"run")")) continue; // others are many
            const Record record = reader.record();
            if (const auto* const run = std::get_if<RunRecord>(&record.what)) path = run->data.path.value_or(path);
        }
    } catch (const Failure&) {
        return "";
    }
    return path;
}

FoundData find_data(const nib::context& context, const std::string& given, const nib::model& model,
                    const std::vector<std::string>& files)
{
    auto options = defaults<nib_dataset_options>();
    options.vocabulary_of = model.get();
    if (!given.empty()) return {load_data(context, given, options), ""};
    const std::int64_t checksum = model.info().data_checksum;
    const std::string& name = files.front();
    if (checksum < 0) return {{}, name + " does not say what it was trained on"};
    std::string why = "nothing beside " + name + " says where the text is that it was trained on";
    std::vector<std::string> paths;
    for (const std::string& file : files) {
        const fs::path folder = fs::path(file).parent_path();
        const std::string path = file.empty() ? "" : remembered_data(folder.empty() ? "." : folder.string());
        if (path.empty()) continue;
        std::error_code error;
        why = path + (fs::exists(path, error) ? " is no longer what " + name + " was trained on"
                                              : ", which " + name + " was trained on, is no longer there");
        paths.push_back(path);
    }
    paths.push_back(bundled_names());
    for (const std::string& path : paths) {
        std::optional<Data> data = training_data(context, path, options, checksum);
        if (!data) continue;
        describe(*data);
        return {std::move(data), ""};
    }
    return {{}, why};
}

double print_loss(nib_split split, double loss)
{
    std::printf("%s %.7f\n", name_of(split_names, split), loss);
    flush_results();
    return loss;
}

} // namespace nib::cli
