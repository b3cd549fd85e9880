#include "metrics/remembered.hpp"

#include "failure.hpp"
#include "metrics/reader.hpp"

#include <variant>

namespace nib::cli {

Remembered remembered_run(const std::string& folder)
{
    Remembered remembered;
    try {
        MetricsReader reader(metrics_path(folder));
        while (reader.next()) {
            const bool is_wanted =
                reader.line().starts_with(R"({"type":"run")") || reader.line().starts_with(R"({"type":"end")");
            if (!is_wanted) continue; // most lines are others
            const Record record = reader.record();
            if (const auto* const run = std::get_if<RunRecord>(&record.what))
                remembered = {run->eval_every, run->patience, {}};
            if (const auto* const end = std::get_if<EndRecord>(&record.what)) remembered.ended_at = end->step;
        }
    } catch (const Failure&) {
        return {};
    }
    return remembered;
}

} // namespace nib::cli
