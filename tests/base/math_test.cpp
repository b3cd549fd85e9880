// The double functions of base/math.hpp against the C library's long double.
#include "base/math.hpp"

#include "catch.hpp"
#include "numbers.hpp"

#include <cmath>
#include <limits>
#include <numbers>

using namespace nib;

namespace {

// The error of got in units of the last place of a double at wanted.
double ulps(double got, long double wanted)
{
    const double near = std::abs(static_cast<double>(wanted));
    const double ulp = std::nextafter(near, std::numeric_limits<double>::infinity()) - near;
    return static_cast<double>(std::abs(static_cast<long double>(got) - wanted)) / ulp;
}

// A number in 0..1, both ends included, from 46 random bits.
double unit(test::Numbers& numbers)
{
    return (numbers.between(0, 1 << 23) + numbers.between(0, 1 << 23) * 0x1p-23) * (0x1p-23 / (1 + 0x1p-23));
}

constexpr int draws = 200000;

} // namespace

TEST_CASE("natural_log is within 1 ulp")
{
    test::Numbers numbers(1);
    double worst = 0;
    for (int i = 0; i < draws; ++i) {
        const double v = std::ldexp(1 + unit(numbers), numbers.between(-60, 60));
        worst = std::max(worst, ulps(natural_log(v), std::log(static_cast<long double>(v))));
        const double near_one = 1 - unit(numbers) * 0x1p-20;
        worst = std::max(worst, ulps(natural_log(near_one), std::log(static_cast<long double>(near_one))));
    }
    CHECK(worst < 1);
    CHECK(natural_log(1) == 0);
    CHECK(natural_log(std::numeric_limits<double>::min()) == std::log(std::numeric_limits<double>::min()));
}

TEST_CASE("natural_exp is within 1 ulp, and 0, infinite or NaN where it must be")
{
    test::Numbers numbers(2);
    double worst = 0;
    for (int i = 0; i < draws; ++i) {
        const double scale = numbers.one_of({1e-10, 1.0, 20.0, 708.0});
        const double v = (2 * unit(numbers) - 1) * scale;
        worst = std::max(worst, ulps(natural_exp(v), std::exp(static_cast<long double>(v))));
    }
    CHECK(worst < 1);
    CHECK(natural_exp(0) == 1);
    CHECK(ulps(natural_exp(709.78), std::exp(static_cast<long double>(709.78))) < 1);
    CHECK(natural_exp(709.8) == std::numeric_limits<double>::infinity());
    CHECK(natural_exp(std::numeric_limits<double>::infinity()) == std::numeric_limits<double>::infinity());
    CHECK(natural_exp(-709) == 0);
    CHECK(natural_exp(-std::numeric_limits<double>::infinity()) == 0);
    CHECK(std::isnan(natural_exp(std::numeric_limits<double>::quiet_NaN())));
}

TEST_CASE("sine_cosine is within 1 ulp from 0 to 2 pi, at the zeros too")
{
    test::Numbers numbers(3);
    double worst = 0;
    const auto compare = [&](double angle) {
        const auto [sine, cosine] = sine_cosine(angle);
        worst = std::max(worst, ulps(sine, std::sin(static_cast<long double>(angle))));
        worst = std::max(worst, ulps(cosine, std::cos(static_cast<long double>(angle))));
    };
    for (int i = 0; i < draws; ++i) {
        compare(2 * std::numbers::pi * unit(numbers));
        // The angle of Box and Muller as in randn: 2 pi in single precision times a multiple of 2^-24.
        compare(2 * std::numbers::pi_v<float> * (static_cast<float>(numbers.between(0, (1 << 24) - 1)) * 0x1p-24f));
    }
    for (int quarter = 0; quarter <= 4; ++quarter) {
        const double zero = quarter * std::numbers::pi / 2;
        for (int i = -40; i <= 40; ++i) {
            const double angle = zero + i * std::ldexp(1.0, -50 + std::abs(i));
            if (angle >= 0) compare(angle);
        }
    }
    CHECK(worst < 1);
    CHECK(sine_cosine(0).sine == 0);
    CHECK(sine_cosine(0).cosine == 1);
}

TEST_CASE("IntegerPower is the C library's power, rounded to nearest")
{
    test::Numbers numbers(4);
    double worst = 0;
    for (const double base : {0.9, 0.95, 0.99, 0.999, 0.9999, 1 - 1e-9, 0.5, 0.1, 1.0}) {
        const IntegerPower power(base);
        CHECK(power(0) == 1);
        CHECK(power(1) == base);
        for (int i = 0; i < draws / 100; ++i) {
            const std::int64_t n = i < 1000 ? i : std::int64_t{1} << numbers.between(0, 40);
            const long double wanted = std::pow(static_cast<long double>(base), static_cast<long double>(n));
            if (wanted < 1e-250L) continue;
            worst = std::max(worst, ulps(power(n), wanted));
        }
    }
    CHECK(worst < 0.51); // half an ulp, and long double's own error
    CHECK(IntegerPower(0)(1) == 0);
    CHECK(IntegerPower(0.5)(std::int64_t{1} << 40) == 0);
}
