// The data that the report shows of a run: its metrics.jsonl, thinned to what can be seen.
#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>

namespace nib::cli {

// The page's script gets it as one of data.runs: the record "run" as it is, the "answer" (report_answer.hpp), the
// doctor's "checks", "loss", "validation", "learning_rate", "gradient_norm" and "speed" (steps per second) as arrays of
// points, "update_data" by step and parameter, "saturated" by step and layer, "pictures" with the histograms of some
// steps, "saturation" maps, the first layer's "filters", "best", "metrics", "samples" and "seconds". Members that the file lacks are empty or null.
// picture_bytes: the limit for the histograms. Throws Failure for a file that cannot be read, a line that is not JSON,
// and one with more than the page could show; a last line that was cut is left out.
nlohmann::ordered_json read_run(const std::string& folder, std::size_t picture_bytes);

} // namespace nib::cli
