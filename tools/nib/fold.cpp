#include "commands.hpp"
#include "failure.hpp"
#include "model_file.hpp"

#include <memory>
#include <string>

namespace nib::cli {
namespace {

struct Arguments {
    std::string model, out;
};

void fold(const Arguments& arguments)
{
    const Context context(1);
    const Model model = load_model(context, arguments.model);
    nib_folded* handle = nullptr;
    context.check(nib_fold(model.get(), &handle));
    const Folded folded(handle);
    context.check(nib_folded_save(folded.get(), arguments.out.c_str()));
    auto info = sized<nib_folded_info>();
    context.check(nib_folded_get_info(folded.get(), &info));
    note("wrote %s, %zu bytes", arguments.out.c_str(), info.file_bytes);
}

} // namespace

void add_fold(CLI::App& app)
{
    CLI::App& command = *app.add_subcommand("fold", "Fold batch normalisation into the weights, for deployment");
    const auto arguments = std::make_shared<Arguments>();
    command.add_option("MODEL", arguments->model, "a model.safetensors")->required()->type_name("");
    command.add_option("-o,--out", arguments->out, "the folded model to write, by custom a .nib file")
        ->required()
        ->type_name("FILE");
    command.callback([=] { fold(*arguments); });
}

} // namespace nib::cli
