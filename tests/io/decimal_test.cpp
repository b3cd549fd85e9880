#include "io/decimal.hpp"

#include "catch.hpp"
#include "fuzz/random.hpp"

#include <charconv>
#include <cmath>
#include <limits>
#include <string>

using nib::CellKind;

namespace {

// The result of std::from_chars for the same text, as a float.
float nearest(const std::string& text)
{
    float value = 0;
    const char* const first = text.data() + (text[0] == '+' ? 1 : 0);
    const auto [end, error] = std::from_chars(first, text.data() + text.size(), value);
    REQUIRE(error == std::errc());
    REQUIRE(end == text.data() + text.size());
    return value;
}

double read(const std::string& text)
{
    const nib::Decimal decimal = nib::read_decimal(text.c_str());
    INFO(text);
    CHECK(decimal.end == text.c_str() + text.size());
    return decimal.value;
}

std::string digits(nib::fuzz::Random& random, std::size_t most)
{
    std::string text;
    for (std::size_t n = random.below(most + 1); n > 0; --n) text += static_cast<char>('0' + random.below(10));
    return text;
}

CellKind kind(const std::string& text)
{
    double number = 0;
    return nib::classify_cell(text, number);
}

} // namespace

TEST_CASE("a decimal is read as the nearest float")
{
    nib::fuzz::Random random(1, 0);
    int wrong = 0;
    for (int i = 0; i < 300000; ++i) {
        std::string text = random.of<const char*>({"", "", "-", "+"});
        text.append("1").append(digits(random, random.one_in(8) ? 30 : 9));
        if (!random.one_in(4)) text.append(".").append(digits(random, random.one_in(8) ? 30 : 9));
        const int power = static_cast<int>(random.below(50)) - 44; // 31 digits and this: at most 1e37
        if (random.one_in(3) && text.size() < 20) text += random.of<const char*>({"e", "E"}) + std::to_string(power);
        const double value = read(text);
        if (std::fabs(value) > 3e38) continue;
        wrong += static_cast<float>(value) != nearest(text);
    }
    CHECK(wrong == 0);
}

TEST_CASE("a decimal near the middle of two floats goes to the nearer one, not by way of the nearest double")
{
    CHECK(static_cast<float>(read("1.00000005960464477539062500000001")) == 1.0f + 0x1p-23f);
    CHECK(static_cast<float>(read("1.00000005960464477539062500000000")) == 1.0f);
    CHECK(static_cast<float>(read("1.00000005960464477")) == 1.0f);
    CHECK(static_cast<float>(read("-1.00000005960464478")) == -1.0f - 0x1p-23f);
    CHECK(static_cast<float>(read("1e-45")) == 0x1p-149f);
    CHECK(static_cast<float>(read("7.006492321624086e-46")) == 0x1p-149f); // just above half of it
    CHECK(static_cast<float>(read("7.006492321624085e-46")) == 0.0f);
}

TEST_CASE("whole numbers are exact up to 2^53")
{
    CHECK(read("16777217") == 16777217.0);
    CHECK(read("16777217.0") == 16777217.0);
    CHECK(read("1.6777217e7") == 16777217.0);
    CHECK(read("9007199254740991") == 9007199254740991.0);
    CHECK(read("9007199254740992") == 9007199254740992.0);
    CHECK(read("-9007199254740991.000") == -9007199254740991.0);
    CHECK(nib::needs_double(16777217.0));
    CHECK_FALSE(nib::needs_double(16777216.0));
    CHECK_FALSE(nib::needs_double(16777217.5));
    CHECK_FALSE(nib::needs_double(0x1p53 + 2));
    CHECK(nib::kept_number(16777217.0) == 16777217.0);
    CHECK(nib::kept_number(0.1) == static_cast<double>(0.1f));
}

TEST_CASE("what is too large is infinite, what is too small is 0")
{
    const double infinity = std::numeric_limits<double>::infinity();
    const std::string zeros = std::string(400, '0').insert(0, 1, '1'), small = std::string("0.").append(400, '0');
    CHECK(read("1e999") == infinity);
    CHECK(read("-1e39") == -infinity);
    CHECK(static_cast<float>(read("3.40282347e38")) == std::numeric_limits<float>::max());
    CHECK(static_cast<float>(read("3.40282356e38")) == std::numeric_limits<float>::max());
    CHECK(read("3.4028236e38") == infinity);
    CHECK(read(zeros) == infinity);
    CHECK(read(zeros + "e-400") == 1.0);
    CHECK(read(small + "1e401") == 1.0);
    CHECK(read("1e-400") == 0.0);
    CHECK(read(small + "1") == 0.0);
    CHECK(read("0e999999999999999999999") == 0.0);
    CHECK(read("1e-999999999999999999999") == 0.0);
    CHECK(read("1e999999999999999999999") == infinity);
    CHECK(std::signbit(read("-0")));
}

TEST_CASE("a cell is a number, missing, infinite or a word")
{
    for (const char* text : {"0", "-1", "+1", ".5", "5.", "1e3", "1E+3", "00", "-.5e-3"}) {
        INFO(text);
        CHECK(kind(text) == CellKind::number);
    }
    for (const char* text : {"", "NA", "na", "Na", "NaN", "nan", "NAN"}) CHECK(kind(text) == CellKind::missing);
    for (const char* text : {"inf", "-Inf", "+INFINITY", "infinity", "1e39", "-1e999"})
        CHECK(kind(text) == CellKind::infinite);
    for (const char* text : {".", "-", "+", "e5", "1e", "1e+", "1,5", "0x10", "1 2", "--1", "+-1", "1f", "n/a", "-nan",
                             "nan(1)", "infinit", "\xef\xbc\x91"}) {
        INFO(text);
        CHECK(kind(text) == CellKind::word);
    }
}
