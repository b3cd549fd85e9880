#include "checkpoints.hpp"
#include "commands.hpp"
#include "failure.hpp"
#include "files.hpp"
#include "interrupts.hpp"
#include "metrics/remembered.hpp"
#include "metrics/run_record.hpp"
#include "metrics/writer.hpp"
#include "model_metrics.hpp"
#include "option_infos.hpp"
#include "options.hpp"
#include "prepare_run.hpp"
#include "ranks.hpp"
#include "recorder.hpp"
#include "report.hpp"
#include "run_folder.hpp"
#include "run_log.hpp"
#include "run_results.hpp"
#include "run_steps.hpp"
#include "streams.hpp"
#include "tensorboard.hpp"
#include "train_arguments.hpp"
#include "validation.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace nib::cli {
namespace {

const char* train_word(const char* option, int value) { return word_of(find_option(train_infos(), option), value); }

void describe(const nib::context& context, const nib::model& model, const Settings& settings, const Ranks& ranks)
{
    constexpr std::size_t most = 400;
    std::string network = settings.model.network;
    if (network.size() > most) network = network.substr(0, network.rfind(", ", most)) + ", ...";
    note("model: %s: %s; %lld parameters", settings.model.input, network.c_str(),
         static_cast<long long>(model.info().parameters));
    const nib_train_options& t = settings.train;
    const std::string on = ranks.are_several() ? std::to_string(ranks.count()) + " ranks, here " : "";
    note("training: %lld steps of %d examples, %s, learning rate %g (%s), %s%d thread%s, %s",
         static_cast<long long>(t.steps), t.batch_size, train_word("optimizer", t.optimizer), t.learning_rate,
         train_word("schedule", t.schedule), on.c_str(), context.threads(), context.threads() == 1 ? "" : "s",
         context.isa());
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

// The best model by the curve, with its loss over the whole split; last_loss is that of the last step's.
void add_best(Run& run, Validation& validation, Recorder& recorder, RunResults& results, double last_loss)
{
    const std::optional<std::int64_t> step = validation.best_step();
    if (!step) return;
    const bool is_last = *step == run.trainer.step();
    const double loss = is_last ? last_loss : validation.best().evaluate(run.data.dataset, NIB_SPLIT_VAL);
    results.add_best(*step, loss);
    recorder.add_best({*step, loss});
    if (loss < last_loss)
        note("%s is the better model: its validation loss is %.4f, that of the last step %.4f",
             validation.path().c_str(), loss, last_loss);
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
void evaluate(Run& run, Ranks& ranks, Validation& validation, Recorder& recorder, MetricsWriter& metrics,
              RunResults& results, double seconds)
{
    const std::int64_t steps = run.trainer.step();
    const auto loss_of = [&](nib_split split) {
        return results.add_loss(split, ranks.evaluate(run.model, run.data.dataset, split));
    };
    const double train_loss = loss_of(NIB_SPLIT_TRAIN);
    const bool has_val = run.data.dataset.info().examples[NIB_SPLIT_VAL] > 0;
    const double val_loss = has_val ? loss_of(NIB_SPLIT_VAL) : std::nan("");
    ranks.end();
    recorder.add_evaluation({steps, train_loss, val_loss});
    add_best(run, validation, recorder, results, val_loss);
    if (facts_of(run.data))
        add_metrics(run, metrics, results);
    else
        metrics.add(SamplesRecord{steps, samples(run.model, run.settings.model.seed)});
    metrics.add(EndRecord{steps, seconds});
}

// As the command line says, else as the resumed run was begun, else ten evaluations; none for the lecture's runs.
ValidationOptions validation_options(const TrainArguments& arguments, const Run& run, bool resumed)
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

// Runs the steps on every rank, and writes all that belongs to the run.
void lead(const nib::context& context, const TrainArguments& arguments, Ranks& ranks, RunFolder& folder, Run& run,
          bool resumed)
{
    const EndOfCalls end(ranks);
    const ValidationOptions how = validation_options(arguments, run, resumed);
    folder.make();
    describe(context, run.model, run.settings, ranks);

    const std::int64_t steps = run.settings.train.steps, first = run.trainer.step();
    if (resumed) note("going on after step %lld of %lld", static_cast<long long>(first), static_cast<long long>(steps));
    std::optional<EventFile> events; // may fail, so it comes before the files of an earlier run are replaced
    if (!arguments.tensorboard.empty()) events.emplace(arguments.tensorboard, first);
    Validation validation(context, ranks, run.model, run.data.dataset, run.trainer, run.settings.train, how,
                          folder / "best.safetensors", resumed);
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
        const Watch watch{log, *recorder, validation, checkpoints, *interrupts, ranks};
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
    evaluate(run, ranks, validation, *recorder, metrics, results, seconds);
    metrics.finish();
    const std::string page = folder.own("report.html");
    write_report(context, {arguments.out}, page);
    const std::string best = validation.best_step() ? ", " + validation.path() : "";
    results.finish(run.trainer.step(), seconds, arguments.out);
    note("wrote %s%s and %s", file.c_str(), best.c_str(), page.c_str());
}

// Only rank 0 has the program's standard input.
void check_inputs(const TrainArguments& arguments, const Ranks& ranks)
{
    for (const std::string& path : {arguments.data, arguments.init, arguments.names})
        if (ranks.are_several() && path == standard_stream)
            throw Failure("standard input reaches one rank only: expected a file that all " +
                              std::to_string(ranks.count()) + " ranks can read",
                          exit_usage);
}

void train(TrainArguments& arguments, Ranks& ranks)
{
    if (ranks.has_engine()) ranks.set_limit(arguments.rank_timeout);
    std::optional<nib::context> context;
    std::optional<RunFolder> folder;
    std::optional<Settings> resumed;
    ranks.together([&] {
        check_inputs(arguments, ranks);
        context.emplace(arguments.threads);
        if (!arguments.data.empty()) check_exists(arguments.data); // a mistyped name, before anything about DIR
        folder.emplace(arguments.out, ranks.is_first());
        resumed = folder->begin(*context, arguments.resume, arguments.overwrite);
    });
    Run run = prepare_run(*context, arguments, *folder, resumed, ranks);
    if (ranks.is_first()) return lead(*context, arguments, ranks, *folder, run, resumed.has_value());
    ranks.follow(run.trainer, run.model, run.data.dataset, folder->checkpoint());
}

} // namespace

void add_train(CLI::App& app, Ranks& ranks)
{
    CLI::App& command = *app.add_subcommand("train", "Train a model on a text of one item a line, or on a table");
    const auto arguments = std::make_shared<TrainArguments>(command);
    add_arguments(command, *arguments, ranks.has_engine());
    command.callback([=, &ranks] { train(*arguments, ranks); });
}

} // namespace nib::cli
