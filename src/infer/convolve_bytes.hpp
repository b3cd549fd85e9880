// Convolutions of one example with 8-bit weights, in the order of convolve.hpp and with the arithmetic of
// quantised.hpp. The plane's numbers are bytes, border included, where 128 stands for 0.
#pragma once

#include "infer/convolve.hpp"
#include "infer/quantised.hpp"

namespace nib::infer {

// A tile's pixels. They are few: an instruction set without products of bytes takes six instructions for each.
template <class B>
struct BytesTile {
    static constexpr int pixels = 2;
};
template <>
struct BytesTile<Bytes<Scalar>> {
    static constexpr int pixels = 1;
};
#if defined(__AVX2__)
template <>
struct BytesTile<Bytes<Avx2>> {
    static constexpr int pixels = 4;
};
#endif
#if defined(__AVX512F__)
template <>
struct BytesTile<Bytes<Avx512>> {
    static constexpr int pixels = 3;
};
#endif
#if defined(__aarch64__) && defined(__ARM_FEATURE_DOTPROD)
template <>
struct BytesTile<Bytes<Neon64>> {
    static constexpr int pixels = 6;
};
#endif
#if defined(__AVX512VNNI__)
template <>
struct BytesTile<VnniBytes> {
    static constexpr int pixels = 14;
};
#endif

// Sums (pixels, 16), integers, of one block.
template <class A, class B, int pixels>
NIB_INLINE void sum_byte_taps(const PlaneConvolution& t, const OfTile& at, const float* offsets, float* to)
{
    constexpr int lanes = Native<A>::lanes, registers = 16 / lanes;
    typename Native<A>::Int sums[pixels][registers];
#pragma GCC unroll 16
    for (int p = 0; p < pixels; ++p) {
#pragma GCC unroll 16
        for (int j = 0; j < registers; ++j) sums[p][j] = B::start(load_words<A>(offsets + j * lanes));
    }
    const float* w = at.w;
    for (std::ptrdiff_t row = 0; row < at.rows; ++row) {
        for (std::ptrdiff_t run = 0; run < t.runs; ++run) {
            const char* left = static_cast<const char*>(at.x) + row * t.row_step + run * t.run_step;
            for (std::ptrdiff_t k = 0; k < t.run; k += 4, w += 16) {
                typename B::Signed right[registers];
#pragma GCC unroll 16
                for (int j = 0; j < registers; ++j) right[j] = B::ready_signed(load_words<A>(w + j * lanes));
#pragma GCC unroll 16
                for (int p = 0; p < pixels; ++p) {
                    std::int32_t word;
                    __builtin_memcpy(&word, left + k + p * t.pixel_step, sizeof word);
                    const auto u = B::ready_unsigned(Ops<A>::broadcast_int(word));
#pragma GCC unroll 16
                    for (int j = 0; j < registers; ++j) sums[p][j] = B::dot(sums[p][j], u, right[j]);
                }
            }
        }
    }
#pragma GCC unroll 16
    for (int p = 0; p < pixels; ++p) {
#pragma GCC unroll 16
        for (int j = 0; j < registers; ++j)
            Ops<A>::store(to + (p * registers + j) * lanes, Ops<A>::to_float(sums[p][j]));
    }
}

template <class A, class B>
struct ByteTiles {
    static constexpr int pixels = BytesTile<B>::pixels, most_sums = 16 * pixels;

    NIB_INLINE static std::ptrdiff_t most_pixels(const PlaneConvolution&, std::ptrdiff_t) { return pixels; }

    [[gnu::noinline]] static void sum(const PlaneConvolution& t, const OfTile& at, float* to)
    {
        const float* offsets = t.offsets + (at.w - t.weights) / t.panel * 16;
        with_pixels<pixels>(at.pixels, [&]<int n>() NIB_INLINE_LAMBDA { sum_byte_taps<A, B, n>(t, at, offsets, to); });
    }

    NIB_INLINE static FloatBlock<A> finish(const PlaneConvolution& t, const float* sums, std::ptrdiff_t channel)
    {
        return fma(load<A>(sums), load<A>(t.scales + channel) * broadcast<A>(t.step), load<A>(t.bias + channel));
    }
};

template <class A, class B>
void convolve_bytes(const PlaneConvolution& t, const unsigned char* x, float* y)
{
    convolve_plane<A, ByteTiles<A, B>>(t, reinterpret_cast<const char*>(x), y);
}

} // namespace nib::infer
