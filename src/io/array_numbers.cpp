#include "io/array_numbers.hpp"

#include "base/error.hpp"
#include "io/decimal.hpp"
#include "io/floats.hpp"
#include "io/growing.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>

namespace nib {

namespace {

constexpr std::size_t piece_bytes = std::size_t{256} << 10; // stays in the second cache

template <std::size_t size>
struct BitsOf;
template <>
struct BitsOf<1> {
    using Type = std::uint8_t;
};
template <>
struct BitsOf<2> {
    using Type = std::uint16_t;
};
template <>
struct BitsOf<4> {
    using Type = std::uint32_t;
};
template <>
struct BitsOf<8> {
    using Type = std::uint64_t;
};

std::uint8_t swapped(std::uint8_t bits) noexcept { return bits; }
std::uint16_t swapped(std::uint16_t bits) noexcept { return __builtin_bswap16(bits); }
std::uint32_t swapped(std::uint32_t bits) noexcept { return __builtin_bswap32(bits); }
std::uint64_t swapped(std::uint64_t bits) noexcept { return __builtin_bswap64(bits); }

struct Half {
    std::uint16_t bits;
    explicit operator float() const noexcept { return from_f16(bits); }
    explicit operator double() const noexcept { return static_cast<double>(from_f16(bits)); }
};

struct Boolean {
    std::uint8_t bits;
    explicit operator float() const noexcept { return bits != 0 ? 1.0f : 0.0f; }
    explicit operator double() const noexcept { return bits != 0 ? 1.0 : 0.0; }
};

template <class From, bool swap, class To>
void convert(const char* bytes, std::span<To> numbers) noexcept
{
    using Bits = typename BitsOf<sizeof(From)>::Type;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        Bits bits;
        std::memcpy(&bits, bytes + i * sizeof bits, sizeof bits);
        if (swap) bits = swapped(bits);
        numbers[i] = static_cast<To>(std::bit_cast<From>(bits));
    }
}

template <class From, class To>
void convert_from(const char* bytes, bool swap, std::span<To> numbers) noexcept
{
    if (swap)
        convert<From, true>(bytes, numbers);
    else
        convert<From, false>(bytes, numbers);
}

template <class To>
void convert_all(NumberType type, const char* bytes, bool swap, std::span<To> numbers) noexcept
{
    switch (type) {
    case NumberType::boolean:
        return convert_from<Boolean>(bytes, swap, numbers);
    case NumberType::i8:
        return convert_from<std::int8_t>(bytes, swap, numbers);
    case NumberType::i16:
        return convert_from<std::int16_t>(bytes, swap, numbers);
    case NumberType::i32:
        return convert_from<std::int32_t>(bytes, swap, numbers);
    case NumberType::i64:
        return convert_from<std::int64_t>(bytes, swap, numbers);
    case NumberType::u8:
        return convert_from<std::uint8_t>(bytes, swap, numbers);
    case NumberType::u16:
        return convert_from<std::uint16_t>(bytes, swap, numbers);
    case NumberType::u32:
        return convert_from<std::uint32_t>(bytes, swap, numbers);
    case NumberType::u64:
        return convert_from<std::uint64_t>(bytes, swap, numbers);
    case NumberType::f16:
        return convert_from<Half>(bytes, swap, numbers);
    case NumberType::f32:
        return convert_from<float>(bytes, swap, numbers);
    case NumberType::f64:
        return convert_from<double>(bytes, swap, numbers);
    }
}

// Whether the number is infinite as a float. It has no branch, so that loops over it are vectorised.
bool is_infinite(float number) noexcept { return (std::bit_cast<std::uint32_t>(number) & 0x7fffffffu) == 0x7f800000u; }
bool is_infinite(double number) noexcept { return is_infinite(static_cast<float>(number)); }

template <class To>
bool has_infinite(std::span<const To> numbers) noexcept
{
    int found = 0;
    for (const To number : numbers) found |= is_infinite(number) ? 1 : 0;
    return found != 0;
}

std::string describe(const ArrayLayout& layout) { return std::string("(").append(joined(layout.shape, ", ")) + ")"; }

} // namespace

std::size_t size_of(NumberType type) noexcept
{
    constexpr std::size_t sizes[] = {1, 1, 2, 4, 8, 1, 2, 4, 8, 2, 4, 8};
    return sizes[static_cast<std::size_t>(type)];
}

ArrayReader::ArrayReader(ByteSource source, ArrayLayout layout, std::string name, Memory* memory)
    : source_(std::move(source)),
      layout_(std::move(layout)),
      name_(std::move(name)),
      memory_(memory),
      piece_(piece_bytes, memory)
{
    const auto refuse = [&](const char* expected) {
        throw Error(NIB_ERR_DATA, "%s: an array of shape %s: expected %s", name_.c_str(), describe(layout_).c_str(),
                    expected);
    };
    const Shape& shape = layout_.shape;
    if (shape.empty()) refuse("rows");
    std::uint64_t width = 1;
    for (std::size_t i = 1; i < shape.size(); ++i) {
        if (__builtin_mul_overflow(width, shape[i], &width) || width > RawTable::most_columns)
            refuse("at most 524,288 numbers a row");
    }
    if (shape[0] == 0 || width == 0) refuse("one number at least");
    if (shape[0] > static_cast<std::uint64_t>(RawTable::most_rows)) refuse("at most 4,294,967,294 rows");
    rows_ = static_cast<std::ptrdiff_t>(shape[0]);
    columns_ = static_cast<std::ptrdiff_t>(width);
    // The product fits in 64 bits: at most 2^32 rows of 2^19 numbers of 8 bytes.
    const std::uint64_t bytes = shape[0] * width * size_of(layout_.type);
    if (!source_.size || *source_.size == bytes) return;
    throw Error(NIB_ERR_DATA, "%s: %llu bytes of numbers, expected %llu, as the shape %s says", name_.c_str(),
                static_cast<unsigned long long>(*source_.size), static_cast<unsigned long long>(bytes),
                describe(layout_).c_str());
}

