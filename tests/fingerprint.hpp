// A golden's fingerprint of a tensor: shape, sum and Euclidean norm in double, first and last five numbers.
#pragma once

#include "goldens.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

namespace nib::test {

// How much the numbers may differ from the golden's.
struct FingerprintTolerance {
    double value_relative, value_absolute; // each number: absolute + relative |number|
    double sum_per_number, sum_per_norm;   // the sum: per_number count + per_norm norm
    double norm_relative;
};

// "" if the values fit, otherwise the first difference.
inline std::string fingerprint_difference(const std::vector<float>& values, const Json& wanted,
                                          const FingerprintTolerance& t)
{
    double sum = 0.0, square = 0.0;
    for (const double each : values) {
        sum += each;
        square += each * each;
    }
    const auto complain = [](const char* what, double got, double expected) {
        char text[120];
        std::snprintf(text, sizeof text, "%s is %.9g instead of %.9g", what, got, expected);
        return std::string(text);
    };
    const double norm = wanted.at("norm"), wanted_sum = wanted.at("sum"), count = static_cast<double>(values.size());
    if (!(std::abs(sum - wanted_sum) <= t.sum_per_number * count + t.sum_per_norm * norm)) {
        return complain("the sum", sum, wanted_sum);
    }
    if (!(std::abs(std::sqrt(square) - norm) <= t.norm_relative * norm)) {
        return complain("the norm", std::sqrt(square), norm);
    }
    for (const char* end : {"first", "last"}) {
        const std::vector<double> listed = wanted.at(end);
        for (std::size_t i = 0; i < listed.size(); ++i) {
            const double got = values.at(end[0] == 'f' ? i : values.size() - listed.size() + i);
            if (!(std::abs(got - listed[i]) <= t.value_absolute + t.value_relative * std::abs(listed[i]))) {
                return complain(end, got, listed[i]);
            }
        }
    }
    return "";
}

} // namespace nib::test
