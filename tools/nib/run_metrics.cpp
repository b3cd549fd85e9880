#include "run_metrics.hpp"

#include "failure.hpp"

#include <nlohmann/json.hpp>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>

namespace nib::cli {
namespace {

using Json = nlohmann::json;

double number(const Json& record, const char* key)
{
    const Json& value = record.at(key);
    return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

void add_run(RunMetrics& run, const Json& record)
{
    const Json& model = record.at("model");
    run.vocabulary = number(record.at("data"), "vocabulary");
    run.learning_rate = number(record.at("train"), "learning_rate");
    run.batch_size = number(record.at("train"), "batch_size");
    run.steps = record.at("steps").get<std::int64_t>();
    run.batchnorm = model.at("batchnorm") != 0;
    run.output_batchnorm = model.at("output_batchnorm") != 0;
}

StatisticsFigures statistics_of(const Json& record)
{
    StatisticsFigures figures{record.at("step").get<std::int64_t>(), {}, {}};
    const Json& activations = record.at("activations");
    for (std::size_t i = 0; i < activations.size(); ++i) {
        const Json& layer = activations[i];
        figures.layers.push_back({layer.at("name").get<std::string>(), layer.at("kind").get<std::string>(),
                                  number(layer, "std"), number(layer, "saturated"), number(layer, "dead"),
                                  number(layer, "units"), number(record.at("gradients").at(i), "std")});
    }
    for (const Json& parameter : record.at("parameters"))
        figures.parameters.push_back({parameter.at("name").get<std::string>(), number(parameter, "update_data")});
    return figures;
}

void add(RunMetrics& run, const Json& record)
{
    const std::string type = record.at("type").get<std::string>();
    if (type == "run") add_run(run, record);
    if (type == "step")
        run.losses.push_back(
            {record.at("step").get<std::int64_t>(), number(record, "loss"), number(record, "learning_rate")});
    if (type == "stats") run.statistics.push_back(statistics_of(record));
    if (type == "diverged") run.diverged_at = record.at("step").get<std::int64_t>();
    if (type == "evaluation") {
        run.train_loss = number(record, "train");
        run.val_loss = number(record, "val");
    }
}

} // namespace

RunMetrics read_metrics(const std::string& folder)
{
    RunMetrics run;
    run.path = (std::filesystem::path(folder) / "metrics.jsonl").string();
    std::ifstream file(run.path, std::ios::binary);
    if (!file) throw Failure("cannot read " + run.path + ": " + std::strerror(errno));
    std::string line;
    for (std::size_t number = 1; std::getline(file, line); ++number) {
        if (file.eof()) break; // no end of line: cut
        try {
            add(run, Json::parse(line));
        } catch (const Json::exception& error) {
            throw Failure(run.path + ":" + std::to_string(number) + ": no record of nib train: " + error.what());
        }
    }
    if (run.steps == 0) throw Failure(run.path + " has no record of a run");
    return run;
}

} // namespace nib::cli
