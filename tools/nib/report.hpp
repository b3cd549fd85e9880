// report.html: one file that shows runs of nib train, without a network.
#pragma once

#include <string>
#include <vector>

namespace nib::cli {

// Reads metrics.jsonl of each folder and writes the page. Atomic. Throws Failure.
void write_report(const std::vector<std::string>& folders, const std::string& path);

} // namespace nib::cli
