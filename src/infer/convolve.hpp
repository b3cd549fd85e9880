// Convolutions of one example. Numbers lie in the order (y, x, channel), so that the output's channels are in the
// lanes: a tile of pixels side by side keeps its sums in registers, a weight is loaded once for all of its pixels, and
// the numbers of the input are broadcast.
//
// The taps of a window lie in runs of neighbouring numbers: a row of the window is one run, or one for each of its
// pixels. Rows of a window above or below the plane are skipped; left and right of it the plane has a border of zeros
// (planes.hpp), which changes no bit of a sum that begins with +0.
#pragma once

#include "activations/relu.hpp"
#include "infer/table.hpp"
#include "kernels/product.hpp"
#include "kernels/with_number.hpp"
#include "simd/block.hpp"

#include <algorithm>

namespace nib::infer {

using namespace simd;

// A tile's most pixels, with one block of 16 channels, and with 2 and 4 blocks, if these exist; halves: with one block
// of 16-bit weights. The sums are as many as those of a product's tile.
template <class A>
struct PixelTile {
    static constexpr int pixels = 1, pixels_of_2 = 0, pixels_of_4 = 0, halves = 1;
};
#if defined(__AVX512F__)
template <>
struct PixelTile<Avx512> {
    static constexpr int pixels = 14, pixels_of_2 = 14, pixels_of_4 = 7, halves = 8;
};
#endif
#if defined(__AVX2__)
template <>
struct PixelTile<Avx2> {
    static constexpr int pixels = 6, pixels_of_2 = 0, pixels_of_4 = 0, halves = 4;
};
#endif
#if defined(__SSE2__)
template <>
struct PixelTile<Sse2> {
    static constexpr int pixels = 3, pixels_of_2 = 0, pixels_of_4 = 0, halves = 2;
};
#endif
#if defined(__aarch64__)
template <>
struct PixelTile<Neon64> {
    static constexpr int pixels = 6, pixels_of_2 = 0, pixels_of_4 = 0, halves = 4;
};
#elif defined(NIB_SIMD_NEON)
template <>
struct PixelTile<Neon> { // three pixels would take 17 registers
    static constexpr int pixels = 2, pixels_of_2 = 0, pixels_of_4 = 0, halves = 2;
};
#endif

// The sizes of tiles: all up to eight, and even ones, since each takes up to a kilobyte of code.
constexpr bool is_tile(std::ptrdiff_t pixels) { return pixels <= 8 || pixels % 2 == 0; }

// Calls f.template operator()<pixels>() for a tile's size.
template <int most, class F>
NIB_INLINE void with_pixels(std::ptrdiff_t pixels, F f)
{
    if constexpr (most > 8) {
        if (pixels == most) return f.template operator()<most>();
        with_pixels<most - 2>(pixels, f);
    } else {
        kernels::with_number<most>(pixels, f);
    }
}

// The number of tiles of a row, as few as possible but as even as possible.
NIB_INLINE std::ptrdiff_t tiles_of(std::ptrdiff_t pixels, std::ptrdiff_t most)
{
    std::ptrdiff_t tiles = (pixels + most - 1) / most;
    while (!is_tile(pixels / tiles) || (pixels % tiles != 0 && !is_tile(pixels / tiles + 1))) ++tiles;
    return tiles;
}

// Some pixels of an output row, side by side, and some blocks of 16 channels.
struct OfTile {
    const void* x;       // the first tap of the first pixel, in the window's first row that is not skipped
    const float* w;      // the weights of the first block, from that row on
    std::ptrdiff_t rows; // of the window that are not skipped
    std::ptrdiff_t pixels, blocks;
    std::ptrdiff_t ahead; // from a weight to one of the next blocks, which is prefetched; or 0
};

// sums (pixels, blocks, 16) of float or bfloat16 weights. A word of these holds two taps of a run.
template <class A, int pixels, int blocks, int bits>
NIB_INLINE void sum_taps(const PlaneConvolution& t, const OfTile& at, float* to)
{
    constexpr int lanes = Native<A>::lanes, in_block = 16 / lanes, registers = blocks * in_block;
    typename Native<A>::Float sums[pixels][registers];
#pragma GCC unroll 16
    for (int p = 0; p < pixels; ++p) {
#pragma GCC unroll 16
        for (int j = 0; j < registers; ++j) sums[p][j] = Ops<A>::broadcast(0.0f);
    }
    const float* w = at.w;
    for (std::ptrdiff_t row = 0; row < at.rows; ++row) {
        for (std::ptrdiff_t run = 0; run < t.runs; ++run) {
            kernels::Broadcasts<true> left(static_cast<const float*>(at.x) + row * t.row_step + run * t.run_step,
                                           t.pixel_step);
            for (std::ptrdiff_t k = 0; k < t.run; ++k, left.next()) {
                if constexpr (blocks > 1) __builtin_prefetch(w + at.ahead, 0, 2);
                typename Native<A>::Float right[registers];
                const int shift = k % 2 == 0 ? 16 : 0;
#pragma GCC unroll 16
                for (int j = 0; j < registers; ++j) {
                    right[j] = Ops<A>::load(w + j / in_block * t.panel + j % in_block * lanes);
                    if constexpr (bits == 16) {
                        right[j] = Ops<A>::from_bits(Ops<A>::shift_left(Ops<A>::bits(right[j]), shift) &
                                                     Ops<A>::broadcast_int(-0x10000));
                    }
                }
#pragma GCC unroll 16
                for (int p = 0; p < pixels; ++p) {
                    const auto x = Ops<A>::broadcast(left(p));
#pragma GCC unroll 16
                    for (int j = 0; j < registers; ++j) sums[p][j] = Ops<A>::fma(x, right[j], sums[p][j]);
                }
                w += bits == 32 || shift == 0 ? 16 : 0;
            }
            if (bits == 16 && t.run % 2 != 0) w += 16;
        }
    }
#pragma GCC unroll 16
    for (int p = 0; p < pixels; ++p) {
#pragma GCC unroll 16
        for (int j = 0; j < registers; ++j) Ops<A>::store(to + (p * registers + j) * lanes, sums[p][j]);
    }
}

template <class A>
struct FloatTiles {
    using Tile = PixelTile<A>;

