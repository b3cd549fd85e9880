#include "choice.hpp"
#include "commands.hpp"
#include "failure.hpp"
#include "model_file.hpp"
#include "options.hpp"

#include <cstdio>
#include <memory>
#include <string>
#include <variant>

namespace nib::cli {
namespace {

struct Arguments {
    std::string model, like, start;
    std::int64_t count = 20;
    std::int32_t threads = 0;
    nib_sampler_options sampler = defaults<nib_sampler_options>();
};

void sample(const Arguments& arguments)
{
    const nib::context context(arguments.threads);
    ModelFile file = load_model_file(context, arguments.model, arguments.like);
    nib_sampler_options options = arguments.sampler;
    options.start = arguments.start.c_str();
    nib::sampler sampler = std::visit([&](auto& model) { return nib::sampler(model, options); }, file);
    for (std::int64_t i = 0; i < arguments.count; ++i) {
        print_line(sampler.next());
        if (std::ferror(stdout) != 0) break; // the reason for the failure is reported at the end
    }
    flush_results();
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
    add_like(command, arguments->like);
    add_integer(command, "-n,--count", 0, most, std::to_string(arguments->count), "items to print",
                [=](std::int64_t value) { arguments->count = value; });
    add_integer(command, "--seed", 0, UINT32_MAX, std::to_string(options.seed), "of the random stream",
                [=](std::int64_t value) { arguments->sampler.seed = static_cast<std::uint32_t>(value); });
    command.add_option("--start", arguments->start, "what each item begins with")->type_name("TEXT");
    add_number(command, "--temperature", above_zero, text_of(options.temperature),
               "below 1: likelier items; above: more various ones",
               [=](double value) { arguments->sampler.temperature = value; });
    add_integer(command, "--max-length", 1, 4096, std::to_string(options.max_length),
                "symbols after which an item is ended",
                [=](std::int64_t value) { arguments->sampler.max_length = static_cast<std::int32_t>(value); });
    add_choice(command, "--stream", stream_names, stream_names[options.stream],
               "of random numbers: the lecture's, or one by counter, for speed: any number of threads, the same items",
               [=](int value) { arguments->sampler.stream = static_cast<nib_stream>(value); });
    add_integer(command, "--first", 0, most, "0", "the number of the first item, of the counter's stream",
                [=](std::int64_t value) { arguments->sampler.first = value; });
    add_threads(command, arguments->threads);
    command.callback([=, &command] {
        check_effect(command, "--first", arguments->sampler.stream == NIB_STREAM_COUNTER, "without --stream counter");
        sample(*arguments);
    });
}

} // namespace nib::cli
