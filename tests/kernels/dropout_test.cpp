#include "catch.hpp"
#include "kernels/rows.hpp"
#include "random/philox.h"

#include <algorithm>

using namespace nib;
using namespace nib::test;

namespace {

struct Stream {
    std::uint32_t seed, layer;
    std::uint64_t step;
};

constexpr double p = 0.3;
constexpr float scale = static_cast<float>(1 / (1 - p));
constexpr auto threshold = static_cast<std::uint32_t>(p * 0x1p32);

bool is_kept(const Stream& s, std::ptrdiff_t row, std::ptrdiff_t example)
{
    const std::uint32_t counter[4] = {static_cast<std::uint32_t>(example), static_cast<std::uint32_t>(row / 4),
                                      static_cast<std::uint32_t>(s.step), static_cast<std::uint32_t>(s.step >> 32)};
    std::uint32_t words[4];
    nib_internal_philox4x32(s.seed | static_cast<std::uint64_t>(s.layer) << 32, counter, words);
    return words[row % 4] >= threshold;
}

kernels::Dropout arguments(Rows& x, Rows& y, std::ptrdiff_t examples, const Stream& s)
{
    return {.rows = y.rows(),
            .examples = examples,
            .stride = y.stride(),
            .first_row = 0,
            .x = x.data(),
            .parts = 1,
            .part_stride = 0,
            .y = y.data(),
            .scale = scale,
            .threshold = threshold,
            .seed = s.seed,
            .layer = s.layer,
            .step = s.step};
}

struct Case {
    std::ptrdiff_t rows, first_row, examples, parts;
    Stream stream;
};

void check(const Case& a, Numbers& numbers, Guard guard)
{
    CAPTURE(a.rows, a.first_row, a.examples, a.parts, a.stream.seed, a.stream.layer, a.stream.step);
    Rows x(a.rows * a.parts, a.examples, 3, guard), y(a.rows, a.examples, 3, guard), wanted(a.rows, a.examples, 0);
    x.fill(numbers);
    for (std::ptrdiff_t r = 0; r < a.rows; ++r) {
        for (std::ptrdiff_t i = 0; i < a.examples; ++i) {
            float sum = x.at(r, i);
            for (std::ptrdiff_t part = 1; part < a.parts; ++part) sum += x.at(part * a.rows + r, i);
            wanted.at(r, i) = is_kept(a.stream, a.first_row + r, i) ? sum * scale : 0.0f;
        }
    }
    kernels::Dropout t = arguments(x, y, a.examples, a.stream);
    t.first_row = a.first_row;
    t.parts = a.parts;
    t.part_stride = a.rows * x.stride();
    table().dropout(t);
    CHECK(bit_difference(y, wanted) == "");
    CHECK(y.intact());
    if (a.parts > 1) return;
    t.y = x.data();
    table().dropout(t);
    CHECK(bit_difference(x, wanted) == "");
    CHECK(x.intact());
}

} // namespace

TEST_CASE("dropout keeps what Random123's Philox says, bit by bit")
{
    Numbers numbers(1);
    for (const std::ptrdiff_t examples : example_counts) {
        for (const std::ptrdiff_t first_row : {0, 1, 2, 3, 4, 1001}) {
            for (const std::ptrdiff_t rows : {0, 1, 2, 3, 4, 5, 9}) {
                check({rows, first_row, examples, 1, {1, 2, 3}}, numbers, Guard::behind);
            }
            check({6, first_row, examples, 3, {7, 0, 0}}, numbers, Guard::before);
        }
    }
    check({8, 4, 33, 1, {0xffffffffu, 0xfffffffeu, 0xfffffffdfffffffcu}}, numbers, Guard::behind);
    check({3, std::ptrdiff_t{1} << 24, 2000, 1, {0x80000000u, 0x80000001u, 0x8000000000000000u}}, numbers,
          Guard::behind);
}

TEST_CASE("dropping nothing leaves every bit, and what is dropped is 0 whatever it was")
{
    const float inputs[] = {NAN, INFINITY, -INFINITY, -0.0f, 1.0f};
    Rows x(4, 5, 0), y(4, 5, 0);
    for (std::ptrdiff_t r = 0; r < 4; ++r) std::ranges::copy(inputs, x.row(r).begin());
    kernels::Dropout t = arguments(x, y, 5, {1, 2, 3});
    t.threshold = 0;
    t.scale = 1.0f;
    table().dropout(t);
    CHECK(bit_difference(y, x) == "");
    t.threshold = UINT32_MAX;
    table().dropout(t);
    Rows zeros(4, 5, 0);
    for (std::ptrdiff_t r = 0; r < 4; ++r) std::ranges::fill(zeros.row(r), 0.0f);
    CHECK(bit_difference(y, zeros) == "");
}

TEST_CASE("dropout drops its share, others under another seed, layer or step")
{
    constexpr std::ptrdiff_t rows = 100, examples = 100;
    Rows x(rows, examples, 0), y(rows, examples, 0);
    for (std::ptrdiff_t r = 0; r < rows; ++r) std::ranges::fill(x.row(r), 1.0f);
    const auto mask = [&](const Stream& s) {
        table().dropout(arguments(x, y, examples, s));
        std::vector<bool> kept;
        for (std::ptrdiff_t r = 0; r < rows; ++r) {
            for (const float each : y.row(r)) kept.push_back(each > 0.0f);
        }
        return kept;
    };
    const std::vector<bool> kept = mask({1, 2, 3});
    const auto share = [](std::ptrdiff_t count) { return static_cast<double>(count) / (rows * examples); };
    CHECK(share(std::ranges::count(kept, true)) == Approx(1 - p).margin(0.02)); // 4.4 standard deviations
    for (const Stream& other : {Stream{9, 2, 3}, Stream{1, 9, 3}, Stream{1, 2, 9}, Stream{1, 2, 3 + (1ull << 32)}}) {
        const std::vector<bool> others = mask(other);
        std::ptrdiff_t same = 0;
        for (std::size_t i = 0; i < kept.size(); ++i) same += kept[i] == others[i];
        CHECK(share(same) == Approx(p * p + (1 - p) * (1 - p)).margin(0.03)); // independent
    }
}