    [[gnu::noinline]] static void sum(const PlaneConvolution& t, const OfTile& at, float* to)
    {
        if (t.weight_bits == 16) {
            with_pixels<Tile::halves>(at.pixels, [&]<int n>() NIB_INLINE_LAMBDA { sum_taps<A, n, 1, 16>(t, at, to); });
        } else if (at.blocks == 1) {
            with_pixels<Tile::pixels>(at.pixels, [&]<int n>() NIB_INLINE_LAMBDA { sum_taps<A, n, 1, 32>(t, at, to); });
        } else if (at.blocks == 2) {
            with_pixels<Tile::pixels_of_2>(at.pixels,
                                           [&]<int n>() NIB_INLINE_LAMBDA { sum_taps<A, n, 2, 32>(t, at, to); });
        } else {
            with_pixels<Tile::pixels_of_4>(at.pixels,
                                           [&]<int n>() NIB_INLINE_LAMBDA { sum_taps<A, n, 4, 32>(t, at, to); });
        }
    }

    NIB_INLINE static std::ptrdiff_t most_pixels(const PlaneConvolution& t, std::ptrdiff_t blocks)
    {
        if (t.weight_bits == 16) return Tile::halves;
        return blocks == 4 ? Tile::pixels_of_4 : blocks == 2 ? Tile::pixels_of_2 : Tile::pixels;
    }
    static constexpr int most_sums = 16 * std::max({Tile::pixels, 2 * Tile::pixels_of_2, 4 * Tile::pixels_of_4});

