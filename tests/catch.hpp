// Catch2, version 2 or 3, and nib's additions to it.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
#else
#include <catch2/catch.hpp>
#endif

namespace nib::test {

// Prints why the running test case is skipped, and counts it as such: see NIB_SKIP.
void skip(const char* reason);

} // namespace nib::test

// Ends the running test case as skipped. A test program whose cases were all skipped ends with 77, which ctest counts
// as skipped; Catch2 2 has no function for this.
#define NIB_SKIP(reason)                                                                                               \
    do {                                                                                                               \
        nib::test::skip(reason);                                                                                       \
        return;                                                                                                        \
    } while (false)
