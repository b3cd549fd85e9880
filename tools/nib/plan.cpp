#include "choice.hpp"
#include "commands.hpp"
#include "failure.hpp"
#include "help.hpp"
#include "json.hpp"
#include "network_text.hpp"
#include "options.hpp"
#include "rows.hpp"
#include "settings.hpp"

#include "nib/nib.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nib::cli {
namespace {

constexpr std::int64_t letters = 27; // a..z and the end mark

struct Arguments {
    explicit Arguments(CLI::App& command) : settings(command, true) {}

    SettingsOptions settings;
    std::optional<std::int64_t> outputs, flash, ram;
    std::optional<nib_weights> weights; // none: every kind
    nib_first_layer first_layer = NIB_FIRST_LAYER_SMALLEST;
    bool json = false;

    bool has_limits() const { return flash || ram; }
};

// The network folded with weights of one kind, or the reason why it cannot be.
struct Kind {
    const char* weights;
    std::optional<nib::plan> plan;
    std::string refusal;
};

// A kind of memory of which more is needed than there is.
struct Excess {
    const char* of;
    std::size_t bytes;
    std::int64_t limit;
};

struct Plan {
    nib::plan network;
    std::int32_t outputs;
    std::vector<Kind> kinds;
};

std::vector<Excess> excesses(const Kind& kind, const Arguments& arguments)
{
    std::vector<Excess> all;
    const auto check = [&](const char* of, std::size_t bytes, const std::optional<std::int64_t>& limit) {
        if (limit && bytes > static_cast<std::size_t>(*limit)) all.push_back({of, bytes, *limit});
    };
    check("flash", kind.plan->file_bytes, arguments.flash);
    check("RAM", kind.plan->workspace_bytes, arguments.ram);
    return all;
}

bool fits(const Kind& kind, const Arguments& arguments) { return kind.plan && excesses(kind, arguments).empty(); }

bool any_fits(const Plan& plan, const Arguments& arguments)
{
    return std::any_of(plan.kinds.begin(), plan.kinds.end(), [&](const Kind& each) { return fits(each, arguments); });
}

// A last layer with a size of its own may have been meant for another number of outputs.
nib::plan plan_of_network(const nib::context& context, const nib_model_options& options, std::int32_t outputs,
                          const Arguments& arguments)
{
    try {
        return {context, options, outputs};
    } catch (const nib::error& error) {
        const nib::error located = arguments.settings.located(error);
        const bool is_of_outputs = std::string(error.what()).find("a number for each class") != std::string::npos;
        throw Failure(located, is_of_outputs ? "; --outputs says how many classes there are" : "");
    }
}

Kind plan_of_kind(const nib::context& context, const nib_model_options& options, std::int32_t outputs,
                  const nib_fold_options& fold)
{
    Kind kind{name_of(weights_names, fold.weights), {}, {}};
    try {
        kind.plan.emplace(context, options, outputs, fold);
    } catch (const nib::error& error) {
        if (error.status() != NIB_ERR_UNSUPPORTED) throw;
        kind.refusal = error.what();
    }
    return kind;
}

Plan make_plan(const Arguments& arguments)
{
    const nib::context context(1);
    const nib_model_options options = arguments.settings.model_options();
    const bool is_text = std::string_view(options.input).find("floats") == std::string_view::npos;
    if (!is_text && !arguments.outputs)
        throw Failure("a table: --outputs says how many classes, or numbers to learn, there are", exit_usage);
    const auto outputs = static_cast<std::int32_t>(arguments.outputs.value_or(letters));
    if (is_text && (outputs < 2 || outputs > 4096))
        throw Failure("--outputs: '" + std::to_string(outputs) + "': expected a whole number, 2..4096", exit_usage);
    Plan plan{plan_of_network(context, options, outputs, arguments), outputs, {}};
    auto fold = defaults<nib_fold_options>();
    fold.first_layer = arguments.first_layer;
    for (const nib_weights weights : {NIB_WEIGHTS_F32, NIB_WEIGHTS_BF16, NIB_WEIGHTS_INT8}) {
        fold.weights = weights;
        if (arguments.weights.value_or(weights) == weights)
            plan.kinds.push_back(plan_of_kind(context, options, outputs, fold));
    }
    return plan;
}

// The verdict on a kind: "int8 no: 91328 bytes of flash, of which there are 65536".
std::string verdict(const Kind& kind, const Arguments& arguments)
{
    std::string text = kind.weights;
    if (!kind.plan) return text.append(" no: ").append(kind.refusal);
    text += fits(kind, arguments) ? " yes" : " no";
    for (const Excess& each : excesses(kind, arguments)) {
        text.append(text.ends_with(" no") ? ": " : "; ").append(std::to_string(each.bytes));
        text.append(" bytes of ").append(each.of).append(", of which there are ").append(std::to_string(each.limit));
    }
    return text;
}

void print(const Plan& plan, const Arguments& arguments)
{
    const nib::plan& network = plan.network;
    row("network", "%s", wrapped(network.network, terminal_width - label_width, label_width).c_str());
    row("input", "%s", network.input.c_str());
    row("outputs", "%d", plan.outputs);
    row("parameters", "%lld", static_cast<long long>(network.parameters));
    row("multiply-adds", "%lld a %s", static_cast<long long>(network.multiply_adds),
        network.input.starts_with("floats") ? "row" : "symbol");
    for (const Kind& kind : plan.kinds) {
        if (kind.plan)
            row(kind.weights, "%zu bytes of flash, %zu bytes of RAM, %lld multiply-adds", kind.plan->file_bytes,
                kind.plan->workspace_bytes, static_cast<long long>(kind.plan->folded_multiply_adds));
        else
            row(kind.weights, "none: %s", kind.refusal.c_str());
    }
    if (!arguments.has_limits()) return;
    for (const Kind& kind : plan.kinds) row("fits", "%s", verdict(kind, arguments).c_str());
}

Json json_of(const Kind& kind, const Arguments& arguments)
{
    Json json = {{"weights", kind.weights}};
    if (kind.plan) {
        json["flash_bytes"] = kind.plan->file_bytes;
        json["ram_bytes"] = kind.plan->workspace_bytes;
        json["multiply_adds"] = kind.plan->folded_multiply_adds;
    } else {
        json["refused"] = kind.refusal;
    }
    if (arguments.has_limits()) json["fits"] = fits(kind, arguments);
    return json;
}

Json json_of(const Plan& plan, const Arguments& arguments)
{
    Json json = {{"network", plan.network.network},
                 {"input", plan.network.input},
                 {"outputs", plan.outputs},
                 {"parameters", plan.network.parameters},
                 {"multiply_adds", plan.network.multiply_adds}};
    if (arguments.flash) json["flash_limit"] = *arguments.flash;
    if (arguments.ram) json["ram_limit"] = *arguments.ram;
    json["kinds"] = Json::array();
    for (const Kind& kind : plan.kinds) json["kinds"].push_back(json_of(kind, arguments));
    return json;
}

void plan(const Arguments& arguments)
{
    const Plan made = make_plan(arguments);
    if (arguments.json)
        print_json(json_of(made, arguments));
    else
        print(made, arguments);
    flush_results();
    if (arguments.has_limits() && !any_fits(made, arguments))
        throw Failure("the network does not fit into what there is");
}

} // namespace

