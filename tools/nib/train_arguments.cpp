#include "train_arguments.hpp"

#include "data.hpp"
#include "help.hpp"
#include "options.hpp"

#include <cmath>
#include <cstdint>
#include <string>

namespace nib::cli {
namespace {

void add_rank_timeout(CLI::App& command, double& seconds)
{
    const Range range = {.low = 0, .high = HUGE_VAL, .above_low = false, .below_high = true};
    add_number(command, "--rank-timeout", range, text_of(seconds),
               "seconds after which a rank that does not answer is lost,\nlonger than rank 0 takes to write a "
               "checkpoint; 0: none",
               [&seconds](double value) { seconds = value; });
}

} // namespace

void add_arguments(CLI::App& command, TrainArguments& arguments, bool has_ranks)
{
    add_data(command, arguments.data, "the names that come with nib;\nwith --resume, the run's own data");
    add_path(command, "--out", arguments.out,
             "folder for model.safetensors, best.safetensors,\nmetrics.jsonl and report.html; created if missing [" +
                 arguments.out + "]")
        ->type_name("DIR");
    CLI::Option* const init =
        add_path(
            command, "--init", arguments.init,
            std::string("model.safetensors to start from, with its network and its\nvocabulary; a state_dict saved "
                        "by PyTorch gives only its\nnumbers") +
                or_standard_input)
            ->type_name("FILE");
    add_path(command, "--names", arguments.names,
             "for a state_dict of other names: a text with a line for\neach tensor, its name there and in the network")
        ->type_name("MAP")
        ->needs(init);
    CLI::Option* const resume = command.add_flag(
        "--resume", arguments.resume,
        "continue from the checkpoint in DIR with the options of its\nrun; under --schedule step or constant, a "
        "larger --steps\ncontinues a finished run too");
    command.add_flag("--overwrite", arguments.overwrite, "replace the run that DIR holds, whether stopped or finished")
        ->excludes(resume);
    add_integer(command, "--checkpoint-every", 1, most, "by the clock: 10 s", "steps between two checkpoints",
                [&arguments](std::int64_t value) { arguments.checkpoint_every = value; });
    add_integer(command, "--eval-every", 0, most, "a tenth of the run; 0 with the lecture's presets",
                "steps between two evaluations on the validation split; the\nbest model is kept; 0: no evaluations",
                [&arguments](std::int64_t value) { arguments.eval_every = value; });
    add_integer(command, "--patience", 0, most, "0",
                "evaluations in a row without improvement after which the\nrun ends; 0: no limit",
                [&arguments](std::int64_t value) { arguments.patience = value; });
    command.add_flag("--bytes", arguments.bytes, "symbols are bytes [UTF-8 characters]");
    add_threads(command, arguments.threads);
    if (has_ranks) add_rank_timeout(command, arguments.rank_timeout);
    add_integer(command, "--log-every", 1, most, "about 20 lines; on a terminal, one live line",
                "print the loss of every Nth step", [&arguments](std::int64_t value) { arguments.log_every = value; });
    add_integer(command, "--stats-every", 0, most, std::to_string(arguments.stats_every),
                "statistics of every Nth step in metrics.jsonl; 0: none",
                [&arguments](std::int64_t value) { arguments.stats_every = value; });
    add_path(command, "--tensorboard", arguments.tensorboard,
             "folder for a TensorBoard event file with the same losses\nand statistics")
        ->type_name("DIR");
    add_json(command, arguments.json, "an object of the results;\nthe log goes to standard error");
    add_examples(command, {"nib train names.txt --out run --overwrite",
                           "nib train mine.csv --target species --missing mean --out table --overwrite"});
}

} // namespace nib::cli
