#include "catch.hpp"
#include "nib/status.h"

#include <cstring>
#include <set>
#include <string>

TEST_CASE("every status has a text of its own")
{
    std::set<std::string> texts;
    for (int value = NIB_OK; value <= NIB_ERR_COMMUNICATION; ++value) {
        const char* text = nib_status_string(static_cast<nib_status>(value));
        REQUIRE(text != nullptr);
        CHECK(std::strlen(text) > 0);
        CHECK(texts.insert(text).second);
    }
    CHECK(texts.count(nib_status_string(static_cast<nib_status>(NIB_ERR_COMMUNICATION + 1))) == 0);
}

TEST_CASE("a number that is no status has a text too")
{
    CHECK(std::string(nib_status_string(static_cast<nib_status>(15))) == "unknown status");
}
