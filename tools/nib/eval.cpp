#include "choice.hpp"
#include "commands.hpp"
#include "data.hpp"
#include "failure.hpp"
#include "model_file.hpp"
#include "options.hpp"

#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace nib::cli {
namespace {

struct Arguments {
    std::string model, like, data;
    std::vector<nib_split> splits{NIB_SPLIT_TRAIN, NIB_SPLIT_VAL};
    std::int32_t threads = 0;
    bool items = false;
};

// The lines of a file that are not empty, as a data set has them.
std::vector<std::string> read_items(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    if (!file) throw Failure("cannot open " + path);
    std::vector<std::string> items;
    for (std::string line; std::getline(file, line);) {
        if (!line.empty() && line.back() == '\r') line.pop_back();
        if (!line.empty()) items.push_back(line);
    }
    if (file.bad()) throw Failure("cannot read " + path);
    return items;
}

// An item a line, before it minus the logarithm of its probability.
void print_items(const Context& context, const Arguments& arguments)
{
    const ModelFile file = load_model_file(context, arguments.model, arguments.like);
    for (const std::string& item : read_items(data_file(arguments.data))) {
        double value = 0;
        context.check(file.model ? nib_model_log_probability(file.model.get(), item.data(), item.size(), &value)
                                 : nib_folded_log_probability(file.folded.get(), item.data(), item.size(), &value));
        std::printf("%.6f ", -value);
        std::fwrite(item.data(), 1, item.size(), stdout); // bytes may hold NUL
        std::fputc('\n', stdout);
        if (std::ferror(stdout) != 0) break; // what made it fail is said at the end
    }
    flush_results();
}

void eval(const Arguments& arguments)
{
    const Context context(arguments.threads);
    if (arguments.items) return print_items(context, arguments);
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
    command.add_flag("--items", arguments->items,
                     "instead, for each item of DATA minus the logarithm of its probability; also of a folded model");
    command.callback([=] { eval(*arguments); });
}

} // namespace nib::cli
