// report.html: one file that shows runs of nib train, without a network.
#pragma once

#include "handles.hpp"

#include <string>
#include <vector>

namespace nib::cli {

// Reads metrics.jsonl of each folder and writes the page, as nib_write_file does. Throws Failure.
void write_report(const Context& context, const std::vector<std::string>& folders, const std::string& path);

} // namespace nib::cli
