// The map from a network's names of tensors to those of a file.
#include "net/tensor_names.hpp"

#include "catch.hpp"
#include "error_of.hpp"

#include <string>

using namespace nib;
using namespace nib::test;

namespace {

std::string fault(const char* text)
{
    return error_of(NIB_ERR_INVALID_ARGUMENT, [&] { TensorNames names(text); });
}

} // namespace

TEST_CASE("a line has a tensor's name in the file and in the network")
{
    const TensorNames names("# of a file of other names\n\nconv1.weight 0.weight # the first\r\n\tfc.bias\t 9.bias");
    REQUIRE(names.all().size() == 2);
    CHECK(names.all().at("0.weight").in_file == "conv1.weight");
    CHECK(names.all().at("0.weight").line == 3);
    CHECK(names.all().at("9.bias").in_file == "fc.bias");
    CHECK(names.all().at("9.bias").line == 4);
    CHECK(TensorNames("").all().empty());
}

TEST_CASE("a line that names no pair is refused by its number")
{
    const std::string pair = "expected two names, that in the file and that in the network";
    CHECK(fault("a 0.weight\nb\n") == "names, line 2: " + pair);
    CHECK(fault("a 0.weight 0.bias") == "names, line 1: " + pair);
    CHECK(fault("# a\na 0.weight\nb 1.weight\na 2.weight\n") ==
          "names, line 4: 'a' stands in line 2 as well: expected each name once");
    CHECK(fault("a 0.weight\nb 0.weight") ==
          "names, line 2: '0.weight' stands in line 1 as well: expected each name once");
    CHECK(fault("\x1b[2J 0.weight\n\x1b[2J 0.bias") ==
          "names, line 2: '\\x1b[2J' stands in line 1 as well: expected each name once");
}
