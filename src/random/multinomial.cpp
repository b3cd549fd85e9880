#include "random/multinomial.hpp"

#include "random/uniform.hpp"

#include <bit>

namespace nib {

// v = 2^e (1 + f), 1 + f in sqrt(1/2)..sqrt(2); log(1 + f) = 2 artanh(s), s = f / (2 + f), by its series: s^2 < 0.0295,
// and what follows the last term is below 2^-57 of the sum. Adding f last keeps its bits (as in FDLIBM's e_log.c).
double natural_log(double v) noexcept
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

std::size_t multinomial(Mt19937& words, std::span<const float> p) noexcept
{
    // A race of exponential variables: the largest p / q comes first with the probability p / sum(p).
    std::size_t winner = 0;
    float best = 0.0f;
    for (std::size_t i = 0; i < p.size(); ++i) {
        // PyTorch has log1p(-u). 1 - u is exact, as u is a multiple of 2^-53.
        const float q = static_cast<float>(0.0 - natural_log(1.0 - uniform_double(words)));
        // 0 / 0 (once in 2^53 draws) compares false: a class without probability does not win.
        const float ratio = p[i] / q;
        if (ratio > best) {
            best = ratio;
            winner = i;
        }
    }
    return winner;
}

} // namespace nib
