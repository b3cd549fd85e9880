// safetensors files: named arrays and a map of strings. Format: https://huggingface.co/docs/safetensors
//
//     0      8 bytes: size of the header, little-endian
//     8      header: JSON {"__metadata__": {string: string}, name: {"dtype", "shape", "data_offsets": [begin, end]}
//            and so on}, padded with spaces
//     8 + size of the header    the arrays, dense and row-major, little-endian, without gaps
#pragma once

#include "base/buffer.hpp"
#include "nib/status.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace nib {

// The element types of the format that nib uses. Arrays are written in descending order of these numbers, which is the
// official writer's order and keeps every array aligned.
enum class Dtype { u8, f16, bf16, i32, f32, f64, i64 };

using Shape = std::vector<std::uint64_t>; // rows first; empty: one number
using Metadata = std::map<std::string, std::string, std::less<>>;

// "F32", for example.
const char* name_of(Dtype dtype) noexcept;

// "27, 10" if the separator is ", ".
std::string joined(const Shape& numbers, const char* separator);

// The place in a dense, row-major array of this shape of the number at this index: "3, 5".
std::string place_of(std::size_t index, const Shape& shape);

template <class T>
consteval Dtype dtype_of()
{
    using Plain = std::remove_const_t<T>;
    if constexpr (std::is_same_v<Plain, std::uint8_t>)
        return Dtype::u8;
    else if constexpr (std::is_same_v<Plain, std::int32_t>)
        return Dtype::i32;
    else if constexpr (std::is_same_v<Plain, float>)
        return Dtype::f32;
    else if constexpr (std::is_same_v<Plain, double>)
        return Dtype::f64;
    else {
        static_assert(std::is_same_v<Plain, std::int64_t>, "an element type that nib does not store");
        return Dtype::i64;
    }
}

// A named array. The bytes belong to someone else, and need no alignment.
struct StoredTensor {
    std::string name;
    Dtype dtype;
    Shape shape;
    std::span<const char> bytes;
};

template <class T>
StoredTensor stored(std::string name, Shape shape, std::span<const T> values)
{
    const std::span<const char> bytes(reinterpret_cast<const char*>(values.data()), values.size_bytes());
    return {std::move(name), dtype_of<T>(), std::move(shape), bytes};
}

// Writes a file as write_file does, with the same bytes as the official writer for the same content. Names must differ
// from each other and from "__metadata__", and each tensor's bytes must fit its shape: otherwise NIB_ERR_INTERNAL.
// Strings are UTF-8; bytes that are not are replaced by U+FFFD. Memory is needed only for the header, beside the
// tensors.
void save_safetensors(const std::string& path, std::vector<StoredTensor> tensors, const Metadata& metadata);

// The bytes of the file that save_safetensors writes.
Buffer<char> safetensors_bytes(std::vector<StoredTensor> tensors, const Metadata& metadata, Memory* memory);

// "F32 (27, 10)", for example.
std::string describe(Dtype dtype, const Shape& shape);

struct HeaderEntry;

// A file that was read and checked as a whole: header, JSON, types, shapes, and that the arrays fill the rest of the
// file without gap or overlap, as the official reader demands. Constant; any number of threads may read it.
class Safetensors {
public:
    // The official reader's limit, some 1,800,000 tensors. Reading a header of that size takes up to 0.5 GB in all, and
    // 1.2 GB if it holds ten million metadata entries with the shortest keys.
    static constexpr std::size_t max_header = 100'000'000;

    // Messages use name as the file's. Throws NIB_ERR_FORMAT naming the file, the tensor, and what was expected.
    Safetensors(Buffer<char> bytes, std::string name);

    // Loads a file or a pipe. The header is read and checked first. Memory is then allocated for as many bytes as the
    // header says, which must be as many as the file has. Also throws NIB_ERR_IO.
    static Safetensors load(const std::string& path, Memory* memory);

    const std::string& name() const noexcept { return name_; }
    const Metadata& metadata() const noexcept { return metadata_; }

    // The tensors in the order of their data. The bytes live as long as this object, and move with it.
    std::span<const StoredTensor> tensors() const noexcept { return tensors_; }

    // NULL if there is no tensor of that name.
    const StoredTensor* find(std::string_view tensor) const noexcept;

    // The bytes of a tensor of this type and shape. Throws status naming file and tensor if there is none.
    std::span<const char> expect(std::string_view tensor, Dtype dtype, const Shape& shape,
                                 nib_status status = NIB_ERR_FORMAT) const;

    // Copies a tensor of T's type and this shape; values must have exactly its size. Throws NIB_ERR_FORMAT naming file
    // and tensor if there is none, or its type or shape differs.
    template <class T>
    void read(std::string_view tensor, const Shape& shape, std::span<T> values) const
    {
        const std::span<const char> bytes = expect(tensor, dtype_of<T>(), shape);
        if (!bytes.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
    }

private:
    explicit Safetensors(std::string name) : name_(std::move(name)) {}
    void place(std::span<HeaderEntry> entries, std::span<const char> data);
    void sort_names();

    Buffer<char> bytes_;
    std::string name_;
    std::vector<StoredTensor> tensors_;
    std::vector<const StoredTensor*> by_name_; // sorted
    Metadata metadata_;
};

} // namespace nib
