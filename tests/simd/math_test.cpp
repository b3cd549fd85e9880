#include "catch.hpp"
#include "kernels/arrays.hpp"
#include "simd/math_functions.hpp"

#include <limits>

using namespace nib;
using namespace nib::test;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float largest = std::numeric_limits<float>::max();
constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

// Every 997th float by its bits: all signs and exponents, the neighbours of infinity, and NaN.
std::vector<float> sparse()
{
    std::vector<float> x;
    for (std::uint64_t bits = 0; bits < std::uint64_t{1} << 32; bits += 997) {
        x.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
    }
    return x;
}

// The 2000 floats on either side of each point and of its negative.
std::vector<float> around(std::span<const double> points)
{
    std::vector<float> x;
    for (const double point : points) {
        const std::uint32_t middle = std::bit_cast<std::uint32_t>(static_cast<float>(point));
        for (std::uint32_t bits = middle - std::min(middle, 2000u); bits < middle + 2000; ++bits) {
            x.push_back(std::bit_cast<float>(bits));
            x.push_back(-x.back());
        }
    }
    return x;
}

// The points at which the functions pass from one piece to the next, or their results leave the normal range.
std::vector<float> seams()
{
    const double ln2 = std::log(2.0);
    std::vector<double> points = {0,        0x1p-149,       0x1p-126,       0x1p-23,  0x1p-12,
                                  1,        largest,        infinity,       88.72284, 87.33655,
                                  103.9721, std::sqrt(0.5), std::sqrt(2.0), 9.010914, 9.2};
    for (int i = 0; i < 27; ++i) points.push_back((i + 0.5) * ln2 / 2);
    for (int i = 0; i < 150; ++i) points.push_back((i + 0.5) * ln2);
    return around(points);
}

void check_function(const MathFunction& function, const std::vector<float>& x)
{
    CAPTURE(function.name);
    const std::vector<float> y = apply(table(), function, x);
    const WorstError worst = worst_error(function, x, y);
    CAPTURE(worst.at);
    CHECK(worst.ulp <= bound_of(function));
    if (is_fused()) CHECK(bit_difference(y, apply(*kernels::table_of("scalar"), function, x)) == "");
}

float one(const MathFunction& function, float x) { return apply(table(), function, {&x, 1})[0]; }

} // namespace

TEST_CASE("tanh, exp and log keep to their bounds and are one function on all processors with fma")
{
    for (const MathFunction& function : math_functions) {
        check_function(function, sparse());
        check_function(function, seams());
    }
}

TEST_CASE("tanh, exp and log of what is no ordinary number")
{
    const struct {
        float x, tanh, exp, log;
    } rows[] = {
        {0.0f, 0.0f, 1.0f, -infinity},
        {-0.0f, -0.0f, 1.0f, -infinity},
        {infinity, 1.0f, infinity, infinity},
        {-infinity, -1.0f, 0.0f, not_a_number},
        {not_a_number, not_a_number, not_a_number, not_a_number},
        {-not_a_number, not_a_number, not_a_number, not_a_number},
        {largest, 1.0f, infinity, 88.7228394f},
        {-largest, -1.0f, 0.0f, not_a_number},
        {0x1p-149f, 0x1p-149f, 1.0f, -103.278931f},
        {-0x1p-149f, -0x1p-149f, 1.0f, not_a_number},
        {1.0f, 0.761594176f, 2.71828175f, 0.0f},
        {88.8f, 1.0f, infinity, 4.48638725f},
        {-104.0f, -1.0f, 0.0f, not_a_number},
    };
    for (const auto& row : rows) {
        const float wanted[3] = {row.tanh, row.exp, row.log};
        for (int i = 0; i < 3; ++i) {
            const float got = one(math_functions[i], row.x);
            CAPTURE(math_functions[i].name, row.x, got, wanted[i]);
            // One ulp is allowed if the result is an ordinary number other than 1.
            const bool ordinary = std::isnormal(wanted[i]) && std::abs(wanted[i]) != 1;
            CHECK((ordinary ? std::abs(got - wanted[i]) <= std::abs(wanted[i]) * 0x1p-22f : same_bits(got, wanted[i])));
        }
    }
}

TEST_CASE("arrays of any length and alignment, in place too, and nothing beside them")
{
    Numbers numbers(1);
    for_lengths([&](std::ptrdiff_t n, Guard guard) {
        for (const MathFunction& function : math_functions) {
            CAPTURE(function.name);
            Array x(n, numbers, guard), y(n, numbers, guard);
            std::vector<float> wanted;
            for (const float each : x) wanted.push_back(one(function, each));
            (table().*function.run)(n, x.data(), y.data());
            CHECK(bit_difference(y, wanted) == "");
            (table().*function.run)(n, x.data(), x.data());
            CHECK(bit_difference(x, wanted) == "");
            CHECK(x.intact());
            CHECK(y.intact());
        }
    });
}

TEST_CASE("arrays larger than the caches, whose results go past them")
{
    constexpr std::ptrdiff_t n = (std::ptrdiff_t{1} << 23) + 21; // from here on math.hpp's functions stream; odd
    Numbers numbers(2);
    for (const MathFunction& function : math_functions) {
        CAPTURE(function.name);
        Array x(n, numbers, Guard::behind), y(n, numbers, Guard::behind), wanted(n, numbers, Guard::before);
        for (std::ptrdiff_t i = 0, part = n / 2; i < n; i += part) {
            part = std::min(part, n - i);
            (table().*function.run)(part, x.data() + i, wanted.data() + i);
        }
        (table().*function.run)(n, x.data(), y.data());
        CHECK(bit_difference(y, wanted) == "");
        CHECK(y.intact());
        (table().*function.run)(n, x.data(), x.data());
        CHECK(bit_difference(x, wanted) == "");
        CHECK(x.intact());
    }
}
