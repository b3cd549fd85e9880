// For tests of refusals.
#pragma once

#include "base/error.hpp"

#include "catch.hpp"

#include <string>

namespace nib::test {

// The message of the nib::Error that call throws, which must have this status.
template <class Call>
std::string error_of(nib_status status, Call call)
{
    try {
        call();
    } catch (const Error& error) {
        CHECK(error.status() == status);
        return error.what();
    }
    FAIL("nothing was thrown");
    return "";
}

} // namespace nib::test
