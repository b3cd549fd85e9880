#include "infer/numbers.hpp"

#include <cstring>

namespace nib::infer {

namespace {

// Whether a float of these bits is finite; those of a bfloat16 are the upper half of a float's.
constexpr bool is_finite(std::uint32_t bits) { return (bits & 0x7f800000) != 0x7f800000; }

template <class T>
T number_at(const void* numbers, std::uint64_t i) noexcept
{
    T number;
    std::memcpy(&number, static_cast<const char*>(numbers) + i * sizeof number, sizeof number);
    return number;
}

// The index of the first of n numbers that is not finite or, where none may be negative, is; n where all are good.
std::uint64_t first_bad(const void* numbers, std::uint64_t n, bool may_be_negative) noexcept
{
    for (std::uint64_t i = 0; i < n; ++i) {
        const auto bits = number_at<std::uint32_t>(numbers, i);
        if (!is_finite(bits) || (!may_be_negative && bits > 0x80000000)) return i;
    }
    return n;
}

// The first half of n words of two bfloat16, in the order of the bits, that is not finite; 2 n where all are.
std::uint64_t first_bad_half(const void* words, std::uint64_t n) noexcept
{
    for (std::uint64_t i = 0; i < 2 * n; ++i) {
        if (!is_finite(std::uint32_t{number_at<std::uint16_t>(words, i)} << 16)) return i;
    }
    return 2 * n;
}

std::int32_t sum_of_integers(const Dense& layer, std::uint64_t rows, std::uint64_t output) noexcept
{
    std::int32_t sum = 0;
    for (std::uint64_t row = 0; row < rows; ++row) {
        const auto word =
            number_at<std::uint32_t>(layer.weights, row * static_cast<std::uint64_t>(layer.stride) + output);
        for (int shift = 0; shift < 32; shift += 8) sum += static_cast<std::int8_t>(word >> shift & 0xff);
    }
    return sum;
}

bool bad_first_layer(const View& view, BadNumber& bad) noexcept
{
    const Header& h = *view.header;
    const std::uint64_t width = view.has_table() ? layer_size(h, 0).stride() : h.embedding_size;
    const std::uint64_t n = width * h.vocabulary * (view.has_table() ? h.context_length : 1);
    const std::uint64_t at = first_bad(view.first, n, true);
    if (at == n) return false;
    const std::uint64_t symbol = at / width % h.vocabulary, place = at / width / h.vocabulary;
    if (view.has_table()) {
        bad = {BadNumber::table, 0, {place, symbol, at % width}, view.first[at]};
    } else {
        bad = {BadNumber::embedding, 0, {symbol, at % width}, view.first[at]};
    }
    return true;
}

bool bad_weight(const Dense& layer, std::uint64_t rows, BadNumber& bad) noexcept
{
    const auto stride = static_cast<std::uint64_t>(layer.stride), n = rows * stride;
    bad.section = BadNumber::weight;
    if (layer.weight_bits == 32) {
        const std::uint64_t at = first_bad(layer.weights, n, true);
        if (at == n) return false;
        bad.index[0] = at / stride;
        bad.index[1] = at % stride;
        bad.value = number_at<float>(layer.weights, at);
        return true;
    }
    const std::uint64_t at = first_bad_half(layer.weights, n);
    if (at == 2 * n) return false;
    bad.index[0] = at / 2 / stride * 2 + at % 2;
    bad.index[1] = at / 2 % stride;
    const std::uint32_t bits = std::uint32_t{number_at<std::uint16_t>(layer.weights, at)} << 16;
    bad.value = number_at<float>(&bits, 0);
    return true;
}

bool bad_row(const float* row, const Dense& layer, BadNumber::Section section, BadNumber& bad) noexcept
{
    const auto n = static_cast<std::uint64_t>(layer.stride);
    const std::uint64_t at = first_bad(row, n, section != BadNumber::scale);
    if (at == n) return false;
    bad.section = section;
    bad.index[0] = at;
    bad.value = row[at];
    return true;
}

bool bad_offset(const Dense& layer, std::uint64_t rows, BadNumber& bad) noexcept
{
    for (std::uint64_t o = 0; o < static_cast<std::uint64_t>(layer.stride); ++o) {
        const auto offset = number_at<std::int32_t>(layer.offsets, o);
        if (offset == -128 * sum_of_integers(layer, rows, o)) continue;
        bad.section = BadNumber::offset;
        bad.index[0] = o;
        bad.value = static_cast<float>(offset);
        return true;
    }
    return false;
}

} // namespace

bool find_bad_number(const View& view, BadNumber& bad) noexcept
{
    if (bad_first_layer(view, bad)) return true;
    for (std::uint32_t i = view.has_table() ? 1 : 0; i < view.layer_count(); ++i) {
        const Dense layer = view.layer(i);
        const std::uint64_t rows = layer_size(*view.header, i).weight_rows(layer.weight_bits);
        bad.layer = i;
        if (bad_row(layer.bias, layer, BadNumber::bias, bad)) return true;
        const bool is_bad = layer.weight_bits != 8
                                ? bad_weight(layer, rows, bad)
                                : bad_row(layer.scales, layer, BadNumber::scale, bad) || bad_offset(layer, rows, bad);
        if (is_bad) return true;
    }
    return false;
}

} // namespace nib::infer
