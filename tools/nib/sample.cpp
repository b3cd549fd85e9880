#include "choice.hpp"
#include "commands.hpp"
#include "data.hpp"
#include "failure.hpp"
#include "help.hpp"
#include "model_file.hpp"
#include "new_items.hpp"
#include "options.hpp"
#include "streams.hpp"

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace nib::cli {
namespace {

struct Arguments {
    std::string model, data, like, start;
    bool is_new = false;
    std::int64_t count = 20;
    std::int32_t threads = 0;
    nib_sampler_options sampler = defaults<nib_sampler_options>();
};

// The text whose items are not new: DATA, else what the model was trained on.
Input known_text(const nib::context& context, const Arguments& arguments, const ModelFile& file)
{
    if (!arguments.data.empty()) return read_text(arguments.data);
    const auto* const model = std::get_if<nib::model>(&file);
    if (model == nullptr) throw Failure(folded_without_data);
    FoundData found = find_training_text(context, *model, {arguments.model, arguments.like});
    if (!found.data) throw Failure(found.why + ": name DATA");
    return {std::move(found.data->file), std::move(found.data->text)};
}

nib_encoding encoding_of(const ModelFile& file)
{
    return std::visit([](const auto& model) { return model.info().encoding; }, file);
}

void sample(const Arguments& arguments)
{
    const nib::context context(arguments.threads);
    ModelFile file = load_model_file(context, arguments.model, arguments.like);
    nib_sampler_options options = arguments.sampler;
    options.start = arguments.start.c_str();
    nib::sampler sampler = std::visit([&](auto& model) { return nib::sampler(model, options); }, file);
    std::optional<NewItems> items;
    if (arguments.is_new) items.emplace(sampler, known_text(context, arguments, file), encoding_of(file));
    for (std::int64_t i = 0; i < arguments.count; ++i) {
        print_line(items ? items->next() : sampler.next());
        if (std::ferror(stdout) != 0) break; // the reason for the failure is reported at the end
    }
    flush_results();
    if (items) items->tell_left_out();
}

} // namespace

void add_sample(CLI::App& app)
{
    CLI::App& command = *app.add_subcommand("sample", "Print new items, one a line, drawn from a model");
    const auto arguments = std::make_shared<Arguments>();
    const nib_sampler_options& options = arguments->sampler;
    add_path(command, "MODEL", arguments->model,
             std::string("a model.safetensors, or a folded .nib file") + or_standard_input)
        ->required();
    add_path(command, "DATA", arguments->data,
             std::string("with --new, the text whose items are left out; without it, the training data of MODEL") +
                 or_standard_input);
    add_like(command, arguments->like);
    add_integer(command, "-n,--count", 0, most, std::to_string(arguments->count), "items to print",
                [=](std::int64_t value) { arguments->count = value; });
    add_integer(command, "--seed", 0, UINT32_MAX, std::to_string(options.seed), "seed of the random stream",
                [=](std::int64_t value) { arguments->sampler.seed = static_cast<std::uint32_t>(value); });
    command.add_option("--start", arguments->start, "symbols that each item begins with")->type_name("TEXT");
    add_number(command, "--temperature", above_zero, text_of(options.temperature),
               "below 1: likelier items; above: more varied ones",
               [=](double value) { arguments->sampler.temperature = value; });
    add_integer(command, "--max-length", 1, 4096, std::to_string(options.max_length),
                "symbols after which an item ends",
                [=](std::int64_t value) { arguments->sampler.max_length = static_cast<std::int32_t>(value); });
    add_choice(command, "--stream", stream_names, stream_names[options.stream],
               "random numbers: the lecture's, or by counter, for speed: the same items with any number of threads",
               [=](int value) { arguments->sampler.stream = static_cast<nib_stream>(value); });
    add_integer(command, "--first", 0, most, "0", "number of the first item in the counter's stream",
                [=](std::int64_t value) { arguments->sampler.first = value; });
    command.add_flag("--new", arguments->is_new, "leave out items that stand in the text, and say how many");
    add_threads(command, arguments->threads);
    add_examples(command, {"nib sample run/model.safetensors -n 10 --new",
                           "nib sample run/model.safetensors --start mar --temperature 0.8"});
    command.callback([=, &command] {
        check_effect(command, "DATA", arguments->is_new, "without --new");
        check_effect(command, "--first", arguments->sampler.stream == NIB_STREAM_COUNTER, "without --stream counter");
        sample(*arguments);
    });
}

} // namespace nib::cli
