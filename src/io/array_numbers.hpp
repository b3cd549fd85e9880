// Arrays of numbers as a file stores them, in any type and byte order.
#pragma once

#include "base/buffer.hpp"
#include "io/byte_source.hpp"
#include "io/raw_table.hpp"
#include "io/safetensors.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace nib {

enum class NumberType { boolean, i8, i16, i32, i64, u8, u16, u32, u64, f16, f32, f64 };

std::size_t size_of(NumberType type) noexcept; // bytes

struct ArrayLayout {
    NumberType type = NumberType::f32;
    bool is_big_endian = false;
    bool is_fortran = false; // the first index varies fastest
    Shape shape;             // rows first

    bool is_floating() const noexcept { return type >= NumberType::f16; }
};

// The rest of a source, read as an array that gives columns of a table. The first dimension is the rows; the others
// together are the columns. Messages name an element with `name` in front: "digits.npz, x".
class ArrayReader {
public:
    // Throws NIB_ERR_DATA for a shape that no table has, or if the source has more or fewer bytes than the shape needs,
    // as far as the source states its size.
    ArrayReader(ByteSource source, ArrayLayout layout, std::string name, Memory* memory);

    std::ptrdiff_t rows() const noexcept { return rows_; }
    std::ptrdiff_t columns() const noexcept { return columns_; }

    // Reads the table's first columns into its block; an array in Fortran's order goes to the columns' own memory. If
    // the source does not state its size, memory is allocated as the numbers arrive.
    void read_inputs(RawTable& table);

    // Appends columns behind those that the table has; whole numbers of at most 2^53 stay exact.
    void read_targets(RawTable& table);

private:
    template <class To>
    Buffer<To> read_all(std::size_t count, std::size_t first);
    template <class To>
    void read_some(std::span<To> numbers, std::size_t first);
    void check_end();
    std::string element(std::size_t index) const;

    ByteSource source_;
    ArrayLayout layout_;
    std::string name_;
    Memory* memory_;
    Buffer<char> piece_;
    std::ptrdiff_t rows_ = 0, columns_ = 1;
};

} // namespace nib
