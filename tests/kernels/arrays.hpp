// Plain arrays of any length for the tests of kernels that pass over them.
#pragma once

#include "guarded.hpp"
#include "kernels/oracle.hpp"

#include <vector>

namespace nib::test {

// n random numbers in guarded memory.
class Array : public Guarded<float> {
public:
    Array(std::ptrdiff_t n, Numbers& numbers, Guard guard) : Guarded<float>(static_cast<std::size_t>(n), guard)
    {
        numbers.fill(*this);
    }
};

// Calls check(n, guard) for lengths around the ends of blocks, with the forbidden page on either side.
template <class Check>
void for_lengths(Check check)
{
    for (const std::ptrdiff_t n : {0, 1, 2, 3, 7, 15, 16, 17, 31, 32, 33, 100, 1000}) {
        CAPTURE(n);
        check(n, Guard::behind);
        check(n, Guard::before);
    }
}

} // namespace nib::test