std::string ArrayReader::element(std::size_t index) const
{
    const auto rows = static_cast<std::size_t>(rows_), columns = static_cast<std::size_t>(columns_);
    if (layout_.is_fortran) index = index % rows * columns + index / rows;
    return std::string(name_).append("[").append(place_of(index, layout_.shape)).append("]");
}

// Reads the next numbers; the first of them has index `first` in the file.
template <class To>
void ArrayReader::read_some(std::span<To> numbers, std::size_t first)
{
    const std::size_t size = size_of(layout_.type);
    const bool is_same = layout_.type == NumberType::f32 && !layout_.is_big_endian && std::is_same_v<To, float>;
    for (std::size_t at = 0; at < numbers.size();) {
        const std::span<To> to = numbers.subspan(at, std::min(numbers.size() - at, piece_bytes / 8));
        const std::span<char> bytes = is_same ? std::span<char>(reinterpret_cast<char*>(to.data()), to.size_bytes())
                                              : std::span<char>(piece_.data(), to.size() * size);
        if (source_(bytes) < bytes.size()) {
            throw Error(NIB_ERR_DATA, "%s: ends before the number %s, expected the shape %s", name_.c_str(),
                        element(first + at).c_str(), describe(layout_).c_str());
        }
        if (!is_same) convert_all(layout_.type, piece_.data(), layout_.is_big_endian, to);
        if (has_infinite(std::span<const To>(to))) {
            const auto found = std::find_if(to.begin(), to.end(), [](To number) { return is_infinite(number); });
            const std::size_t index = first + at + static_cast<std::size_t>(found - to.begin());
            throw Error(NIB_ERR_DATA, "%s is infinite: expected a number of at most %.9g", element(index).c_str(),
                        static_cast<double>(std::numeric_limits<float>::max()));
        }
        at += to.size();
    }
}

template <class To>
Buffer<To> ArrayReader::read_all(std::size_t count, std::size_t first)
{
    Buffer<To> numbers(source_.size ? count : std::min(count, piece_bytes / sizeof(To)), memory_);
    read_some(numbers.span(), first);
    for (std::size_t used = numbers.size(); used < count; used = numbers.size()) {
        resize_buffer(numbers, used, std::min(count, 2 * used), memory_);
        read_some(numbers.span().subspan(used), first + used);
    }
    return numbers;
}

void ArrayReader::check_end()
{
    char next = 0;
    if (source_({&next, 1}) == 0) return;
    throw Error(NIB_ERR_DATA, "%s: more bytes than the shape %s asks for", name_.c_str(), describe(layout_).c_str());
}

void ArrayReader::read_inputs(RawTable& table)
{
    const auto rows = static_cast<std::size_t>(rows_), columns = static_cast<std::size_t>(columns_);
    table.rows = rows_;
    table.array_columns = columns_;
    table.row_shape.assign(layout_.shape.begin() + 1, layout_.shape.end());
    if (layout_.is_fortran && columns > 1) {
        for (std::size_t i = 0; i < columns; ++i) {
            table.columns.emplace_back();
            table.columns.back().numbers = read_all<float>(rows, i * rows);
        }
    } else {
        table.block = read_all<float>(rows * columns, 0);
        table.block_columns = columns_;
        table.columns.resize(columns);
    }
    check_end();
}

void ArrayReader::read_targets(RawTable& table)
{
    const auto rows = static_cast<std::size_t>(rows_), columns = static_cast<std::size_t>(columns_);
    const Buffer<double> numbers = read_all<double>(rows * columns, 0);
    check_end();
    const std::size_t down = layout_.is_fortran ? 1 : columns, across = layout_.is_fortran ? rows : 1;
    for (std::size_t i = 0; i < columns; ++i) {
        RawColumn& column = table.columns.emplace_back();
        const auto number = [&](std::size_t row) { return numbers[row * down + i * across]; };
        bool is_wide = false;
        for (std::size_t row = 0; row < rows; ++row) is_wide = is_wide || needs_double(number(row));
        if (is_wide) {
            column.wide = Buffer<double>(rows, memory_);
            for (std::size_t row = 0; row < rows; ++row) column.wide[row] = kept_number(number(row));
        } else {
            column.numbers = Buffer<float>(rows, memory_);
            for (std::size_t row = 0; row < rows; ++row) column.numbers[row] = static_cast<float>(number(row));
        }
    }
}

} // namespace nib
