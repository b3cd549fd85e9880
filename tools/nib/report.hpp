// report.html: one file that shows runs of nib train and needs no network.
#pragma once

#include "nib/nib.hpp"

#include <string>
#include <vector>

namespace nib::cli {

// Reads metrics.jsonl of each folder and writes the page as nib_write_file does. Throws Failure and nib::error.
void write_report(const nib::context& context, const std::vector<std::string>& folders, const std::string& path);

} // namespace nib::cli
