// Logarithm, exponential, sine, cosine and powers in double. They are nib's own, so that draws, schedules and
// certificates have the same bits with every C library. They use additions, multiplications, divisions and square roots
// alone, which IEEE 754 rounds correctly, in one order. A part of libnib_infer too, which has no C library.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace nib {

// log(v) of a positive normal number, within 1 ulp.
//
// v = 2^e (1 + f), 1 + f in sqrt(1/2)..sqrt(2); log(1 + f) = 2 artanh(s), s = f / (2 + f), by its series: s^2 < 0.0295,
// and the terms that are left out are below 2^-57 of the sum. Adding f last keeps its bits (as in FDLIBM's e_log.c).
inline double natural_log(double v) noexcept
{
    constexpr std::uint64_t sqrt_half = 0x3fe6a09e667f3bcd;
    const std::uint64_t bits = std::bit_cast<std::uint64_t>(v) - sqrt_half;
    const auto exponent = static_cast<double>(static_cast<std::int64_t>(bits) >> 52);
    const double f = std::bit_cast<double>((bits & 0x000fffffffffffff) + sqrt_half) - 1.0;
    const double s = f / (2.0 + f), z = s * s;
    double series = 2.0 / 23;
#pragma GCC unroll 10
    for (int n = 21; n >= 3; n -= 2) series = series * z + 2.0 / n;
    const double square = 0.5 * f * f;
    constexpr double ln2_high = 0x1.62e42feep-1, ln2_low = 0x1.a39ef35793c76p-33;
    return exponent * ln2_high - ((square - (s * (square + series * z) + exponent * ln2_low)) - f);
}

// 1 / n! up to 18!. A double holds these factorials exactly.
inline constexpr auto inverse_factorials = [] {
    std::array<double, 19> inverse{1};
    double factorial = 1;
    for (int n = 1; n <= 18; ++n) inverse[static_cast<std::size_t>(n)] = 1 / (factorial *= n);
    return inverse;
}();

// exp(v), within 1 ulp. Below -708 the result would not be a normal number, and is 0; NaN for NaN.
//
// v = k log 2 + r, |r| <= 0.347, by the series of exp(r): the terms that are left out are below 2^-60.
inline double natural_exp(double v) noexcept
{
    if (v > 709.78) return std::numeric_limits<double>::infinity();
    if (v < -708) return 0;
    if (v != v) return v;
    constexpr double ln2_high = 0x1.62e42feep-1, ln2_low = 0x1.a39ef35793c76p-33, inverse_ln2 = 0x1.71547652b82fep+0;
    const auto k = static_cast<std::int64_t>(v * inverse_ln2 + (v < 0 ? -0.5 : 0.5));
    const double r = (v - static_cast<double>(k) * ln2_high) - static_cast<double>(k) * ln2_low;
    double series = inverse_factorials[14];
#pragma GCC unroll 12
    for (std::size_t n = 13; n >= 2; --n) series = series * r + inverse_factorials[n];
    const double power = 1.0 + (r + r * r * series);
    // 2^k in two halves, since k may be 1024.
    const auto two_to = [](std::int64_t n) {
        return std::bit_cast<double>(static_cast<std::uint64_t>(n + 1023) << 52);
    };
    return power * two_to(k / 2) * two_to(k - k / 2);
}

struct SineCosine {
    double sine, cosine;
};

// Sine and cosine of an angle in 0..2 pi and a little beyond (up to 2^20), each within 1 ulp.
//
// angle = k pi/2 + r + tail with |r| <= 0.786: pi/2 is split into three pieces, and k times the first two is exact.
// Taylor's series of r, whose next terms are below 2^-58; tail enters by the derivative.
inline SineCosine sine_cosine(double angle) noexcept
{
    constexpr double first = 0x1.921fb544p+0, second = 0x1.0b4611a6p-34, third = 0x1.3198a2e037073p-69;
    constexpr double two_over_pi = 0x1.45f306dc9c883p-1;
    const auto k = static_cast<std::int32_t>(angle * two_over_pi + 0.5);
    const double high = angle - k * first, middle = k * second;
    const double r = high - middle;
    const double tail = ((high - r) - middle) - k * third;
    const double z = r * r;
    double sine = inverse_factorials[17], cosine = -inverse_factorials[18];
#pragma GCC unroll 7
    for (std::size_t n = 15; n >= 3; n -= 2) {
        const double sign = n % 4 == 3 ? -1 : 1;
        sine = sine * z + sign * inverse_factorials[n];
        cosine = cosine * z - sign * inverse_factorials[n + 1];
    }
    const double half = 0.5 * z, one_minus_half = 1.0 - half;
    sine = r + (z * (r * sine) + tail * one_minus_half);
    cosine = one_minus_half + (((1.0 - one_minus_half) - half) + (z * z * cosine - r * tail));
    switch (k & 3) {
    case 0:
        return {sine, cosine};
    case 1:
        return {cosine, -sine};
    case 2:
        return {-sine, -cosine};
    default:
        return {-cosine, sine};
    }
}

// The powers base^n of a base in 0..1, n in 0..2^40, rounded to nearest in all but one of some 2^40 cases: products of
// the powers of base by the hexadecimal digits of n, each in two doubles, some 100 bits.
class IntegerPower {
public:
    explicit IntegerPower(double base) noexcept
    {
        Pair next{base, 0};
        for (auto& digit : powers_) {
            digit[0] = {1, 0};
            for (std::size_t i = 1; i < 16; ++i) digit[i] = product(digit[i - 1], next);
            next = product(digit[15], next);
        }
    }

    double operator()(std::int64_t n) const noexcept
    {
        Pair power{1, 0};
        for (std::size_t place = 0; n > 0 && place < places; ++place, n >>= 4) {
            if (const auto digit = static_cast<std::size_t>(n & 15); digit != 0)
                power = product(power, powers_[place][digit]);
        }
        return power.high + power.low;
    }

private:
    static constexpr std::size_t places = 11; // digits of 2^40

    struct Pair {
        double high, low; // |low| <= half an ulp of high
    };

    // 26 bits and 27: products of such halves are exact (Veltkamp's splitting, Dekker's product, 1971).
    static Pair halves(double v) noexcept
    {
        const double scaled = v * 134217729.0; // 2^27 + 1
        const double high = scaled - (scaled - v);
        return {high, v - high};
    }

    static Pair product(const Pair& a, const Pair& b) noexcept
    {
        const double p = a.high * b.high;
        const Pair x = halves(a.high), y = halves(b.high);
        const double error = ((x.high * y.high - p) + x.high * y.low + x.low * y.high) + x.low * y.low;
        const double low = error + (a.high * b.low + a.low * b.high);
        const double high = p + low;
        return {high, low - (high - p)};
    }

    Pair powers_[places][16];
};

} // namespace nib
