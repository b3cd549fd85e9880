#include "io/split.hpp"

#include "base/error.hpp"
#include "random/distributions.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

namespace nib {

namespace {

enum SplitPart { train, val, test, parts };

struct Sizes {
    std::ptrdiff_t of[parts] = {0, 0, 0};
};

// Divides n rows by the largest remainder; if two remainders are equal, the earlier part gets the row.
Sizes sizes_of(std::ptrdiff_t n, const SplitShares& shares)
{
    const double wanted[parts] = {1 - shares.val - shares.test, shares.val, shares.test};
    Sizes sizes;
    double remainders[parts];
    std::ptrdiff_t left = n;
    for (int part = 0; part < parts; ++part) {
        const double exact = static_cast<double>(n) * wanted[part];
        // Shares are decimals, so a size this near to a whole number is that number.
        const double nearest = std::round(exact);
        const double whole = std::fabs(exact - nearest) < 1e-9 * static_cast<double>(n) ? nearest : std::floor(exact);
        sizes.of[part] = std::min(left, static_cast<std::ptrdiff_t>(whole));
        remainders[part] = wanted[part] > 0 ? exact - whole : -1;
        left -= sizes.of[part];
    }
    for (; left > 0; --left) {
        const auto largest = std::max_element(remainders, remainders + parts) - remainders;
        ++sizes.of[largest];
        remainders[largest] -= 1;
    }
    if (n > 0 && sizes.of[train] == 0) {
        --sizes.of[sizes.of[val] > 0 ? val : test];
        sizes.of[train] = 1;
    }
    return sizes;
}

void check_shares(const SplitShares& shares)
{
    const double sum = shares.val + shares.test;
    if (shares.val >= 0 && shares.test >= 0 && sum < 1) return; // NaN is neither
    throw Error(NIB_ERR_INVALID_ARGUMENT,
                "shares of %g for validation and %g for test: expected numbers from 0 that are below 1 together",
                shares.val, shares.test);
}

// classes: 0 without any.
void check_sizes(const Sizes& sizes, const SplitShares& shares, std::ptrdiff_t rows, std::size_t classes)
{
    const char* const names[parts] = {"training", "validation", "test"};
    const double wanted[parts] = {1, shares.val, shares.test};
    for (int part = 0; part < parts; ++part) {
        if (sizes.of[part] > 0 || !(wanted[part] > 0)) continue;
        const std::string of =
            classes == 0 ? "" : std::string(" of ").append(std::to_string(classes)).append(" classes");
        throw Error(NIB_ERR_DATA, "of %td rows%s none is for %s: expected more rows, or another share", rows,
                    of.c_str(), names[part]);
    }
}

// The number of rows of each class; without classes, one count of all rows.
Buffer<std::ptrdiff_t> class_counts(std::ptrdiff_t rows, std::span<const std::int32_t> classes, Memory* memory)
{
    const std::int32_t last = classes.empty() ? 0 : *std::max_element(classes.begin(), classes.end());
    Buffer<std::ptrdiff_t> counts(static_cast<std::size_t>(last) + 1, memory);
    for (const std::int32_t each : classes) ++counts[static_cast<std::size_t>(each)];
    if (classes.empty()) counts[0] = rows;
    return counts;
}

} // namespace

SplitRows split_rows(std::ptrdiff_t rows, std::span<const std::int32_t> classes, const SplitShares& shares,
                     std::uint32_t seed, Memory* memory)
{
    check_shares(shares);
    const Buffer<std::ptrdiff_t> counts = class_counts(rows, classes, memory);
    Buffer<Sizes> left(counts.size(), memory); // how many rows of each class each part still gets
    Sizes all;
    for (std::size_t i = 0; i < counts.size(); ++i) {
        left[i] = sizes_of(counts[i], shares);
        for (int part = 0; part < parts; ++part) all.of[part] += left[i].of[part];
    }
    check_sizes(all, shares, rows, classes.empty() ? 0 : counts.size());
    Buffer<std::uint32_t> order(static_cast<std::size_t>(rows), memory);
    std::iota(order.begin(), order.end(), 0u);
    shuffle(seed, order.span());
    Buffer<std::uint32_t> result[parts];
    for (int part = 0; part < parts; ++part) result[part] = {static_cast<std::size_t>(all.of[part]), memory};
    // In shuffled order, a class's first rows are for training, the next for validation, the rest for test.
    std::size_t used[parts] = {0, 0, 0};
    for (const std::uint32_t row : order) {
        Sizes& mine = left[classes.empty() ? 0 : static_cast<std::size_t>(classes[row])];
        const int part = mine.of[train] > 0 ? train : mine.of[val] > 0 ? val : test;
        --mine.of[part];
        result[part][used[part]++] = row;
    }
    return {std::move(result[train]), std::move(result[val]), std::move(result[test])};
}

} // namespace nib
