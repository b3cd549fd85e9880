#include "run_results.hpp"

#include "choice.hpp"
#include "data.hpp"
#include "failure.hpp"

#include <cstdio>
#include <utility>

namespace nib::cli {

RunResults::RunResults(bool as_json) : as_json_(as_json), as_lines_(!as_json && !is_quiet()), value_(Json::object()) {}

double RunResults::add_loss(nib_split split, double loss)
{
    if (as_lines_) print_loss(split, loss);
    value_[name_of(split_names, split)]["loss"] = loss;
    return loss;
}

void RunResults::add_metrics(const ModelMetrics& metrics)
{
    if (as_lines_) print_figures(metrics, NIB_SPLIT_VAL);
    Json json = json_of(metrics);
    json["loss"] = value_["val"]["loss"];
    value_["val"] = std::move(json);
}

void RunResults::add_best(std::int64_t step, double loss)
{
    if (as_lines_) {
        std::printf("best step %lld\nbest val %.7f\n", static_cast<long long>(step), loss);
        flush_results();
    }
    value_["best"] = {{"step", step}, {"val_loss", loss}};
}

void RunResults::finish(std::int64_t steps, double seconds, const std::string& folder)
{
    if (!as_json_) return;
    value_["steps"] = steps;
    value_["seconds"] = seconds;
    value_["folder"] = folder;
    print_json(value_);
}

} // namespace nib::cli
