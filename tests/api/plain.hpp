// Text and values for callers of the C ABI, without Catch2.
#pragma once

#include "nib/nib.hpp"

#include <cstring>

namespace nib::test {

using nib::sized;
using nib::unique;

// A number that is none of the enumeration's values, which a C program may pass.
template <class Enum>
Enum unknown(int number)
{
    static_assert(sizeof(Enum) == sizeof number);
    Enum value;
    std::memcpy(&value, &number, sizeof value);
    return value;
}

// Twenty names: 16 train, 2 validate, 2 test.
inline constexpr char small_text[] = "emma\nolivia\nnoah\nliam\nava\nsophia\nwilliam\nmason\njames\nisabella\n"
                                     "benjamin\njacob\nmia\nmichael\nelijah\nethan\ncharlotte\nalexander\namelia\njo\n";

} // namespace nib::test
