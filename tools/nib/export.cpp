#include "choice.hpp"
#include "commands.hpp"
#include "failure.hpp"
#include "files.hpp"
#include "model_file.hpp"
#include "options.hpp"
#include "streams.hpp"

#include <memory>
#include <string>

namespace nib::cli {
namespace {

constexpr const char* format_names[] = {"c", "onnx"};

struct Arguments {
    std::string model, out, prefix;
    int format = 0;
};

// Of the C functions: the name of the file without folder and extension, what no identifier may hold as underscores.
std::string prefix_of(const Output& out)
{
    if (out.is_standard) return "model";
    const std::string& path = out.path;
    const std::size_t start = path.rfind('/') + 1;
    std::string prefix = path.substr(start, path.find('.', start) - start);
    for (char& c : prefix) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(c >= '0' && c <= '9')) c = '_';
    }
    return prefix;
}

void export_model(const Arguments& arguments)
{
    const Output out(arguments.out);
    check_output(out.path, {arguments.model});
    const Context context(1);
    ModelFile file = load_model_file(context, arguments.model);
    if (file.model) {
        nib_folded* folded = nullptr;
        context.check(nib_fold(file.model.get(), nullptr, &folded));
        file.folded.reset(folded);
    }
    if (arguments.format == 0) {
        const std::string prefix = !arguments.prefix.empty() ? arguments.prefix : prefix_of(out);
        const nib_status status = nib_export_c(file.folded.get(), prefix.c_str(), out.path.c_str());
        if (status == NIB_ERR_INVALID_ARGUMENT && arguments.prefix.empty())
            throw Failure(context.message() + "; --prefix gives another", exit_usage);
        context.check(status);
    } else {
        context.check(nib_export_onnx(file.folded.get(), out.path.c_str()));
    }
    note("wrote %s", out.name());
}

} // namespace

void add_export(CLI::App& app)
{
    CLI::App& command =
        *app.add_subcommand("export", "Write a model as C source or as an ONNX file, for programs without nib");
    const auto arguments = std::make_shared<Arguments>();
    add_path(command, "MODEL", arguments->model,
             std::string("a folded .nib file, or a model.safetensors") + or_standard_input)
        ->required();
    add_choice(command, "--format", format_names, "", "c: one C99 file; onnx: opset 13", [=](int value) {
        arguments->format = value;
    })->required();
    add_path(command, "-o,--out", arguments->out, std::string("the file to write") + or_standard_output)
        ->required()
        ->type_name("FILE");
    command
        .add_option("--prefix", arguments->prefix,
                    "what the names of a C file begin with; default: its own name,\nof standard output \"model\"")
        ->type_name("NAME");
    command.callback([=, &command] {
        check_effect(command, "--prefix", arguments->format == 0, "without --format c");
        export_model(*arguments);
    });
}

} // namespace nib::cli
