#include "data.hpp"

#include "choice.hpp"
#include "failure.hpp"
#include "options.hpp"

#include <cstdio>
#include <filesystem>
#include <system_error>

namespace nib::cli {
namespace {

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

void describe(const Context& context, const std::string& file, const nib_dataset* dataset)
{
    auto info = sized<nib_dataset_info>();
    context.check(nib_dataset_get_info(dataset, &info));
    note("data: %s: %lld items, %d symbols, %lld train / %lld val / %lld test examples", file.c_str(),
         static_cast<long long>(info.items), info.vocabulary, static_cast<long long>(info.examples[NIB_SPLIT_TRAIN]),
         static_cast<long long>(info.examples[NIB_SPLIT_VAL]), static_cast<long long>(info.examples[NIB_SPLIT_TEST]));
    if (info.empty_lines > 0) note("data: %lld empty lines skipped", static_cast<long long>(info.empty_lines));
}

} // namespace

void add_data(CLI::App& command, std::string& path)
{
    add_path(command, "DATA", path, "text file, one item a line; without it, the names that come with nib");
}

std::string data_file(const std::string& path) { return path.empty() ? bundled_names() : path; }

Dataset load_data(const Context& context, const std::string& path, const nib_dataset_options& options)
{
    const std::string file = data_file(path);
    nib_dataset* dataset = nullptr;
    context.check(nib_dataset_load(context.get(), file.c_str(), &options, &dataset));
    Dataset owner(dataset);
    describe(context, file, dataset);
    return owner;
}

Dataset load_fitting_data(const Context& context, const std::string& path, const nib_dataset_options& options)
{
    const std::string file = data_file(path);
    nib_dataset* dataset = nullptr;
    const nib_status status = nib_dataset_load(context.get(), file.c_str(), &options, &dataset);
    if (path.empty() && status == NIB_ERR_MISMATCH) return nullptr;
    context.check(status);
    Dataset owner(dataset);
    describe(context, file, dataset);
    return owner;
}

double print_loss(const Context& context, nib_model* model, const nib_dataset* dataset, nib_split split)
{
    double loss = 0;
    context.check(nib_model_evaluate(model, dataset, split, &loss));
    std::printf("%s %.7f\n", name_of(split_names, split), loss);
    flush_results();
    return loss;
}

} // namespace nib::cli
