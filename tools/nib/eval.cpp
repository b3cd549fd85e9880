#include "choice.hpp"
#include "commands.hpp"
#include "data.hpp"
#include "failure.hpp"
#include "model_file.hpp"
#include "options.hpp"
#include "streams.hpp"

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace nib::cli {
namespace {

struct Arguments {
    std::string model, like, data;
    std::vector<nib_split> splits{NIB_SPLIT_TRAIN, NIB_SPLIT_VAL};
    std::int32_t threads = 0;
    bool items = false;
};

Data data_of(const Context& context, const Arguments& arguments, const nib_model* model)
{
    FoundData found = find_data(context, arguments.data, model, {arguments.model, arguments.like});
    if (!found.data) throw Failure(found.why + ": name DATA");
    return *std::move(found.data);
}

// The text to score: any number of items, which may have symbols that the model lacks.
Input items_of(const Context& context, const Arguments& arguments, const ModelFile& file)
{
    if (!arguments.data.empty()) return read_text(arguments.data);
    if (!file.model) throw Failure("a folded model does not say what it was trained on: name DATA");
    Data data = data_of(context, arguments, file.model.get());
    return {std::move(data.file), std::move(data.text)};
}

nib_encoding encoding_of(const Context& context, const ModelFile& file)
{
    auto model = sized<nib_model_info>();
    auto folded = sized<nib_folded_info>();
    context.check(file.model ? nib_model_get_info(file.model.get(), &model)
                             : nib_folded_get_info(file.folded.get(), &folded));
    return file.model ? model.encoding : folded.encoding;
}

struct Item {
    const char* text = nullptr;
    std::size_t size = 0;
    std::int64_t line = 0; // from 1
};

nib_status log_probability(const ModelFile& file, const Item& item, double& value)
{
    return file.model ? nib_model_log_probability(file.model.get(), item.text, item.size, &value)
                      : nib_folded_log_probability(file.folded.get(), item.text, item.size, &value);
}

// An item a line, before it minus the logarithm of its probability; nan, and why on stderr, for one that has none.
void print_items(const Context& context, const Arguments& arguments)
{
    const ModelFile file = load_model_file(context, arguments.model, arguments.like);
    const Input input = items_of(context, arguments, file);
    const nib_encoding encoding = encoding_of(context, file);
    Item item;
    std::int64_t items = 0, without = 0;
    for (std::size_t at = 0;; ++items) {
        context.check(nib_text_next_item(input.bytes.data(), input.bytes.size(), encoding, &at, &item.line, &item.text,
                                         &item.size));
        if (item.text == nullptr || std::ferror(stdout) != 0) break; // what made it fail is said at the end
        double value = std::nan("");
        const nib_status status = log_probability(file, item, value);
        if (status != NIB_OK && status != NIB_ERR_MISMATCH) context.check(status);
        if (status == NIB_ERR_MISMATCH) {
            ++without;
            note("%s:%lld: %s", input.name.c_str(), static_cast<long long>(item.line), context.message().c_str());
        }
        std::printf("%.6f ", status == NIB_OK ? -value : value);
        print_line({item.text, item.size});
    }
    flush_results();
    if (without > 0)
        throw Failure(std::to_string(without) + " of " + std::to_string(items) + " items of " + input.name +
                      " have no probability");
}

void eval(const Arguments& arguments)
{
    const Context context(arguments.threads);
    if (arguments.items) return print_items(context, arguments);
    const Model model = load_model(context, arguments.model, arguments.like);
    const Data data = data_of(context, arguments, model.get());
    for (const nib_split split : arguments.splits) print_loss(context, model.get(), data.dataset.get(), split);
}

} // namespace

void add_eval(CLI::App& app)
{
    CLI::App& command = *app.add_subcommand("eval", "Print a model's loss, in nats a symbol");
    const auto arguments = std::make_shared<Arguments>();
    add_path(command, "MODEL", arguments->model,
             std::string("a model.safetensors; with --items, also a folded .nib file") + or_standard_input)
        ->required();
    add_data(command, arguments->data, "what MODEL was trained on");
    add_like(command, arguments->like);
    const auto set = [=](int value) { arguments->splits = {static_cast<nib_split>(value)}; };
    add_choice(command, "--split", split_names, "train and val", "the part of DATA", set);
    add_threads(command, arguments->threads);
    command.add_flag("--items", arguments->items,
                     "instead, for each item of DATA, minus the natural logarithm of its\nprobability, in nats; nan "
                     "where a symbol is not MODEL's");
    command.callback([=, &command] {
        check_effect(command, "--split", !arguments->items, "with --items");
        eval(*arguments);
    });
}

} // namespace nib::cli
