#include "deploy/bad_number.hpp"

#include <cmath>
#include <cstdio>

namespace nib {

namespace {

constexpr const char* sections[] = {"table", "embedding", "bias", "scale", "offset", "weight"};
constexpr int dimensions[] = {3, 2, 1, 1, 1, 2};

const char* expected(const infer::BadNumber& bad)
{
    if (bad.section == infer::BadNumber::offset) return "-128 times the sum of its output's integers";
    return std::isfinite(bad.value) ? "0 or a number above" : "a finite number";
}

} // namespace

std::string describe(const infer::BadNumber& bad)
{
    std::string text;
    if (bad.section >= infer::BadNumber::bias) text = "layer " + std::to_string(bad.layer) + ": ";
    text += sections[bad.section];
    for (int i = 0; i < dimensions[bad.section]; ++i)
        text += (i == 0 ? "[" : ", ") + std::to_string(bad.index[static_cast<std::size_t>(i)]);
    char value[32];
    std::snprintf(value, sizeof value, "] is %g", static_cast<double>(std::isnan(bad.value) ? NAN : bad.value));
    return text + value + ": expected " + expected(bad);
}

} // namespace nib
