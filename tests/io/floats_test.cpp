#include "io/floats.hpp"

#include "catch.hpp"
#include "error_of.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

using nib::Dtype;
using nib::test::error_of;

namespace {

// Reads these numbers, stored at odd addresses, as floats.
template <class Number>
std::vector<float> read(Dtype dtype, const std::vector<Number>& numbers, const nib::Shape& shape)
{
    const std::span<const char> bytes(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(Number));
    std::vector<char> shifted(1);
    shifted.insert(shifted.end(), bytes.begin(), bytes.end());
    std::vector<float> values(numbers.size());
    nib::read_floats({"w", dtype, shape, std::span<const char>(shifted).subspan(1)}, "m: ", values);
    return values;
}

float read_double(double number) { return read<double>(Dtype::f64, {number}, {}).at(0); }

std::vector<std::uint16_t> all_of_16_bits()
{
    std::vector<std::uint16_t> all(65536);
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint16_t>(i);
    return all;
}

// The value of an IEEE 754 binary16, computed from its fields.
double half(std::uint16_t bits)
{
    const int exponent = bits >> 10 & 31, fraction = bits & 1023;
    const double size = exponent == 31  ? (fraction == 0 ? std::numeric_limits<double>::infinity() : std::nan(""))
                        : exponent == 0 ? std::ldexp(fraction, -24)
                                        : std::ldexp(1024 + fraction, exponent - 25);
    return std::copysign(size, bits >> 15 != 0 ? -1.0 : 1.0);
}

} // namespace

TEST_CASE("every half-precision number is read exactly")
{
    const std::vector<std::uint16_t> all = all_of_16_bits();
    const std::vector<float> values = read(Dtype::f16, all, {65536});
    int wrong = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const double expected = half(all[i]), got = static_cast<double>(values[i]);
        const bool same = std::isnan(expected) ? std::isnan(got) : got == expected;
        wrong += !same || std::signbit(got) != std::signbit(expected);
    }
    CHECK(wrong == 0);
    CHECK(values[0x3c01] == 1.0009765625f);
    CHECK(values[0x7bff] == 65504.0f);
}

TEST_CASE("every bfloat16 is the upper half of its float")
{
    const std::vector<float> values = read(Dtype::bf16, all_of_16_bits(), {65536});
    int wrong = 0;
    for (std::uint32_t i = 0; i < 65536; ++i) {
        if (std::isnan(values[i])) continue; // its bits may change in a register
        wrong += std::bit_cast<std::uint32_t>(values[i]) != i << 16;
    }
    CHECK(wrong == 0);
    CHECK(values[0x3f81] == 1.0078125f);
    CHECK(std::isnan(values[0x7fc0]));
}

TEST_CASE("a double is rounded to the nearest float, of two equally near the even one")
{
    CHECK(read_double(0.1) == 0.1f);
    CHECK(read_double(1 + 0x1p-24) == 1.0f);
    CHECK(read_double(1 + 0x1.000001p-24) == 1 + 0x1p-23f);
    CHECK(read_double(1 + 3 * 0x1p-24) == 1 + 0x1p-22f);
    CHECK(read_double(-0x1p-149) == -0x1p-149f);
    CHECK(read_double(1e-50) == 0.0f);
    CHECK(std::signbit(read_double(-0.0)));
    CHECK(read_double(0x1.fffffefffffffp127) == std::numeric_limits<float>::max());
    CHECK(read_double(-INFINITY) == -INFINITY);
    CHECK(std::isnan(read_double(NAN)));
}

TEST_CASE("a double that no float comes near is refused by name and index")
{
    const auto refused = [](const std::vector<double>& numbers, const nib::Shape& shape) {
        return error_of(NIB_ERR_FORMAT, [&] { read(Dtype::f64, numbers, shape); });
    };
    const std::string expected = ": expected a number that single precision has, up to 3.40282347e+38";
    CHECK(refused({0, 0, 0, 0, 0, 1e39}, {2, 3}) == "m: w[1, 2] is 1e+39" + expected);
    CHECK(refused({0, 0, 0, -0x1.ffffffp127}, {4}) == "m: w[3] is -3.40282357e+38" + expected);
    CHECK(refused({std::numeric_limits<double>::max()}, {}) == "m: w[] is 1.79769313e+308" + expected);
}

TEST_CASE("floats are read as they are, and no other type is one of numbers")
{
    CHECK(read<float>(Dtype::f32, {1.5f, -2.0f}, {2}) == std::vector<float>{1.5f, -2.0f});
    CHECK(read<double>(Dtype::f64, {}, {0, 3}).empty());
    for (const Dtype dtype : {Dtype::f16, Dtype::bf16, Dtype::f32, Dtype::f64}) CHECK(nib::is_floating(dtype));
    for (const Dtype dtype : {Dtype::u8, Dtype::i32, Dtype::i64}) CHECK_FALSE(nib::is_floating(dtype));
}
