#include "choice.hpp"
#include "commands.hpp"
#include "failure.hpp"
#include "files.hpp"
#include "help.hpp"
#include "model_file.hpp"
#include "options.hpp"
#include "streams.hpp"

#include <memory>
#include <string>
#include <utility>
#include <variant>

namespace nib::cli {
namespace {

enum Format : int { c_format, onnx_format, pytorch_format };
constexpr const char* format_names[] = {"c", "onnx", "pytorch"};

struct Arguments {
    std::string model, out, prefix;
    int format = c_format;
};

// The prefix of the C functions: the file's name without folder and extension; other characters become underscores.
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

void write_c(const nib::folded& folded, const std::string& prefix, const Output& out)
{
    try {
        folded.export_c(!prefix.empty() ? prefix : prefix_of(out), out.path);
    } catch (const nib::error& error) {
        const bool no_prefix = error.status() == NIB_ERR_INVALID_ARGUMENT && prefix.empty();
        throw Failure(error, no_prefix ? "; --prefix gives another" : "");
    }
}

nib::folded load_folded(const nib::context& context, const std::string& path)
{
    ModelFile file = load_model_file(context, path);
    if (auto* const model = std::get_if<nib::model>(&file)) return model->fold();
    return std::get<nib::folded>(std::move(file));
}

nib::model load_trained(const nib::context& context, const std::string& path)
{
    ModelFile file = load_model_file(context, path);
    if (auto* const model = std::get_if<nib::model>(&file)) return std::move(*model);
    throw Failure(path + " is a folded model: --format pytorch expects a model.safetensors");
}

void export_model(const Arguments& arguments)
{
    const Output out(arguments.out);
    check_output(out.path, {arguments.model});
    const nib::context context(1);
    if (arguments.format == pytorch_format)
        load_trained(context, arguments.model).export_pytorch(out.path);
    else if (arguments.format == onnx_format)
        load_folded(context, arguments.model).export_onnx(out.path);
    else
        write_c(load_folded(context, arguments.model), arguments.prefix, out);
    note("wrote %s", out.name());
}

} // namespace

void add_export(CLI::App& app)
{
    CLI::App& command =
        *app.add_subcommand("export", "Write a model for programs without nib: as C source, ONNX or a PyTorch module");
    const auto arguments = std::make_shared<Arguments>();
    add_path(command, "MODEL", arguments->model,
             std::string("a model.safetensors or, except for pytorch, a folded .nib\nfile") + or_standard_input)
        ->required();
    add_choice(command, "--format", format_names, "",
               "c: one C99 file; onnx: opset 13; pytorch: a Python\nfile that loads the weights of a model.safetensors",
               [=](int value) { arguments->format = value; })
        ->required();
    add_path(command, "-o,--out", arguments->out, std::string("file to write") + or_standard_output)
        ->required()
        ->type_name("FILE");
    command
        .add_option("--prefix", arguments->prefix,
                    "prefix of the names in a C file; default: the file's name,\n\"model\" for standard output")
        ->type_name("NAME");
    add_examples(command, {"nib export names.nib --format c -o names_model.c",
                           "nib export run/model.safetensors --format pytorch -o model.py"});
    command.callback([=, &command] {
        check_effect(command, "--prefix", arguments->format == c_format, "without --format c");
        export_model(*arguments);
    });
}

} // namespace nib::cli
