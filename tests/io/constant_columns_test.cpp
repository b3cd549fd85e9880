#include "io/constant_columns.hpp"

#include "catch.hpp"
#include "tables.hpp"

#include <string>
#include <utility>
#include <vector>

using namespace nib;
using namespace nib::test;

namespace {

// Ten rows, 8 of which are for training. varying[i]: whether column i changes there; the others change in the other
// splits.
Dataset ten_rows(Schema schema, const std::vector<bool>& varying)
{
    TableRows rows = empty_rows(10, varying.size());
    rows.classes = Buffer<std::int32_t>(10, heap());
    for (std::size_t i = 0; i < 10; ++i) {
        rows.classes[i] = static_cast<std::int32_t>(i % 2);
        for (std::size_t k = 0; k < varying.size(); ++k)
            rows.x[i * varying.size() + k] = i < 7 && varying[k] ? 0.5f : i < 8 ? 1.0f : 2.0f;
    }
    schema.targets = {"class"};
    schema.classes = {"a", "b"};
    return table_of(std::move(schema), std::move(rows));
}

std::string described(const Dataset& data) { return describe_constant_columns(*data.table()); }

// `varying` columns of numbers with these names.
std::string described(const std::vector<std::string>& names, const std::vector<bool>& varying)
{
    Schema schema;
    for (const std::string& name : names) schema.columns.push_back({.name = name, .words = {}});
    return described(ten_rows(std::move(schema), varying));
}

} // namespace

TEST_CASE("columns that are constant in the training split are named")
{
    const std::string one = " has a single value in the training split: nothing can be learned from it";
    const std::string more = " have a single value in the training split: nothing can be learned from them";
    CHECK(described({"a", "b", "c"}, {true, true, true}).empty());
    CHECK(described({"a", "b", "c"}, {true, false, true}) == "column 'b'" + one);
    CHECK(described({"", "", ""}, {true, true, false}) == "column 3" + one);
    CHECK(described({"a", "b\x1b", "c"}, {false, false, true}) == "columns 'a' and 'b\\x1b'" + more);
    CHECK(described({"a", "b", "c", "d"}, {false, false, true, false}) == "columns 'a', 'b' and 'd'" + more);
    CHECK(described({"a", "b", "c", "d", "e"}, {false, false, false, false, false}) ==
          "5 columns ('a', 'b', 'c' ...)" + more);
}

TEST_CASE("a column of several numbers is constant if all of them are")
{
    const auto with_words = [](const std::vector<bool>& varying) {
        Schema schema;
        schema.columns.push_back({.name = "size", .words = {}, .is_flagged = true});
        schema.columns.push_back({.name = "kind", .words = {"x", "y"}});
        return described(ten_rows(std::move(schema), varying));
    };
    CHECK(with_words({false, true, false, true}).empty());
    CHECK(with_words({true, false, true, false}).empty());
    CHECK(with_words({false, true, false, false}).starts_with("column 'kind' has"));
    CHECK(with_words({false, false, true, false}).starts_with("column 'size' has"));
}

TEST_CASE("a number to learn that is constant is named beside the columns")
{
    CHECK(described(curve(50, 3, 0)) ==
          "column 2 has a single value in the training split: nothing can be learned from it; target 3 has a single "
          "value in the training split: there is nothing to learn");
    CHECK(described(curve(50, 3, 1)) ==
          "column 2 has a single value in the training split: nothing can be learned from it");
    CHECK(described(curve(2, 3, 1)).empty()); // a single row of training says nothing
}
