// The page without its data. Made from report.html, report.css and report.js by cmake/NibReport.cmake.
#pragma once

#include <string_view>

namespace nib::cli {

extern const std::string_view report_before_data, report_after_data;

} // namespace nib::cli