void add_plan(CLI::App& app)
{
    CLI::App& command = *app.add_subcommand("plan", "Print what a network will cost, before any training");
    const auto arguments = std::make_shared<Arguments>(command);
    add_integer(command, "--outputs", 1, 65536, "27: a to z and the end mark",
                "symbols of the vocabulary, with the end mark; with --input\n\"floats N\", classes or numbers to learn",
                [=](std::int64_t value) { arguments->outputs = value; });
    add_bytes(command, "--flash", "bytes of flash available, such as 65536, 64K or 1M: does the\nfolded file fit?",
              [=](std::int64_t value) { arguments->flash = value; });
    add_bytes(command, "--ram", "bytes of RAM available: does the workspace fit?",
              [=](std::int64_t value) { arguments->ram = value; });
    add_choice(command, "--weights", weights_names, "each in turn", "how weights are stored",
               [=](int value) { arguments->weights = static_cast<nib_weights>(value); });
    add_first_layer(command, arguments->first_layer);
    add_json(command, arguments->json, "an object with the\nsame content");
    add_examples(command,
                 {"nib plan --network \"embedding 10, flatten, linear 64, relu, linear\"",
                  "nib plan --preset mlp --flash 1M --json"},
                 "With --flash or --ram, the exit status is 1 where weights of no kind fit.");
    command.callback([=] { plan(*arguments); });
}

} // namespace nib::cli
