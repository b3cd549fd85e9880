// Arrays of numbers as a file holds them, in any type and byte order.
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
    bool is_fortran = false; // the first index moves fastest
    Shape shape;             // rows first

    bool is_floating() const noexcept { return type >= NumberType::f16; }
};

// An array that is the rest of a source, as columns of a table: the first dimension is the rows, the others together
// are the columns. name stands before an element in messages: "digits.npz, x".
class ArrayReader {
public:
    // Throws NIB_ERR_DATA for a shape that no table has, and where the source has more or fewer bytes, as far as it
    // tells.
    ArrayReader(ByteSource source, ArrayLayout layout, std::string name, Memory* memory);

    std::ptrdiff_t rows() const noexcept { return rows_; }
    std::ptrdiff_t columns() const noexcept { return columns_; }

    // The table's first columns: as its block, but an array in Fortran's order. Memory is taken as the numbers come,
    // where the source does not tell how many there are.
    void read_inputs(RawTable& table);

    // Behind the columns that the table has; whole numbers of at most 2^53 stay exact.
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