    NIB_INLINE static FloatBlock<A> finish(const PlaneConvolution& t, const float* sums, std::ptrdiff_t channel)
    {
        return load<A>(sums) + load<A>(t.bias + channel);
    }
};

// How many blocks are computed at a time: four if rows are so short that their tiles would have too few sums, or if
// pixels are multiples of 4 KB apart. These share one set of the first cache, which holds eight lines on many
// processors.
template <class A>
NIB_INLINE std::ptrdiff_t blocks_of_tile(const PlaneConvolution& t, std::ptrdiff_t left)
{
    using Tile = PixelTile<A>;
    if (t.weight_bits != 32) return 1;
    const bool is_low = t.out_width <= Tile::pixels_of_4 || t.pixel_step % 1024 == 0;
    if (Tile::pixels_of_4 > 0 && left >= 4 && is_low) return 4;
    return Tile::pixels_of_2 > 0 && left >= 2 ? 2 : 1;
}

// Writes n numbers of a pixel, 16 or fewer, from their sums.
template <class A, class Tiles>
NIB_INLINE void finish_block(const PlaneConvolution& t, const float* sums, std::ptrdiff_t channel, std::ptrdiff_t n,
                             const float* term, float* y)
{
    FloatBlock<A> block = Tiles::finish(t, sums, channel);
    if (term != nullptr) block = block + load<A>(term);
    if (t.rectifies) block = activations::Relu::forward<A>(block);
    if (n >= 16) {
        store<A>(y, block);
    } else {
        store_first<A>(static_cast<int>(n), y, block);
    }
}

// The places of an output row's numbers: its group of channels, the first of its channels there, and how many.
struct OfRow {
    std::ptrdiff_t group, block, blocks, row;
    bool is_large; // the convolution
};

// Whether the outputs, or the weights, are more than the nearer caches hold: 256 KB.
NIB_INLINE bool is_large(const PlaneConvolution& t)
{
    const std::ptrdiff_t outputs = t.out_height * t.out_width * t.out_channels;
    return std::max(outputs, t.panel * ((t.group_outputs + 15) / 16)) > 1 << 16;
}

// The numbers of a tile's outputs, which are pixels apart: the processor does not foresee them. Inlined, it would make
// small convolutions 2% slower, which never call it. Tiles says which file the code comes from, as A does not: avx512
// and avx512vnni have the same one.
template <class Tiles>
[[gnu::noinline]] void prefetch_outputs(const PlaneConvolution& t, const OfTile& tile, std::ptrdiff_t at,
                                        const float* y)
{
    for (std::ptrdiff_t p = 0; p < tile.pixels; ++p, at += t.out_channels) {
        for (std::ptrdiff_t b = 0; b < tile.blocks; ++b) {
            __builtin_prefetch(y + at + 16 * b, 1);
            if (t.term != nullptr) __builtin_prefetch(t.term + at + 16 * b);
        }
    }
}

template <class A, class Tiles>
[[gnu::noinline]] void convolve_row(const PlaneConvolution& t, const OfRow& r, const char* x, float* y)
{
    alignas(64) float sums[Tiles::most_sums];
    const std::ptrdiff_t top = r.row * t.stride_y - t.above, bottom = t.height - top;
    const std::ptrdiff_t first = std::min(top < 0 ? (-top + t.dilation_y - 1) / t.dilation_y : 0, t.kernel_y);
    const std::ptrdiff_t last = std::min(bottom > 0 ? (bottom + t.dilation_y - 1) / t.dilation_y : 0, t.kernel_y);
    const std::ptrdiff_t in_row = t.panel / t.kernel_y, blocks = (t.group_outputs + 15) / 16;
    const std::ptrdiff_t channel = 16 * r.block, padded = r.group * 16 * blocks + channel;
    const std::ptrdiff_t number = t.group_outputs * r.group + channel, left = t.group_outputs - channel;
    OfTile at{.x = nullptr,
              .w = t.weights + padded / 16 * t.panel + first * in_row,
              .rows = std::max<std::ptrdiff_t>(last - first, 0),
              .pixels = 0,
              .blocks = r.blocks,
              .ahead = 0};
    const std::ptrdiff_t tiles = tiles_of(t.out_width, Tiles::most_pixels(t, r.blocks));
    x += (top * t.pitch + first * t.row_step + r.group * t.group_inputs) * t.number_bytes;
    for (std::ptrdiff_t i = 0, pixel = 0; i < tiles; ++i, pixel += at.pixels) {
        at.pixels = t.out_width / tiles + (i < t.out_width % tiles ? 1 : 0);
        at.x = x + pixel * t.pixel_step * t.number_bytes;
        const std::ptrdiff_t to = (r.row * t.out_width + pixel) * t.out_channels + number;
        if (r.is_large) {
            // The last tiles of these blocks prefetch one of the next blocks each.
            const std::ptrdiff_t to_come = (t.out_height - r.row) * tiles - i;
            at.ahead = to_come <= r.blocks ? (2 * r.blocks - to_come) * t.panel : 0;
            prefetch_outputs<Tiles>(t, at, to, y);
        }
        Tiles::sum(t, at, sums);
        for (std::ptrdiff_t p = 0; p < at.pixels; ++p) {
            for (std::ptrdiff_t b = 0; b < r.blocks; ++b) {
                const std::ptrdiff_t i_to = to + p * t.out_channels + 16 * b;
                finish_block<A, Tiles>(t, sums + 16 * (p * r.blocks + b), padded + 16 * b, left - 16 * b,
                                       t.term == nullptr ? nullptr : t.term + i_to, y + i_to);
            }
        }
    }
}

template <class A, class Tiles>
NIB_INLINE void convolve_plane(const PlaneConvolution& t, const char* x, float* y)
{
    const std::ptrdiff_t blocks = (t.group_outputs + 15) / 16;
    const bool prefetches = is_large(t);
    const auto each_block = [&](auto row) NIB_INLINE_LAMBDA {
        for (std::ptrdiff_t group = 0; group < t.groups; ++group) {
            for (std::ptrdiff_t block = 0; block < blocks;) {
                const std::ptrdiff_t n = blocks_of_tile<A>(t, blocks - block);
                row(OfRow{group, block, n, 0, prefetches});
                block += n;
            }
        }
    };
    if (t.rows_outside) {
        for (std::ptrdiff_t y_at = 0; y_at < t.out_height; ++y_at)
            each_block([&](OfRow at) NIB_INLINE_LAMBDA {
                at.row = y_at;
                convolve_row<A, Tiles>(t, at, x, y);
            });
        return;
    }
    each_block([&](OfRow at) NIB_INLINE_LAMBDA {
        for (; at.row < t.out_height; ++at.row) convolve_row<A, Tiles>(t, at, x, y);
    });
}

template <class A>
void convolve(const PlaneConvolution& t, const float* x, float* y)
{
    convolve_plane<A, FloatTiles<A>>(t, reinterpret_cast<const char*>(x), y);
}

} // namespace nib::infer
