#include "choice.hpp"
#include "commands.hpp"
#include "data.hpp"
#include "failure.hpp"
#include "files.hpp"
#include "help.hpp"
#include "model_file.hpp"
#include "options.hpp"
#include "parts.hpp"
#include "streams.hpp"
#include "table.hpp"

#include <cstdio>
#include <memory>
#include <string>

namespace nib::cli {
namespace {

struct Arguments {
    explicit Arguments(CLI::App& command) : table(command, TableOptions::Use::share_out) {}

    TableOptions table;
    std::string model, like, data, out;
    nib_weights weights = NIB_WEIGHTS_F32;
    nib_first_layer first_layer = NIB_FIRST_LAYER_SMALLEST;
    nib_split split = NIB_SPLIT_VAL;
    double max_loss_difference = 0;
    std::int32_t threads = 0;
};

nib_fold_options options_of(const Arguments& arguments, const nib_dataset* dataset)
{
    auto options = defaults<nib_fold_options>();
    options.weights = arguments.weights;
    options.first_layer = arguments.first_layer;
    options.dataset = dataset;
    options.split = arguments.split;
    options.max_loss_difference = arguments.max_loss_difference;
    return options;
}

bool is_of_numbers(const nib_folded_info& info) { return info.features > 0 && info.classes == 0; }

void print_certificate(std::FILE* results, const nib_folded_info& info, nib_split split)
{
    std::fprintf(results, "%s loss %.7f, folded %.7f, difference %.1e\n", name_of(split_names, split), info.loss_before,
                 info.loss_after, info.loss_after - info.loss_before);
    std::fprintf(results, "largest difference of %s %.1e", is_of_numbers(info) ? "a number" : "a logit",
                 info.largest_logit_difference);
    if (!is_of_numbers(info)) std::fprintf(results, ", equal argmax %.3f%%", 100 * info.equal_argmax);
    std::fprintf(results, ", over %lld examples\n", static_cast<long long>(info.certificate_examples));
    flush_results();
}

void fold(Arguments& arguments)
{
    const Output out(arguments.out);
    check_output(out.path, {arguments.model, arguments.like, arguments.data});
    const nib::context context(arguments.threads);
    nib::model model = load_model(context, arguments.model, arguments.like);
    const FoundData found =
        find_data(context, arguments.data, model, {arguments.model, arguments.like}, arguments.table);
    if (found.data) check_output(out.path, {found.data->path});
    if (!found.data && (arguments.weights != NIB_WEIGHTS_F32 || arguments.max_loss_difference > 0))
        throw Failure(found.why +
                      ": name the data that it was trained on, for what weights of fewer bits cost, and what "
                      "is limited, must be measured");
    const nib::folded folded = model.fold(options_of(arguments, found.data ? found.data->dataset.get() : nullptr));
    folded.save(out.path);
    const nib_folded_info info = folded.info();
    std::FILE* const results = out.is_standard ? stderr : stdout;
    if (!is_quiet()) print_parts(results, folded);
    if (!is_quiet() && found.data) print_certificate(results, info, arguments.split);
    if (!found.data) note("not certified: %s; name the data that it was trained on", found.why.c_str());
    note("wrote %s, %zu bytes", out.name(), info.file_bytes);
}

} // namespace

void add_fold(CLI::App& app)
{
    CLI::App& command = *app.add_subcommand("fold", "Fold batch normalisation into the weights for deployment, and "
                                                    "measure the cost on DATA");
    const auto arguments = std::make_shared<Arguments>(command);
    add_path(command, "MODEL", arguments->model, std::string("a model.safetensors") + or_standard_input)->required();
    add_data(command, arguments->data, "the training data of MODEL");
    add_path(command, "-o,--out", arguments->out,
             std::string("folded model to write, usually a .nib file") + or_standard_output)
        ->required()
        ->type_name("FILE");
    add_choice(command, "--weights", weights_names, "f32", "how weights are stored",
               [=](int value) { arguments->weights = static_cast<nib_weights>(value); });
    add_first_layer(command, arguments->first_layer);
    add_choice(command, "--split", split_names, "val", "part of DATA to measure on",
               [=](int value) { arguments->split = static_cast<nib_split>(value); });
    add_number(command, "--max-loss-difference", above_zero, "1e-5; bf16 and int8: 0.005",
               "largest accepted change of the loss, in nats or, for\nnumbers, squared deviations; nothing is written "
               "beyond it",
               [=](double value) { arguments->max_loss_difference = value; });
    add_threads(command, arguments->threads);
    add_like(command, arguments->like);
    add_examples(command, {"nib fold run/model.safetensors -o names.nib",
                           "nib fold run/model.safetensors --weights int8 -o small.nib"});
    command.callback([=] { fold(*arguments); });
}

} // namespace nib::cli
