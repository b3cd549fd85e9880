// Compiles and runs exported C, reads what a program prints, and says which bits to expect.
#pragma once

#include "catch.hpp"
#include "deploy/fold.hpp"

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <istream>
#include <string>

namespace nib::test {

// The next number of a program that prints the words of numbers in hexadecimal; a number has one or two words.
template <class T>
T read_words(std::istream& printed)
{
    std::array<std::uint32_t, sizeof(T) / 4> words;
    for (std::uint32_t& word : words) REQUIRE(printed >> std::hex >> word);
    T number;
    std::memcpy(&number, words.data(), sizeof number);
    return number;
}

inline std::string output_of(const std::string& command)
{
    INFO(command);
    std::FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::string text;
    std::array<char, 4096> piece;
    for (std::size_t n = 0; (n = std::fread(piece.data(), 1, piece.size(), pipe)) > 0;) text.append(piece.data(), n);
    INFO(text);
    REQUIRE(::pclose(pipe) == 0);
    return text;
}

// Whether the exported code's fmaf is an instruction that nib uses too.
inline bool same_bits_expected()
{
#if defined(__x86_64__)
    return __builtin_cpu_supports("fma") && std::strcmp(infer_kernels()->isa, "sse2") != 0;
#else
    return true;
#endif
}

#if defined(__x86_64__)
inline constexpr char with_fma[] = " -mfma ";
#else
inline constexpr char with_fma[] = "";
#endif

// Without fused multiply-add, an 8-bit activation may be rounded to another step.
inline constexpr double another_step = 0.05;

} // namespace nib::test
