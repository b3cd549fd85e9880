#include "choice.hpp"
#include "commands.hpp"
#include "data.hpp"
#include "failure.hpp"
#include "model_file.hpp"
#include "options.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
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

struct Item {
    std::string text;
    std::size_t line; // from 1
};

// The lines of a file that are not empty, as a data set has them.
std::vector<Item> read_items(const std::string& path)
{
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    std::vector<Item> items;
    std::string text;
    for (std::size_t line = 1; std::getline(file, text); ++line) {
        if (!text.empty() && text.back() == '\r') text.pop_back();
        if (!text.empty()) items.push_back({text, line});
    }
    if (!file.is_open() || file.bad()) throw Failure("cannot read '" + path + "': " + std::strerror(errno));
    return items;
}

double log_probability(const Context& context, const ModelFile& file, const std::string& path, const Item& item)
{
    const std::string& text = item.text;
    double value = 0;
    const nib_status status = file.model
                                  ? nib_model_log_probability(file.model.get(), text.data(), text.size(), &value)
                                  : nib_folded_log_probability(file.folded.get(), text.data(), text.size(), &value);
    if (status == NIB_OK) return value;
    throw Failure(path + ":" + std::to_string(item.line) + ": " + nib_context_message(context.get()));
}

// An item a line, before it minus the logarithm of its probability.
void print_items(const Context& context, const Arguments& arguments)
{
    const ModelFile file = load_model_file(context, arguments.model, arguments.like);
    const std::string path = data_file(arguments.data);
    for (const Item& item : read_items(path)) {
        std::printf("%.6f ", -log_probability(context, file, path, item));
        std::fwrite(item.text.data(), 1, item.text.size(), stdout); // bytes may hold NUL
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
    add_path(command, "MODEL", arguments->model, "a model.safetensors; with --items, also a folded .nib file")
        ->required();
    add_data(command, arguments->data);
    add_like(command, arguments->like);
    const auto set = [=](int value) { arguments->splits = {static_cast<nib_split>(value)}; };
    add_choice(command, "--split", split_names, "train and val", "the part of DATA", set);
    add_threads(command, arguments->threads);
    command.add_flag("--items", arguments->items,
                     "instead, for each item of DATA, minus the natural logarithm of its\nprobability, in nats");
    command.callback([=, &command] {
        check_effect(command, "--split", !arguments->items, "with --items");
        eval(*arguments);
    });
}

} // namespace nib::cli
