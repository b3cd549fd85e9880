// The kernels of 8-bit weights. Activations are rounded to bytes too, and products are sums of integers, so the bits
// are the same on every instruction set; only the roundings before the products differ on SSE2.
//
//   u[k] = 128 + round(x[k] 127 / bound)      1 to 255; bound: the largest |x|, or 1 where that is a known bound
//   y[o] = bias[o] + scales[o] (bound / 127) (offsets[o] + sum over k of u[k] weights[k][o])
//
// where offsets[o] = -128 times the sum of the output's weights, which cancels the 128. The bytes are unsigned because
// AVX-512 VNNI multiplies those; the sum of 65,536 products stays below 2^31.
//
// B: Bytes<A>, or VnniBytes.
#pragma once

#include "infer/bytes.hpp"
#include "infer/table.hpp"
#include "kernels/with_number.hpp"

namespace nib::infer {

// The number of blocks of 16 outputs of one context, and the tile of a batch, rows x registers, whose sums stay in
// registers. The tile is small with AVX-512: processors that have AVX-512 without VNNI date from 2017 to 2019.
template <class B>
struct DotTile {
    static constexpr int blocks = 2, rows = 4, registers = 2;
};
template <>
struct DotTile<Bytes<Scalar>> {
    static constexpr int blocks = 1, rows = 1, registers = 1;
};
#if defined(NIB_SIMD_NEON) && !defined(__aarch64__)
template <>
struct DotTile<Bytes<Neon>> { // with two blocks, GCC 12 keeps three registers on the stack
    static constexpr int blocks = 1, rows = 4, registers = 2;
};
#endif
#if defined(__aarch64__) && defined(__ARM_FEATURE_DOTPROD)
template <>
struct DotTile<Bytes<Neon64>> {
    static constexpr int blocks = 4, rows = 4, registers = 4;
};
#endif
#if defined(__AVX2__)
template <>
struct DotTile<Bytes<Avx2>> {
    static constexpr int blocks = 4, rows = 4, registers = 2;
};
#endif
#if defined(__AVX512VNNI__)
template <>
struct DotTile<VnniBytes> {
    static constexpr int blocks = 8, rows = 10, registers = 2;
};
#endif

// Four bytes of memory as a word.
NIB_INLINE std::int32_t word_at(const float* p)
{
    std::int32_t word;
    __builtin_memcpy(&word, p, sizeof word);
    return word;
}

// A register loaded from memory that holds integers.
template <class A>
NIB_INLINE typename Native<A>::Int load_words(const float* p)
{
    if constexpr (Native<A>::lanes == 1) {
        return word_at(p);
    } else {
        return Ops<A>::bits(Ops<A>::load(p));
    }
}

template <class A>
NIB_INLINE IntBlock<A> to_byte(const FloatBlock<A>& x, const FloatBlock<A>& factor)
{
    // Adding 1.5 * 2^23 makes fma round to a whole number, in the low bits.
    return bits(fma(x, factor, broadcast<A>(0x1.8p23f + 128))) & broadcast_int<A>(0xff);
}

template <class A>
[[gnu::noinline]] float largest_of(std::ptrdiff_t n, const float* x)
{
    FloatBlock<A> most = zero<A>();
    for (std::ptrdiff_t i = 0; i < n; i += 16) {
        // The zeros behind the last number may have become anything in an activation.
        const MaskBlock<A> inside = first<A>(n - i < 16 ? static_cast<int>(n - i) : 16);
        most = max(select(inside, absolute(load<A>(x + i)), zero<A>()), most);
    }
    float lanes[16], largest = 0.0f;
    store<A>(lanes, most);
    for (const float lane : lanes) largest = lane > largest ? lane : largest;
    return largest;
}

// The factor of numbers whose largest is this.
NIB_INLINE float factor_of(float bound) { return bound > too_small ? 127.0f / bound : 0.0f; }

template <class A>
NIB_INLINE float quantise_one(std::ptrdiff_t n, float bound, float* x)
{
    if (bound == 0) bound = largest_of<A>(n, x);
    const FloatBlock<A> factor = broadcast<A>(factor_of(bound));
    auto* const bytes = reinterpret_cast<unsigned char*>(x);
    for (std::ptrdiff_t i = 0; i < n; i += 16) store_bytes<A>(bytes + i, to_byte(load<A>(x + i), factor));
    return bound * (1.0f / 127);
}

// The bytes of a plane's rows: those behind a row's last number are left alone.
template <class A>
void rows_to_bytes(std::ptrdiff_t rows, std::ptrdiff_t n, std::ptrdiff_t pitch, float factor, const float* x,
                   unsigned char* bytes)
{
    const FloatBlock<A> factors = broadcast<A>(factor);
    for (std::ptrdiff_t row = 0; row < rows; ++row, x += n, bytes += pitch) {
        std::ptrdiff_t i = 0;
        for (; i + 16 <= n; i += 16) store_bytes<A>(bytes + i, to_byte(load<A>(x + i), factors));
        if (i == n) continue;
        unsigned char last[16];
        store_bytes<A>(last, to_byte(load_first<A>(static_cast<int>(n - i), x + i), factors));
        __builtin_memcpy(bytes + i, last, static_cast<std::size_t>(n - i));
    }
}

template <class A>
void to_whole_numbers(std::ptrdiff_t n, float factor, const float* x, float* to)
{
    const FloatBlock<A> factors = broadcast<A>(factor), middle = broadcast<A>(128.0f);
    for (std::ptrdiff_t i = 0; i < n; i += 16) store<A>(to + i, to_float(to_byte(load<A>(x + i), factors)) - middle);
}

// Quantises 16 contexts. Row g of the words overwrites row g of the numbers; rows up to 4 g + 3 have been read by then.
template <class A>
NIB_INLINE void quantise_columns(std::ptrdiff_t n, std::ptrdiff_t lanes, float known, float* x, float* steps)
{
    FloatBlock<A> most = broadcast<A>(known);
    if (known == 0) {
        for (std::ptrdiff_t k = 0; k < n; ++k) most = max(absolute(load<A>(x + k * lanes)), most);
    }
    const MaskBlock<A> matters = less(broadcast<A>(too_small), most);
    const FloatBlock<A> factor = select(matters, broadcast<A>(127.0f) / most, zero<A>());
    store<A>(steps, most * broadcast<A>(1.0f / 127));
    for (std::ptrdiff_t k = 0; k < n; k += 4) {
        IntBlock<A> word = broadcast_int<A>(0);
        for (std::ptrdiff_t j = n - k < 4 ? n - k - 1 : 3; j >= 0; --j) {
            word = shift_left<8>(word) | to_byte(load<A>(x + (k + j) * lanes), factor);
        }
        store<A>(x + k / 4 * lanes, from_bits(word));
    }
}

template <class A>
void quantise(std::ptrdiff_t n, std::ptrdiff_t lanes, float bound, float* x, float* steps)
{
    if (lanes == 1) {
        *steps = quantise_one<A>(n, bound, x);
        return;
    }
    for (std::ptrdiff_t i = 0; i < lanes; i += 16) quantise_columns<A>(n, lanes, bound, x + i, steps + i);
}

template <class A, class B, int blocks>
NIB_INLINE void dot_columns(const Dense& t, std::ptrdiff_t at, const float* x, float step, float* y)
{
    constexpr int width = Native<A>::lanes;
    const float* w = static_cast<const float*>(t.weights) + at;
    IntBlock<A> sums[blocks];
#pragma GCC unroll 8
    for (int j = 0; j < blocks; ++j) {
        sums[j] = int_block<A>(
            [&](int i) NIB_INLINE_LAMBDA { return B::start(load_words<A>(t.offsets + at + 16 * j + i * width)); });
    }
    for (std::ptrdiff_t k = 0; k < t.inputs; k += 4, w += t.stride, ++x) {
        const auto u = B::ready_unsigned(Ops<A>::broadcast_int(word_at(x)));
#pragma GCC unroll 8
        for (int j = 0; j < blocks; ++j) {
            sums[j] = int_block<A>([&](int i) NIB_INLINE_LAMBDA {
                return B::dot(sums[j].v[i], u, B::ready_signed(load_words<A>(w + 16 * j + i * width)));
            });
        }
    }
#pragma GCC unroll 8
    for (int j = 0; j < blocks; ++j) {
        const std::ptrdiff_t o = at + 16 * j;
        store<A>(y + o, fma(to_float(sums[j]), load<A>(t.scales + o) * broadcast<A>(step), load<A>(t.bias + o)));
    }
}

template <class A, class B>
void dot_one(const Dense& t, const float* x, const float* step, float* y)
{
    kernels::in_passes<DotTile<B>::blocks>(t.stride, [&]<int blocks>(std::ptrdiff_t at) NIB_INLINE_LAMBDA {
        dot_columns<A, B, blocks>(t, at, x, *step, y);
    });
}

// Outputs o to o + rows of some contexts. x: the contexts' words, (inputs / 4, lanes).
template <class A, class B, int rows, int registers>
NIB_INLINE void dot_tile(const Dense& t, std::ptrdiff_t o, std::ptrdiff_t lanes, const float* x, const float* steps,
                         float* y)
{
    constexpr int width = Native<A>::lanes;
    const float* w = static_cast<const float*>(t.weights) + o;
    typename Native<A>::Int sums[rows][registers];
    // Every loop over the sums is unrolled: otherwise GCC keeps them in memory, which takes twice the time.
#pragma GCC unroll 16
    for (int r = 0; r < rows; ++r) {
#pragma GCC unroll 4
        for (int j = 0; j < registers; ++j) sums[r][j] = B::start(Ops<A>::broadcast_int(word_at(t.offsets + o + r)));
    }
    for (std::ptrdiff_t k = 0; k < t.inputs; k += 4, w += t.stride, x += lanes) {
        typename B::Unsigned u[registers];
#pragma GCC unroll 4
        for (int j = 0; j < registers; ++j) u[j] = B::ready_unsigned(load_words<A>(x + j * width));
#pragma GCC unroll 16
        for (int r = 0; r < rows; ++r) {
            const auto s = B::ready_signed(Ops<A>::broadcast_int(word_at(w + r)));
#pragma GCC unroll 4
            for (int j = 0; j < registers; ++j) sums[r][j] = B::dot(sums[r][j], u[j], s);
        }
    }
#pragma GCC unroll 16
    for (int r = 0; r < rows; ++r) {
        const auto scale = Ops<A>::broadcast(t.scales[o + r]), bias = Ops<A>::broadcast(t.bias[o + r]);
#pragma GCC unroll 4
        for (int j = 0; j < registers; ++j) {
            const auto factor = scale * Ops<A>::load(steps + j * width);
            Ops<A>::store(y + (o + r) * lanes + j * width, Ops<A>::fma(Ops<A>::to_float(sums[r][j]), factor, bias));
        }
    }
}

// All outputs of as many contexts as fit in `registers` registers.
template <class A, class B, int registers>
NIB_INLINE void dot_panel(const Dense& t, std::ptrdiff_t lanes, const float* x, const float* steps, float* y)
{
    constexpr int rows = DotTile<B>::rows;
    std::ptrdiff_t o = 0;
    if constexpr (rows > 1) {
        // The last tile may repeat rows of the tile before; they get the same numbers.
        while (t.outputs >= rows && o < t.outputs) {
            const std::ptrdiff_t from = o + rows <= t.outputs ? o : t.outputs - rows;
            dot_tile<A, B, rows, registers>(t, from, lanes, x, steps, y);
            o += rows;
        }
    }
    for (; o < t.outputs; ++o) dot_tile<A, B, 1, registers>(t, o, lanes, x, steps, y);
}

template <class A, class B>
void dot_batch(const Dense& t, std::ptrdiff_t lanes, const float* x, const float* steps, float* y)
{
    constexpr int registers = DotTile<B>::registers, lane_count = Native<A>::lanes;
    std::ptrdiff_t i = 0;
    for (; i + registers * lane_count <= lanes; i += registers * lane_count)
        dot_panel<A, B, registers>(t, lanes, x + i, steps + i, y + i);
    if constexpr (registers * lane_count > 16) {
        if (i < lanes) dot_panel<A, B, 16 / lane_count>(t, lanes, x + i, steps + i, y + i);
    }
}

} // namespace nib::infer
