#include "prepare_run.hpp"

#include "failure.hpp"
#include "metrics/remembered.hpp"
#include "model_file.hpp"
#include "options.hpp"

#include <string>
#include <utility>

namespace nib::cli {
namespace {

// Returns none if the file does not say what model it is.
std::optional<nib::model> described_model(const nib::context& context, const ModelSource& source)
{
    try {
        return model_of(context, source);
    } catch (const nib::error& error) {
        if (error.status() != NIB_ERR_MISMATCH) throw;
        return std::nullopt;
    }
}

// The model of --init's file; none if the file does not describe it. Throws Failure if the command line does so, too.
std::optional<nib::model> load_start(const nib::context& context, const TrainArguments& arguments,
                                     const ModelSource& init)
{
    std::optional<nib::model> model = described_model(context, init);
    if (!model) return std::nullopt;
    const std::string of_model = arguments.bytes ? "--bytes" : arguments.settings.given_of_model();
    const std::string given = of_model.empty() && !arguments.names.empty() ? "--names" : of_model;
    if (!given.empty())
        throw Failure(given + " has no effect: " + init.name + " says what network and vocabulary it has", exit_usage);
    return model;
}

nib::model new_model(const nib::context& context, const TrainArguments& arguments, const nib_model_options& options,
                     const nib::dataset& dataset)
{
    try {
        return {context, options, dataset};
    } catch (const nib::error& error) {
        throw arguments.settings.located(error);
    }
}

// Whether the data are a table: by the model that the run resumes or begins with; without one, by the options and the
// file.
bool is_table(const TrainArguments& arguments, const std::string& path, const std::optional<nib::model>& schema)
{
    return schema ? schema->info().features > 0 : arguments.table.is_table(path);
}

// of_table: the result of is_table; schema: as for is_table.
Data load_any_data(const nib::context& context, TrainArguments& arguments, const RememberedData& source, bool of_table,
                   const std::optional<nib::model>& schema)
{
    if (of_table) {
        if (arguments.bytes) throw Failure("--bytes has no effect on a table", exit_usage);
        nib_table_options options = arguments.table.options(source.table ? &*source.table : nullptr);
        options.schema_of = schema ? schema->get() : nullptr;
        return load_table_data(context, source.path, options);
    }
    auto options = defaults<nib_dataset_options>();
    options.vocabulary_of = schema ? schema->get() : nullptr;
    if (arguments.bytes && !schema) options.encoding = NIB_ENCODING_BYTES;
    Data data = load_data(context, source.path, options);
    data.text = {}; // the data set has its own copy
    return data;
}

// A resumed run may be longer than before if the learning rates of the steps that it has run stay the same.
void check_longer(const Settings& settings, const Settings& resumed, const std::string& folder)
{
    const nib_train_options &now = settings.train, &then = resumed.train;
    if (now.steps == then.steps || now.schedule != NIB_SCHEDULE_COSINE || then.schedule != NIB_SCHEDULE_COSINE) return;
    throw Failure(
        "the run in " + folder + " is one of --steps " + std::to_string(then.steps) +
        ", by which --schedule cosine gives each step its learning rate: a run of " + std::to_string(now.steps) +
        " is another from its first step on (--overwrite starts it); --init " + folder +
        "/model.safetensors --out OTHER trains its model on, and with --schedule step or constant a run goes on");
}

// The data that a resumed run was trained on, and how a table of them was read, if DATA is not given; otherwise the
// names that come with nib.
RememberedData data_file(const TrainArguments& arguments, bool resumed)
{
    RememberedData found = resumed ? remembered_data(arguments.out) : RememberedData{};
    if (!arguments.data.empty()) return {arguments.data, table_of_same(found, arguments.data)};
    return found.path.empty() ? RememberedData{bundled_names(), {}} : found;
}

// A user may repeat only some of the options that described the run's network: they then describe another network.
void go_on(nib::trainer& trainer, const std::string& checkpoint, const SettingsOptions& options)
{
    try {
        trainer.resume(checkpoint);
    } catch (const nib::error& error) {
        const std::string given = options.given_of_template();
        if (error.status() != NIB_ERR_MISMATCH || given.empty()) throw;
        throw Failure(error, "; " + given +
                                 " describes a network, by the defaults where it says nothing: without it, " +
                                 "and without --network, the run goes on with its own");
    }
}

// A run without its trainer.
struct Prepared {
    Settings settings;
    nib::model model;
    Data data;
};

Prepared prepare(const nib::context& context, TrainArguments& arguments, const RunFolder& folder,
                 const std::optional<Settings>& resumed)
{
    std::optional<ModelSource> init;
    if (!arguments.init.empty()) init = open_model(arguments.init);
    std::optional<nib::model> model;
    if (init) model = load_start(context, arguments, *init);
    std::optional<nib::model> before;
    if (resumed) before = nib::model::load(context, folder.checkpoint());
    const std::optional<nib::model>& schema = model ? model : before;
    const RememberedData source = data_file(arguments, resumed.has_value());
    const std::string& path = source.path;
    Settings settings{};
    const bool of_table = is_table(arguments, path, schema);
    if (!of_table) settings = arguments.settings.settings(resumed);
    if (!of_table && resumed) check_longer(settings, *resumed, arguments.out);
    Data data = load_any_data(context, arguments, source, of_table, schema);
    if (of_table) settings = arguments.settings.settings(resumed, facts_of(data));
    if (!of_table && !resumed)
        arguments.settings.fit_text(settings.train, data.dataset.info().examples[NIB_SPLIT_TRAIN]);
    if (of_table && resumed) check_longer(settings, *resumed, arguments.out);
    if (!model) {
        model = new_model(context, arguments, settings.model, data.dataset);
        if (init) set_parameters(*model, *init, arguments.names);
    }
    settings.model = lasting(model->options()); // with its texts as the library prints them
    return {settings, *std::move(model), std::move(data)};
}

} // namespace

std::optional<TableFacts> facts_of(const Data& data)
{
    const nib_dataset_info info = data.dataset.info();
    if (info.features == 0) return std::nullopt;
    return TableFacts{info.examples[NIB_SPLIT_TRAIN], info.classes > 0};
}

Run prepare_run(const nib::context& context, TrainArguments& arguments, const RunFolder& folder,
                const std::optional<Settings>& resumed, Ranks& ranks)
{
    std::optional<Prepared> p;
    ranks.together([&] { p = prepare(context, arguments, folder, resumed); });
    std::optional<nib::trainer> trainer;
    ranks.together([&] {
        trainer.emplace(ranks.trainer(context, p->model, p->data.dataset, p->settings.train));
        if (resumed) go_on(*trainer, folder.checkpoint(), arguments.settings);
    });
    return {p->settings, std::move(p->model), std::move(p->data), *std::move(trainer)};
}

} // namespace nib::cli
