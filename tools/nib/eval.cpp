#include "choice.hpp"
#include "commands.hpp"
#include "data.hpp"
#include "failure.hpp"
#include "help.hpp"
#include "json.hpp"
#include "model_file.hpp"
#include "model_metrics.hpp"
#include "options.hpp"
#include "streams.hpp"

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace nib::cli {
namespace {

struct Arguments {
    explicit Arguments(CLI::App& command) : table(command, TableOptions::Use::share_out) {}

    TableOptions table;
    std::string model, like, data;
    std::vector<nib_split> splits{NIB_SPLIT_TRAIN, NIB_SPLIT_VAL};
    std::int32_t threads = 0;
    bool items = false, json = false;
};

Data data_of(const nib::context& context, Arguments& arguments, const nib::model& model)
{
    FoundData found = find_data(context, arguments.data, model, {arguments.model, arguments.like}, arguments.table);
    if (!found.data) throw Failure(found.why + ": name DATA");
    return *std::move(found.data);
}

Data data_for(const nib::context& context, Arguments& arguments, const ModelFile& file)
{
    if (const auto* const model = std::get_if<nib::model>(&file)) return data_of(context, arguments, *model);
    if (arguments.data.empty()) throw Failure(folded_without_data);
    const nib::folded& folded = std::get<nib::folded>(file);
    if (folded.info().features > 0) {
        nib_table_options options = arguments.table.options();
        options.schema_of_folded = folded.get();
        return load_table_data(context, arguments.data, options);
    }
    auto options = defaults<nib_dataset_options>();
    options.vocabulary_of_folded = folded.get();
    return load_data(context, arguments.data, options);
}

// The text to score: any number of items, which may contain symbols that the model lacks.
Input items_of(const nib::context& context, Arguments& arguments, const ModelFile& file)
{
    if (!arguments.data.empty()) return read_text(arguments.data);
    const auto* const model = std::get_if<nib::model>(&file);
    if (model == nullptr) throw Failure(folded_without_data);
    Data data = data_of(context, arguments, *model);
    return {std::move(data.file), std::move(data.text)};
}

// Minus the logarithm of the item's probability. If it has none, nan, and the reason goes to stderr.
double score(ModelFile& file, std::string_view item, const std::string& input, std::int64_t line)
{
    try {
        return -std::visit([&](auto& model) { return model.log_probability(item); }, file);
    } catch (const nib::error& error) {
        if (error.status() != NIB_ERR_MISMATCH) throw;
        note("%s:%lld: %s", input.c_str(), static_cast<long long>(line), error.what());
        return std::nan("");
    }
}

// Prints an item a line, with its score in front.
void print_items(const nib::context& context, Arguments& arguments)
{
    ModelFile file = load_model_file(context, arguments.model, arguments.like);
    if (std::visit([](const auto& model) { return model.info().features; }, file) > 0)
        throw Failure(arguments.model + " is a model of a table: --items is for one of text", exit_usage);
    const Input input = items_of(context, arguments, file);
    const nib_encoding encoding = std::visit([](const auto& model) { return model.info().encoding; }, file);
    std::int64_t items = 0, without = 0, line = 0;
    for (std::size_t at = 0;; ++items) {
        const char* item = nullptr;
        std::size_t size = 0;
        check(nib_text_next_item(input.bytes.data(), input.bytes.size(), encoding, &at, &line, &item, &size));
        if (item == nullptr || std::ferror(stdout) != 0) break; // the reason for the failure is reported at the end
        const double value = score(file, {item, size}, input.name, line);
        if (std::isnan(value)) ++without;
        std::printf("%.6f ", value);
        print_line({item, size});
    }
    flush_results();
    if (without > 0)
        throw Failure(std::to_string(without) + " of " + std::to_string(items) + " items of " + input.name +
                      " have no probability");
}

// Evaluates a table on the splits that DATA have. Model: nib::model or nib::folded.
template <class Model>
void eval_table(Model& model, const Data& data, const Arguments& arguments, Json& all)
{
    for (const nib_split split : arguments.splits) {
        if (data.dataset.info().examples[split] == 0) {
            if (arguments.splits.size() > 1) continue;
            throw Failure(data.file + ": the " + name_of(split_names, split) + " split has no rows");
        }
        const ModelMetrics metrics = metrics_of(model, data.dataset, split);
        if (arguments.json) {
            all[name_of(split_names, split)] = json_of(metrics);
            continue;
        }
        print_loss(split, metrics.all.loss);
        print_all_metrics(metrics, split);
    }
}

template <class Model>
void eval_text(Model& model, const Data& data, const Arguments& arguments, Json& all)
{
    for (const nib_split split : arguments.splits) {
        const double loss = model.evaluate(data.dataset, split);
        if (arguments.json)
            all[name_of(split_names, split)] = {{"loss", loss}};
        else
            print_loss(split, loss);
    }
}

void eval(Arguments& arguments)
{
    const nib::context context(arguments.threads);
    if (arguments.items) return print_items(context, arguments);
    ModelFile file = load_model_file(context, arguments.model, arguments.like);
    const Data data = data_for(context, arguments, file);
    Json all;
    const auto print = [&](auto& model) {
        if (model.info().features > 0)
            eval_table(model, data, arguments, all);
        else
            eval_text(model, data, arguments, all);
    };
    std::visit(print, file);
    if (arguments.json) print_json(all);
}

} // namespace

void add_eval(CLI::App& app)
{
    CLI::App& command = *app.add_subcommand("eval", "Print a model's loss, and for a table how well it predicts");
    const auto arguments = std::make_shared<Arguments>(command);
    add_path(command, "MODEL", arguments->model,
             std::string("a model.safetensors, or a folded .nib file") + or_standard_input)
        ->required();
    add_data(command, arguments->data, "the training data of MODEL");
    add_like(command, arguments->like);
    const auto set = [=](int value) { arguments->splits = {static_cast<nib_split>(value)}; };
    add_choice(command, "--split", split_names, "train and val", "part of DATA to evaluate", set);
    add_threads(command, arguments->threads);
    command.add_flag("--items", arguments->items,
                     "print instead, for each item of DATA, minus the natural logarithm\nof its probability, in nats; "
                     "nan if MODEL does not know a symbol");
    add_json(command, arguments->json, "an object with an entry\nfor each split")->excludes("--items");
    add_examples(command, {"nib eval run/model.safetensors", "nib eval table/model.safetensors --split test --json"});
    command.callback([=, &command] {
        check_effect(command, "--split", !arguments->items, "with --items");
        eval(*arguments);
    });
}

} // namespace nib::cli
