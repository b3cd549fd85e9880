#include "deploy/bad_number.hpp"

#include "ops/list.hpp"

#include <cmath>
#include <cstdio>

namespace nib {

namespace {

constexpr const char* sections[] = {"bias",  "scale", "offset", "shift", "weight",     "embedding",
                                    "table", "gamma", "beta",   "mean",  "inverse_std"};
constexpr int dimensions[] = {1, 1, 1, 1, 2, 2, 3, 1, 1, 1, 1};

const char* expected(const infer::BadNumber& bad)
{
    if (bad.section == infer::BadNumber::offset) return "-128 times the sum of its output's integers";
    return std::isfinite(bad.value) ? "0 or a number above" : "a finite number";
}

} // namespace

std::string describe(const infer::View& view, const infer::BadNumber& bad)
{
    std::string text = "operation " + std::to_string(bad.operation) + " (";
    text.append(op_of(view.operations()[bad.operation]).word).append("): ").append(sections[bad.section]);
    for (int i = 0; i < dimensions[bad.section]; ++i)
        text.append(i == 0 ? "[" : ", ").append(std::to_string(bad.index[static_cast<std::size_t>(i)]));
    char value[32];
    std::snprintf(value, sizeof value, "] is %g", static_cast<double>(std::isnan(bad.value) ? NAN : bad.value));
    return text.append(value).append(": expected ").append(expected(bad));
}

} // namespace nib
