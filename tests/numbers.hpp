// Random test data that are the same on every machine, and comparison of floats by their bits.
#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <random>
#include <span>
#include <string>

namespace nib::test {

// std::mt19937 is the same everywhere; the standard's distributions are not.
class Numbers {
public:
    explicit Numbers(std::uint32_t seed) : words_(seed) {}

    // A multiple of 2^-23 in [-1, 1), times scale.
    float operator()(float scale = 1.0f) { return (static_cast<float>(words_() >> 8) * 0x1p-23f - 1.0f) * scale; }

    // low..high, both included.
    int between(int low, int high)
    {
        return low + static_cast<int>(words_() % static_cast<std::uint32_t>(high - low + 1));
    }

    template <class T>
    T one_of(std::initializer_list<T> values)
    {
        return values.begin()[between(0, static_cast<int>(values.size()) - 1)];
    }

    // Fills any array of floats.
    template <class Array>
    void fill(Array& array, float scale = 1.0f)
    {
        for (float& each : array) each = (*this)(scale);
    }

private:
    std::mt19937 words_;
};

// NaN equals NaN, whatever its payload; 0 and -0 differ.
inline bool same_bits(float a, float b)
{
    if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
    return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b);
}

// "" for arrays with the same bits, otherwise the first difference: one CHECK for a whole array.
inline std::string bit_difference(std::span<const float> got, std::span<const float> wanted)
{
    if (got.size() != wanted.size()) return "sizes differ";
    for (std::size_t i = 0; i < got.size(); ++i) {
        if (same_bits(got[i], wanted[i])) continue;
        char text[120];
        std::snprintf(text, sizeof text, "at %zu: %.9g instead of %.9g", i, static_cast<double>(got[i]),
                      static_cast<double>(wanted[i]));
        return text;
    }
    return "";
}

// The largest absolute difference; infinity if one number of a pair is not finite.
template <class A, class B>
double largest_difference(const A& a, const B& b)
{
    double largest = a.size() == b.size() ? 0.0 : INFINITY;
    for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
        const double difference = std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
        largest = std::isfinite(difference) ? std::max(largest, difference) : INFINITY;
    }
    return largest;
}

} // namespace nib::test
