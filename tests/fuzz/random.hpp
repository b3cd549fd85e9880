// Random choices that two numbers reproduce.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>

namespace nib::fuzz {

// SplitMix64. Each item of a seed has its own choices, so it can be repeated without those before it.
class Random {
public:
    Random(std::uint64_t seed, std::int64_t index) : state_(seed * 0x9e3779b97f4a7c15u)
    {
        state_ = next() ^ static_cast<std::uint64_t>(index);
    }

    std::uint64_t next() noexcept
    {
        std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }
    std::size_t below(std::size_t n) noexcept { return static_cast<std::size_t>(next() % n); } // n > 0
    bool one_in(std::size_t n) noexcept { return below(n) == 0; }
    double unit() noexcept { return static_cast<double>(next() >> 11) * 0x1p-53; }

    template <class T>
    T of(std::initializer_list<T> values) noexcept
    {
        return values.begin()[below(values.size())];
    }
    template <class Container>
    decltype(auto) any(Container&& values) noexcept
    {
        return values[below(std::size(values))];
    }

private:
    std::uint64_t state_;
};

} // namespace nib::fuzz
