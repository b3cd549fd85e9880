#include "io/split.hpp"

#include "catch.hpp"
#include "error_of.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

using namespace nib;
using nib::test::error_of;

namespace {

Memory* const heap = std::pmr::new_delete_resource();

using Rows = std::vector<std::uint32_t>;

Rows rows_of(const Buffer<std::uint32_t>& rows) { return {rows.begin(), rows.end()}; }

SplitRows split(std::ptrdiff_t rows, const std::vector<std::int32_t>& classes = {}, SplitShares shares = {},
                std::uint32_t seed = 42)
{
    return split_rows(rows, classes, shares, seed, heap);
}

// The number of rows of a class.
std::ptrdiff_t count(const Buffer<std::uint32_t>& rows, const std::vector<std::int32_t>& classes, std::int32_t wanted)
{
    return std::count_if(rows.begin(), rows.end(), [&](std::uint32_t row) { return classes[row] == wanted; });
}

void check_all_once(const SplitRows& parts, std::size_t rows)
{
    Rows all = rows_of(parts.train);
    all.insert(all.end(), parts.val.begin(), parts.val.end());
    all.insert(all.end(), parts.test.begin(), parts.test.end());
    std::sort(all.begin(), all.end());
    REQUIRE(all.size() == rows);
    for (std::size_t i = 0; i < rows; ++i) CHECK(all[i] == i);
}

} // namespace

TEST_CASE("rows are shared out once each, in an order that the seed alone decides")
{
    const SplitRows parts = split(100);
    CHECK(parts.train.size() == 80);
    CHECK(parts.val.size() == 10);
    CHECK(parts.test.size() == 10);
    check_all_once(parts, 100);
    CHECK(rows_of(split(100).train) == rows_of(parts.train));
    CHECK(rows_of(split(100, {}, {}, 43).train) != rows_of(parts.train));
    // The result of Python's random.seed(42); random.shuffle for range(10).
    const SplitRows ten = split(10, {}, {0.2, 0.1});
    CHECK(rows_of(ten.train) == Rows{7, 3, 2, 8, 5, 6, 9});
    CHECK(rows_of(ten.val) == Rows{4, 0});
    CHECK(rows_of(ten.test) == Rows{1});
}

TEST_CASE("shares are rounded by the largest remainder")
{
    const auto sizes = [](std::ptrdiff_t rows, SplitShares shares) {
        const SplitRows parts = split(rows, {}, shares);
        return std::vector<std::size_t>{parts.train.size(), parts.val.size(), parts.test.size()};
    };
    using Sizes = std::vector<std::size_t>;
    CHECK(sizes(10, {}) == Sizes{8, 1, 1});
    CHECK(sizes(15, {}) == Sizes{12, 2, 1}); // two rows of a half each: the earlier part
    CHECK(sizes(16, {}) == Sizes{13, 2, 1}); // 12.8, 1.6, 1.6
    CHECK(sizes(3, {0.3, 0.3}) == Sizes{1, 1, 1});
    CHECK(sizes(1000, {0.3, 0.1}) == Sizes{600, 300, 100});
    CHECK(sizes(7, {0, 0.5}) == Sizes{4, 0, 3});
    CHECK(sizes(7, {0, 0}) == Sizes{7, 0, 0});
    CHECK(sizes(150000, {0.15, 0.07}) == Sizes{117000, 22500, 10500});
}

TEST_CASE("each class is shared out by itself, and one of it at least is for training")
{
    std::vector<std::int32_t> classes;
    for (int i = 0; i < 1000; ++i) classes.push_back(i % 100 == 0 ? 1 : i % 7 == 1 ? 2 : 0);
    classes.push_back(3);
    const SplitRows parts = split(1001, classes, {0.25, 0.25});
    check_all_once(parts, 1001);
    for (std::int32_t which = 0; which < 4; ++which) {
        CAPTURE(which);
        const auto all = static_cast<double>(std::count(classes.begin(), classes.end(), which));
        CHECK(std::fabs(static_cast<double>(count(parts.val, classes, which)) - all / 4) < 1);
        CHECK(std::fabs(static_cast<double>(count(parts.test, classes, which)) - all / 4) < 1);
        CHECK(count(parts.train, classes, which) >= 1);
    }
    const SplitRows mostly = split(1001, classes, {0.6, 0.39});
    CHECK(count(mostly.train, classes, 3) == 1);
    CHECK(count(mostly.train, classes, 1) == 1);
}

TEST_CASE("shares that cannot be are refused, and so are splits without a row")
{
    const auto invalid = [](SplitShares shares) {
        return error_of(NIB_ERR_INVALID_ARGUMENT, [&] { split(100, {}, shares); });
    };
    CHECK(invalid({0.5, 0.5}) ==
          "shares of 0.5 for validation and 0.5 for test: expected numbers from 0 that are below "
          "1 together");
    CHECK(invalid({-0.1, 0.5}) != "");
    CHECK(invalid({std::nan(""), 0.5}) != "");
    const auto empty = [](std::ptrdiff_t rows, const std::vector<std::int32_t>& classes, SplitShares shares) {
        return error_of(NIB_ERR_DATA, [&] { split(rows, classes, shares); });
    };
    CHECK(empty(3, {}, {}) == "of 3 rows none is for validation: expected more rows, or another share");
    CHECK(empty(6, {}, {}) == "of 6 rows none is for test: expected more rows, or another share");
    CHECK(empty(6, {0, 0, 1, 1, 2, 2}, {}) == "of 6 rows of 3 classes none is for validation: expected more rows, or another share");
    CHECK(empty(0, {}, {0, 0}) == "of 0 rows none is for training: expected more rows, or another share");
}
