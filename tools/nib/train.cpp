#include "checkpoints.hpp"
#include "commands.hpp"
#include "data.hpp"
#include "failure.hpp"
#include "files.hpp"
#include "help.hpp"
#include "interrupts.hpp"
#include "metrics/remembered.hpp"
#include "metrics/run_record.hpp"
#include "metrics/writer.hpp"
#include "model_file.hpp"
#include "model_metrics.hpp"
#include "option_infos.hpp"
#include "options.hpp"
#include "recorder.hpp"
#include "report.hpp"
#include "run_folder.hpp"
#include "run_log.hpp"
#include "run_results.hpp"
#include "settings.hpp"
#include "streams.hpp"
#include "table.hpp"
#include "validation.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace nib::cli {
namespace {

struct Arguments {
    explicit Arguments(CLI::App& command) : settings(command), table(command, TableOptions::Use::learn) {}

    SettingsOptions settings;
    TableOptions table;
    std::string data, init, out = "nib-run";
    bool bytes = false, resume = false, overwrite = false, json = false;
    std::int32_t threads = 0;
    std::int64_t log_every = 0, stats_every = 100, checkpoint_every = 0;
    std::optional<std::int64_t> eval_every, patience;
    std::string tensorboard;
};

// The objects that follow a run beside its steps.
struct Watch {
    RunLog& log;
    Recorder& recorder;
    Validation& validation;
    Checkpoints& checkpoints;
    const Interrupts& interrupts;
};

const char* train_word(const char* option, int value) { return word_of(find_option(train_infos(), option), value); }

void describe(const nib::context& context, const nib::model& model, const Settings& settings)
{
    constexpr std::size_t most = 400;
    std::string network = settings.model.network;
    if (network.size() > most) network = network.substr(0, network.rfind(", ", most)) + ", ...";
    note("model: %s: %s; %lld parameters", settings.model.input, network.c_str(),
         static_cast<long long>(model.info().parameters));
    const nib_train_options& t = settings.train;
    note("training: %lld steps of %d examples, %s, learning rate %g (%s), %d thread%s, %s",
         static_cast<long long>(t.steps), t.batch_size, train_word("optimizer", t.optimizer), t.learning_rate,
         train_word("schedule", t.schedule), context.threads(), context.threads() == 1 ? "" : "s", context.isa());
}

// How many steps to run until the next look at the clock: a tenth of a second's worth, judging by the piece before. At
// the end of every piece all threads meet, which costs some microseconds.
std::int64_t next_piece(std::int64_t piece, double seconds)
{
    constexpr double wanted_seconds = 0.1;
    constexpr double longest = 65536; // the size of the array of losses
    const double growth = std::min(8.0, wanted_seconds / std::max(seconds, 1e-9));
    return static_cast<std::int64_t>(std::clamp(static_cast<double>(piece) * growth, 1.0, longest));
}

// Repeats the run from the last checkpoint to a step, reproducible to the bit, in the same time. Returns whether it got
// there.
bool repeat_until(nib::trainer& trainer, std::int64_t step, const Watch& watch)
{
    constexpr std::int64_t piece = 1000;
    try {
        trainer.resume(watch.checkpoints.path());
        while (trainer.step() < step && watch.interrupts.signal() == 0)
            trainer.run(std::min(piece, step - trainer.step()));
    } catch (const nib::error&) { // that checkpoint then stays the last
        return false;
    }
    return trainer.step() == step;
}

// With checkpoints by the clock: makes `step`, up to which all numbers were finite, the last checkpoint, unless it is.
void go_back(nib::trainer& trainer, std::int64_t step, const Watch& watch)
{
    Checkpoints& checkpoints = watch.checkpoints;
    if (!checkpoints.by_clock() || step <= checkpoints.last()) return;
    if (repeat_until(trainer, step, watch)) checkpoints.write();
}

// Ends a run that cannot continue, and keeps its good steps. The report shows how it came to that.
[[noreturn]] void fail_diverged(const nib::context& context, nib::trainer& trainer, std::int64_t good,
                                const std::string& divergence, const Watch& watch)
{
    const Checkpoints& checkpoints = watch.checkpoints;
    const std::filesystem::path folder = std::filesystem::path(checkpoints.path()).parent_path();
    const std::string page = (folder / "report.html").string();
    check_own_file(page);
    write_report(context, {folder.string()}, page);
    std::string trouble;
    try {
        go_back(trainer, good, watch);
    } catch (const std::runtime_error& error) { // Failure, nib::error
        trouble = std::string("; ") + error.what();
    }
    throw Failure(divergence + "; " + checkpoints.path() + " is of step " + std::to_string(checkpoints.last()) +
                  trouble);
}

// Runs count more steps; observed: the last of them. Returns the divergence that ended them, if any.
std::optional<Failure> run_piece(nib::trainer& trainer, std::int64_t count, bool observed, std::span<float> losses)
{
    try {
        if (observed)
            trainer.observe(count, losses);
        else
            trainer.run(count, losses);
    } catch (const nib::error& error) {
        if (error.status() != NIB_ERR_DIVERGED) throw;
        return Failure(error);
    }
    return std::nullopt;
}

void validate(const Watch& watch)
{
    const std::optional<Validated> found = watch.validation.add();
    if (!found) return;
    watch.log.add_validation(found->step, found->loss, found->is_best);
    watch.recorder.add_validation({found->step, found->loss});
}

// Runs the remaining steps, or until a signal comes or patience runs out. Returns the seconds that it took.
double run_steps(const nib::context& context, nib::trainer& trainer, std::int64_t steps, const Watch& watch)
{
    using Clock = std::chrono::steady_clock;
    const auto seconds_since = [](Clock::time_point then) {
        return std::chrono::duration<double>(Clock::now() - then).count();
    };
    const Clock::time_point begin = Clock::now();
    std::vector<float> losses;
    std::int64_t piece = 1;
    for (std::int64_t step = trainer.step();
         step < steps && watch.interrupts.signal() == 0 && !watch.validation.has_ended();) {
        const Clock::time_point then = Clock::now();
        piece = watch.recorder.piece(step, watch.validation.limit(watch.checkpoints.limit(piece)));
        piece = std::min(piece, steps - step);
        const bool observed = watch.recorder.has_statistics(step + piece - 1);
        losses.resize(static_cast<std::size_t>(piece));
        const std::optional<Failure> divergence = run_piece(trainer, piece, observed, losses);
        const std::int64_t done = trainer.step() - step;
        const std::span those(losses.data(), static_cast<std::size_t>(done)); // also if the run diverges
        watch.log.add(step, those);
        watch.recorder.add(trainer, step, those);
        if (divergence) {
            watch.recorder.add_divergence(step + done, divergence->what());
            fail_diverged(context, trainer, step, divergence->what(), watch);
        }
        step += done;
        if (observed) watch.recorder.observe(trainer, step - 1);
        const double seconds = seconds_since(then);
        validate(watch);
        watch.checkpoints.add();
        piece = next_piece(piece, seconds);
    }
    return seconds_since(begin);
}

// Writes the last checkpoint, of a finished run too: a crash before the model is written loses nothing.
void put_away(const nib::trainer& trainer, std::int64_t steps, const Watch& watch)
{
    const std::int64_t step = trainer.step();
    if (watch.checkpoints.last() != step) watch.checkpoints.write();
    if (step == steps) return;
    if (watch.validation.has_ended()) {
        note("ended after step %lld of %lld: no new best in %lld evaluations; a larger --patience goes on, with "
             "--resume",
             static_cast<long long>(step), static_cast<long long>(steps),
             static_cast<long long>(watch.validation.patience()));
        return;
    }
    note("stopped after step %lld of %lld (%s): the same command with --resume goes on from %s",
         static_cast<long long>(step), static_cast<long long>(steps), strsignal(watch.interrupts.signal()),
         watch.checkpoints.path().c_str());
    throw Stopped{watch.interrupts.signal()};
}

// New items, drawn as in the lecture: from a stream seeded by the model's seed plus 10.
std::vector<std::string> samples(nib::model& model, std::uint32_t seed)
{
    auto options = defaults<nib_sampler_options>();
    options.seed = seed + 10;
    nib::sampler sampler(model, options);
    std::vector<std::string> items(20);
    for (std::string& item : items) item = sampler.next();
    return items;
}

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
std::optional<nib::model> load_start(const nib::context& context, const Arguments& arguments, const ModelSource& init)
{
    std::optional<nib::model> model = described_model(context, init);
    if (!model) return std::nullopt;
    const std::string given = arguments.bytes ? "--bytes" : arguments.settings.given_of_model();
    if (!given.empty())
        throw Failure(given + " has no effect: " + init.name + " says what network and vocabulary it has", exit_usage);
    return model;
}

nib::model new_model(const nib::context& context, const Arguments& arguments, const nib_model_options& options,
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
bool is_table(const Arguments& arguments, const std::string& path, const std::optional<nib::model>& schema)
{
    return schema ? schema->info().features > 0 : arguments.table.is_table(path);
}

// of_table: the result of is_table; schema: as for is_table.
Data load_any_data(const nib::context& context, Arguments& arguments, const RememberedData& source, bool of_table,
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

std::optional<TableFacts> facts_of(const Data& data)
{
    const nib_dataset_info info = data.dataset.info();
    if (info.features == 0) return std::nullopt;
    return TableFacts{info.examples[NIB_SPLIT_TRAIN], info.classes > 0};
}

// A run that is ready for its next step.
struct Run {
    Settings settings;
    nib::model model;
    Data data;
    nib::trainer trainer;
};

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
RememberedData data_file(const Arguments& arguments, bool resumed)
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

Run prepare(const nib::context& context, Arguments& arguments, const RunFolder& folder,
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
        if (init) set_parameters(*model, *init);
    }
    settings.model = lasting(model->options()); // with its texts as the library prints them
    nib::trainer trainer(context, *model, data.dataset, settings.train);
    if (resumed) go_on(trainer, folder.checkpoint(), arguments.settings);
    return {settings, *std::move(model), std::move(data), std::move(trainer)};
}

// The best model by the curve, with its loss over the whole split; last_loss is that of the last step's.
void add_best(Run& run, Validation& validation, Recorder& recorder, RunResults& results, double last_loss)
{
    const std::optional<std::int64_t> step = validation.best_step();
    if (!step) return;
    const bool is_last = *step == run.trainer.step();
    const double loss = is_last ? last_loss : validation.best().evaluate(run.data.dataset, NIB_SPLIT_VAL);
    results.add_best(*step, loss);
    recorder.add_best({*step, loss});
}

// Measures how well the last step's model of a table predicts the validation split, if that has rows.
void add_metrics(Run& run, MetricsWriter& metrics, RunResults& results)
{
    if (run.data.dataset.info().examples[NIB_SPLIT_VAL] == 0) return;
    const ModelMetrics found = metrics_of(run.model, run.data.dataset, NIB_SPLIT_VAL);
    results.add_metrics(found);
    metrics.add(record_of(run.model, run.data.dataset, found, run.trainer.step()));
}

// Evaluates a run whose model has been saved.
void evaluate(Run& run, Validation& validation, Recorder& recorder, MetricsWriter& metrics, RunResults& results,
              double seconds)
{
    const std::int64_t steps = run.trainer.step();
    const double train_loss = results.add_loss(NIB_SPLIT_TRAIN, run.model.evaluate(run.data.dataset, NIB_SPLIT_TRAIN));
    const bool has_val = run.data.dataset.info().examples[NIB_SPLIT_VAL] > 0;
    const double val_loss =
        has_val ? results.add_loss(NIB_SPLIT_VAL, run.model.evaluate(run.data.dataset, NIB_SPLIT_VAL)) : std::nan("");
    recorder.add_evaluation({steps, train_loss, val_loss});
    add_best(run, validation, recorder, results, val_loss);
    if (facts_of(run.data))
        add_metrics(run, metrics, results);
    else
        metrics.add(SamplesRecord{steps, samples(run.model, run.settings.model.seed)});
    metrics.add(EndRecord{steps, seconds});
}

// As the command line says, else as the resumed run was begun, else ten evaluations; none for the lecture's runs.
ValidationOptions validation_options(const Arguments& arguments, const Run& run, bool resumed)
{
    const Settings& settings = run.settings;
    const Remembered then = resumed ? remembered_run(arguments.out) : Remembered();
    const std::int64_t usual = arguments.settings.is_of_lecture() ? 0 : usual_interval(settings.train.steps);
    ValidationOptions options = {arguments.eval_every.value_or(then.eval_every.value_or(usual)),
                                 arguments.patience.value_or(then.patience.value_or(0))};
    if (run.data.dataset.info().examples[NIB_SPLIT_VAL] == 0) options.every = 0;
    if (arguments.patience.value_or(0) > 0 && options.every == 0)
        throw Failure("--patience has no effect without evaluations: --eval-every above 0", exit_usage);
    return options;
}

void describe(const Validation& validation, const Data& data)
{
    if (!validation.is_on()) return;
    const std::int64_t split = data.dataset.info().examples[NIB_SPLIT_VAL], some = validation.examples();
    const std::string of = some < split ? "the same " + std::to_string(some) + " of " : "all ";
    note("validation: every %lld steps, on %s%lld val examples; the best model is kept in %s",
         static_cast<long long>(validation.every()), of.c_str(), static_cast<long long>(split),
         validation.path().c_str());
}

void train(Arguments& arguments)
{
    const nib::context context(arguments.threads);
    RunFolder folder(arguments.out);
    const std::optional<Settings> resumed = folder.begin(context, arguments.resume, arguments.overwrite);
    Run run = prepare(context, arguments, folder, resumed);
    const ValidationOptions how = validation_options(arguments, run, resumed.has_value());
    folder.make();
    describe(context, run.model, run.settings);

    const std::int64_t steps = run.settings.train.steps, first = run.trainer.step();
    if (resumed) note("going on after step %lld of %lld", static_cast<long long>(first), static_cast<long long>(steps));
    std::optional<EventFile> events; // may fail, so it comes before the files of an earlier run are replaced
    if (!arguments.tensorboard.empty()) events.emplace(arguments.tensorboard, first);
    Validation validation(context, run.model, run.data.dataset, run.trainer, run.settings.train, how,
                          folder / "best.safetensors", resumed.has_value());
    describe(validation, run.data);
    std::optional<Interrupts> interrupts(std::in_place);
    Checkpoints checkpoints(run.trainer, validation, folder.checkpoint(), arguments.checkpoint_every);
    const std::string metrics_file = folder / "metrics.jsonl";
    MetricsWriter metrics =
        first > 0 ? MetricsWriter(context, metrics_file, first) : MetricsWriter(context, metrics_file);
    metrics.add_line(
        run_record(context, {run.settings, run.data, arguments.stats_every, validation.every(), validation.examples(),
                             validation.patience(), first > 0 ? std::optional(first) : std::nullopt}));
    double seconds = 0;
    std::optional<Recorder> recorder;
    {
        RunLog log(first, steps, arguments.log_every, arguments.json ? stderr : stdout);
        recorder.emplace(run.model, metrics,
                         Recorder::Options{steps, log.every(), arguments.stats_every, events ? &*events : nullptr});
        const Watch watch{log, *recorder, validation, checkpoints, *interrupts};
        seconds = run_steps(context, run.trainer, steps, watch);
        put_away(run.trainer, steps, watch);
    }
    const auto done = static_cast<double>(run.trainer.step() - first);
    note("trained in %.2f s, %.0f steps/s, in the end with %d thread%s", seconds, done / std::max(seconds, 1e-9),
         run.trainer.threads(), run.trainer.threads() == 1 ? "" : "s");

    // Saved before anything else that can fail or take long.
    const std::string file = folder.own("model.safetensors");
    run.model.save(file);
    interrupts.reset(); // what follows may be interrupted
    RunResults results(arguments.json);
    evaluate(run, validation, *recorder, metrics, results, seconds);
    metrics.finish();
    const std::string page = folder.own("report.html");
    write_report(context, {arguments.out}, page);
    const std::string best = validation.best_step() ? ", " + validation.path() : "";
    results.finish(run.trainer.step(), seconds, arguments.out);
    note("wrote %s%s and %s", file.c_str(), best.c_str(), page.c_str());
}

} // namespace

void add_train(CLI::App& app)
{
    CLI::App& command = *app.add_subcommand("train", "Train a model on a text of one item a line, or on a table");
    const auto arguments = std::make_shared<Arguments>(command);
    add_data(command, arguments->data, "the names that come with nib;\nwith --resume, the run's own data");
    add_path(command, "--out", arguments->out,
             "folder for model.safetensors, best.safetensors,\nmetrics.jsonl and report.html; created if missing [" +
                 arguments->out + "]")
        ->type_name("DIR");
    add_path(command, "--init", arguments->init,
             std::string("model.safetensors to start from, with its network and its\nvocabulary; a state_dict saved by "
                         "PyTorch gives only its\nnumbers") +
                 or_standard_input)
        ->type_name("FILE");
    CLI::Option* const resume = command.add_flag(
        "--resume", arguments->resume,
        "continue from the checkpoint in DIR with the options of its\nrun; under --schedule step or constant, a "
        "larger --steps\ncontinues a finished run too");
    command
        .add_flag("--overwrite", arguments->overwrite, "replace the run that DIR holds, whether stopped or finished")
        ->excludes(resume);
    add_integer(command, "--checkpoint-every", 1, most, "by the clock: 10 s", "steps between two checkpoints",
                [=](std::int64_t value) { arguments->checkpoint_every = value; });
    add_integer(command, "--eval-every", 0, most, "a tenth of the run; 0 with the lecture's presets",
                "steps between two evaluations on the validation split; the\nbest model is kept; 0: no evaluations",
                [=](std::int64_t value) { arguments->eval_every = value; });
    add_integer(command, "--patience", 0, most, "0",
                "evaluations in a row without improvement after which the\nrun ends; 0: no limit",
                [=](std::int64_t value) { arguments->patience = value; });
    command.add_flag("--bytes", arguments->bytes, "symbols are bytes [UTF-8 characters]");
    add_threads(command, arguments->threads);
    add_integer(command, "--log-every", 1, most, "about 20 lines; on a terminal, one live line",
                "print the loss of every Nth step", [=](std::int64_t value) { arguments->log_every = value; });
    add_integer(command, "--stats-every", 0, most, std::to_string(arguments->stats_every),
                "statistics of every Nth step in metrics.jsonl; 0: none",
                [=](std::int64_t value) { arguments->stats_every = value; });
    add_path(command, "--tensorboard", arguments->tensorboard,
             "folder for a TensorBoard event file with the same losses\nand statistics")
        ->type_name("DIR");
    add_json(command, arguments->json, "an object of the results;\nthe log goes to standard error");
    add_examples(command, {"nib train names.txt --out run --overwrite",
                           "nib train mine.csv --target species --missing mean --out table --overwrite"});
    command.callback([=] { train(*arguments); });
}

} // namespace nib::cli
