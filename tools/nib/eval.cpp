#include "choice.hpp"
#include "commands.hpp"
#include "data.hpp"
#include "model_file.hpp"
#include "options.hpp"

#include <memory>
#include <string>
#include <vector>

namespace nib::cli {
namespace {

struct Arguments {
    std::string model, like, data;
    std::vector<nib_split> splits{NIB_SPLIT_TRAIN, NIB_SPLIT_VAL};
    std::int32_t threads = 0;
};

void eval(const Arguments& arguments)
{
    const Context context(arguments.threads);
    const Model model = load_model(context, arguments.model, arguments.like);
    auto options = sized<nib_dataset_options>();
    context.check(nib_dataset_options_default(&options));
    options.vocabulary_of = model.get();
    const Dataset dataset = load_data(context, arguments.data, options);
    for (const nib_split split : arguments.splits) print_loss(context, model.get(), dataset.get(), split);
}

} // namespace

void add_eval(CLI::App& app)
{
    CLI::App& command = *app.add_subcommand("eval", "Print a model's loss, in nats a symbol");
    const auto arguments = std::make_shared<Arguments>();
    command.add_option("MODEL", arguments->model, "a model.safetensors")->required()->type_name("");
    add_data(command, arguments->data);
    add_like(command, arguments->like);
    const auto set = [=](int value) { arguments->splits = {static_cast<nib_split>(value)}; };
    add_choice(command, "--split", split_names, "train and val", "the part of DATA", set);
    add_threads(command, arguments->threads);
    command.callback([=] { eval(*arguments); });
}

} // namespace nib::cli
