// The page without its data. cmake/NibReport.cmake makes it from report.html, report.css and report.js.
#pragma once

#include <string_view>

namespace nib::cli {

extern const std::string_view report_before_data, report_after_data;

} // namespace nib::cli
