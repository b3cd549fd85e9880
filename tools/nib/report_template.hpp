// The page without its data. cmake/NibReport.cmake makes it of the files in tools/nib/report.
#pragma once

#include <string_view>

namespace nib::cli {

extern const std::string_view report_before_data, report_after_data;

} // namespace nib::cli
