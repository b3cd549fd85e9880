// Checks of ranges; errors name the field, its value and what was expected.
#pragma once

#include "base/error.hpp"

#include <cmath>
#include <cstdint>
#include <cstring>

namespace nib {

inline void check_range(const char* field, std::int64_t value, std::int64_t low, std::int64_t high)
{
    if (value >= low && value <= high) return;
    throw Error(NIB_ERR_INVALID_ARGUMENT, "%s is %lld: expected %lld to %lld", field, static_cast<long long>(value),
                static_cast<long long>(low), static_cast<long long>(high));
}

// Enumerations are numbered from 0. The value comes from a C program and may be anything: reading it as an Enum would
// let the compiler assume that it is one.
template <class Enum>
void check_enum(const char* field, const Enum& value, Enum last)
{
    static_assert(sizeof(Enum) == sizeof(int));
    int number;
    std::memcpy(&number, &value, sizeof number);
    check_range(field, number, 0, last);
}

// The comparisons are written so that NaN fails them.
inline void check_positive(const char* field, double value)
{
    if (value > 0 && std::isfinite(value)) return;
    throw Error(NIB_ERR_INVALID_ARGUMENT, "%s is %g: expected a number above 0", field, value);
}

inline void check_not_negative(const char* field, double value)
{
    if (value >= 0 && std::isfinite(value)) return;
    throw Error(NIB_ERR_INVALID_ARGUMENT, "%s is %g: expected 0 or a number above", field, value);
}

} // namespace nib
