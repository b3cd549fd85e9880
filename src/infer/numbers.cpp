#include "infer/numbers.hpp"

#include <cstring>

namespace nib::infer {

namespace {

// Whether a float with these bits is finite. The bits of a bfloat16 are the upper half of a float's.
constexpr bool is_finite(std::uint32_t bits) { return (bits & 0x7f800000) != 0x7f800000; }

template <class T>
T number_at(const void* numbers, std::uint64_t i) noexcept
{
    T number;
    std::memcpy(&number, static_cast<const char*>(numbers) + i * sizeof number, sizeof number);
    return number;
}

// The index of the first of n numbers that is not finite or, if none may be negative, is negative; n if all are valid.
std::uint64_t first_bad(const void* numbers, std::uint64_t n, bool may_be_negative) noexcept
{
    for (std::uint64_t i = 0; i < n; ++i) {
        const auto bits = number_at<std::uint32_t>(numbers, i);
        if (!is_finite(bits) || (!may_be_negative && bits > 0x80000000)) return i;
    }
    return n;
}

// The index of the first of n bfloat16 that is not finite; n if all are.
std::uint64_t first_bad_half(const void* numbers, std::uint64_t n) noexcept
{
    for (std::uint64_t i = 0; i < n; ++i) {
        if (!is_finite(std::uint32_t{number_at<std::uint16_t>(numbers, i)} << 16)) return i;
    }
    return n;
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

// Checks n numbers of 32 or 16 bits; those of 8 bits are always finite.
bool bad_in(const void* numbers, std::uint64_t n, std::uint32_t bits, BadNumber::Section section, std::uint64_t& at,
            BadNumber& bad) noexcept
{
    if (bits == 8) return false;
    at = bits == 32 ? first_bad(numbers, n, true) : first_bad_half(numbers, n);
    if (at == n) return false;
    bad.section = section;
    const std::uint32_t word =
        bits == 32 ? number_at<std::uint32_t>(numbers, at) : std::uint32_t{number_at<std::uint16_t>(numbers, at)} << 16;
    bad.value = number_at<float>(&word, 0);
    return true;
}

bool bad_row(const float* row, std::uint64_t n, BadNumber::Section section, BadNumber& bad) noexcept
{
    const std::uint64_t at = first_bad(row, n, section != BadNumber::scale);
    if (at == n) return false;
    bad.section = section;
    bad.index[0] = at;
    bad.value = row[at];
    return true;
}

bool bad_table(const Rows& t, BadNumber& bad) noexcept
{
    const auto stride = static_cast<std::uint64_t>(t.stride), words = static_cast<std::uint64_t>(t.words);
    if (bad_row(t.bias, stride, BadNumber::bias, bad)) return true;
    if (t.bits == 8) return bad_row(t.scales, stride, BadNumber::scale, bad);
    const std::uint64_t in_word = 32 / t.bits, rows = static_cast<std::uint64_t>(t.context_length * t.vocabulary);
    std::uint64_t at = 0;
    if (!bad_in(t.rows, rows * words * in_word, t.bits, BadNumber::table, at, bad)) return false;
    const std::uint64_t word = at / in_word % words, row = at / in_word / words;
    bad.index[0] = row / static_cast<std::uint64_t>(t.vocabulary);
    bad.index[1] = row % static_cast<std::uint64_t>(t.vocabulary);
    bad.index[2] = word / 16 * 16 * in_word + at % in_word * 16 + word % 16;
    return true;
}

bool bad_lookup(const Operation& o, const char* section, std::uint64_t vocabulary, BadNumber& bad) noexcept
{
    const std::uint64_t size = embedding_size(o);
    if (o.bits == 8) return bad_row(reinterpret_cast<const float*>(section), size, BadNumber::scale, bad);
    std::uint64_t at = 0;
    if (!bad_in(section, vocabulary * size, o.bits, BadNumber::embedding, at, bad)) return false;
    bad.index[0] = at / size;
    bad.index[1] = at % size;
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

bool bad_weight(const Dense& layer, std::uint64_t rows, BadNumber& bad) noexcept
{
    const auto stride = static_cast<std::uint64_t>(layer.stride);
    const std::uint64_t in_word = 32 / layer.weight_bits;
    std::uint64_t at = 0;
    if (!bad_in(layer.weights, rows * stride * in_word, layer.weight_bits, BadNumber::weight, at, bad)) return false;
    bad.index[0] = at / in_word / stride * in_word + at % in_word;
    bad.index[1] = at / in_word % stride;
    return true;
}

bool bad_dense(const Dense& layer, std::uint64_t rows, BadNumber& bad) noexcept
{
    const auto stride = static_cast<std::uint64_t>(layer.stride);
    if (bad_row(layer.bias, stride, BadNumber::bias, bad)) return true;
    if (layer.weight_bits == 8)
        return bad_row(layer.scales, stride, BadNumber::scale, bad) || bad_offset(layer, rows, bad);
    return bad_weight(layer, rows, bad);
}

// Each 16 outputs have weights like those of a dense operation.
bool bad_convolution(const View& view, const Operation& o, BadNumber& bad) noexcept
{
    const PlaneConvolution t = convolution_of(view, o);
    const std::uint64_t row = section_row(o);
    if (bad_row(t.bias, row, BadNumber::bias, bad)) return true;
    if (o.bits == 8 && bad_row(t.scales, row, BadNumber::scale, bad)) return true;
    for (std::uint64_t from = 0; from < row; from += 16) {
        const Dense outputs = {.inputs = 0,
                               .outputs = 16,
                               .stride = 16,
                               .weight_bits = o.bits,
                               .bias = t.bias,
                               .scales = t.scales,
                               .offsets = o.bits == 8 ? t.offsets + from : nullptr,
                               .weights = t.weights + from / 16 * static_cast<std::uint64_t>(t.panel),
                               .input_bound = 0.0f};
        const bool found =
            o.bits == 8 ? bad_offset(outputs, weight_rows(o), bad) : bad_weight(outputs, weight_rows(o), bad);
        if (!found) continue;
        std::uint64_t& output = bad.index[o.bits == 8 ? 0 : 1];
        output += from;
        output = output / group_stride(o) * (o.out.channels / o.groups) + output % group_stride(o);
        return true;
    }
    return false;
}

bool bad_depthwise(const View& view, const Operation& o, BadNumber& bad) noexcept
{
    const std::uint64_t row = section_row(o);
    const float* const bias = view.numbers(o);
    if (bad_row(bias, row, BadNumber::bias, bad)) return true;
    if (o.bits == 8) return bad_row(bias + row, row, BadNumber::scale, bad);
    const Dense taps = {.inputs = 0,
                        .outputs = 0,
                        .stride = static_cast<std::ptrdiff_t>(row),
                        .weight_bits = o.bits,
                        .bias = bias,
                        .scales = nullptr,
                        .offsets = nullptr,
                        .weights = bias + row,
                        .input_bound = 0.0f};
    return bad_weight(taps, weight_rows(o), bad);
}

bool is_bad(const View& view, const Operation& o, BadNumber& bad) noexcept
{
    const char* section = view.sections + o.section;
    const auto* floats = reinterpret_cast<const float*>(section);
    const std::uint64_t stride = section_row(o);
    switch (o.kind) {
    case OperationKind::table:
        return bad_table(rows_of(view, o), bad);
    case OperationKind::lookup:
        return bad_lookup(o, section, view.header->symbols(), bad);
    case OperationKind::dense:
        return bad_dense(dense_of(view, o), weight_rows(o), bad);
    case OperationKind::convolution:
        return bad_convolution(view, o, bad);
    case OperationKind::depthwise:
        return bad_depthwise(view, o, bad);
    case OperationKind::standardize:
        return bad_row(floats, stride, BadNumber::mean, bad) ||
               bad_row(floats + stride, stride, BadNumber::inverse_std, bad);
    case OperationKind::scale_shift: // a scale may be below 0 here: it is not a step of integers
        if (!bad_row(floats, stride, BadNumber::gamma, bad))
            return bad_row(floats + stride, stride, BadNumber::shift, bad);
        bad.section = BadNumber::scale;
        return true;
    case OperationKind::normalise:
        return bad_row(floats, stride, BadNumber::gamma, bad) ||
               (o.centred != 0 && bad_row(floats + stride, stride, BadNumber::beta, bad));
    default:
        return false;
    }
}

} // namespace

bool find_bad_number(const View& view, BadNumber& bad) noexcept
{
    bad = {};
    for (const Operation* o = view.operations(); o != view.end(); ++o, ++bad.operation) {
        if (is_bad(view, *o, bad)) return true;
    }
    return false;
}

} // namespace nib::infer
