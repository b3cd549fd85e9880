#include "run_metrics.hpp"

#include "metrics_reader.hpp"

#include <limits>
#include <utility>

namespace nib::cli {
namespace {

using Json = nlohmann::ordered_json;

// The member that a record must have, of that kind.
const Json& member(const Json& record, const char* key, bool (Json::*is)() const noexcept, const char* kind)
{
    const auto found = record.find(key);
    if (found != record.end() && ((*found).*is)()) return *found;
    throw NoRecord(std::string("expected ") + kind + " as \"" + key + "\"");
}

const Json& object(const Json& record, const char* key) { return member(record, key, &Json::is_object, "an object"); }
const Json& list(const Json& record, const char* key) { return member(record, key, &Json::is_array, "a list"); }

std::string text(const Json& record, const char* key)
{
    return member(record, key, &Json::is_string, "a text").get<std::string>();
}

std::int64_t whole(const Json& record, const char* key)
{
    const Json& found = member(record, key, &Json::is_number_integer, "a whole number");
    const double value = found.get<double>();
    if (!(value >= 0 && value <= most_steps))
        throw NoRecord(std::string("expected a number from 0 to 2^53 as \"") + key + "\"");
    return found.get<std::int64_t>();
}

double number(const Json& record, const char* key)
{
    const auto found = record.find(key);
    if (found != record.end() && found->is_null()) return std::numeric_limits<double>::quiet_NaN();
    return member(record, key, &Json::is_number, "a number or null").get<double>();
}

void add_run(RunMetrics& run, const Json& record)
{
    const Json &model = object(record, "model"), &train = object(record, "train");
    run.vocabulary = number(object(record, "data"), "vocabulary");
    run.learning_rate = number(train, "learning_rate");
    run.batch_size = number(train, "batch_size");
    run.steps = whole(record, "steps");
    run.warmup_steps = whole(train, "warmup_steps");
    run.batchnorm = whole(model, "batchnorm") != 0;
    run.output_batchnorm = whole(model, "output_batchnorm") != 0;
}

StatisticsFigures statistics_of(const Json& record)
{
    StatisticsFigures figures{whole(record, "step"), {}, {}};
    const Json &activations = list(record, "activations"), &gradients = list(record, "gradients");
    if (activations.size() != gradients.size()) throw NoRecord("expected as many \"gradients\" as \"activations\"");
    for (std::size_t i = 0; i < activations.size(); ++i) {
        const Json& layer = activations[i];
        figures.layers.push_back({text(layer, "name"), text(layer, "kind"), number(layer, "std"),
                                  number(layer, "saturated"), number(layer, "dead"), number(layer, "units"),
                                  number(gradients[i], "std")});
    }
    for (const Json& parameter : list(record, "parameters"))
        figures.parameters.push_back({text(parameter, "name"), number(parameter, "update_data")});
    return figures;
}

// Who looks at the run goes through its layers and parameters by their numbers.
void add_statistics(RunMetrics& run, StatisticsFigures figures)
{
    if (!run.statistics.empty()) {
        const StatisticsFigures& first = run.statistics.front();
        if (figures.layers.size() != first.layers.size() || figures.parameters.size() != first.parameters.size())
            throw NoRecord("expected the layers and parameters of the statistics before");
    }
    run.statistics.push_back(std::move(figures));
}

} // namespace

void add_record(RunMetrics& run, const Json& record)
{
    const std::string type = text(record, "type");
    if (type == "run") add_run(run, record);
    if (type == "step")
        run.losses.push_back({whole(record, "step"), number(record, "loss"), number(record, "learning_rate")});
    if (type == "stats") add_statistics(run, statistics_of(record));
    if (type == "diverged") {
        run.diverged_at = whole(record, "step");
        run.divergence = text(record, "message");
    }
    if (type == "evaluation") {
        run.train_loss = number(record, "train");
        run.val_loss = number(record, "val");
    }
}

RunMetrics read_metrics(const std::string& folder)
{
    RunMetrics run;
    MetricsReader reader(metrics_path(folder));
    while (reader.next()) {
        try {
            add_record(run, reader.record());
        } catch (const NoRecord& failure) {
            reader.damaged(std::string("no record of nib train: ") + failure.what());
        }
    }
    if (run.steps == 0) throw Failure(metrics_path(folder) + " has no record of a run");
    return run;
}

} // namespace nib::cli
