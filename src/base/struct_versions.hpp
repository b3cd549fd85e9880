// Structs of the C ABI may grow at the end. Each begins with struct_size, which tells the version that its owner was
// compiled with. A part of libnib_infer.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <type_traits>

namespace nib {

// The sizes that a struct has had, smallest first; the last is the current one. Every struct of the ABI has its own
// list:
//   template <> struct StructSizes<nib_x> { static constexpr std::size_t list[] = {...}; };
// A new field must make the struct larger: a field that fits in the padding at the end would leave two versions of the
// same size.
template <class Struct>
struct StructSizes;

template <class Struct>
bool is_known_size(std::size_t size) noexcept
{
    static_assert(std::is_trivially_copyable_v<Struct> && offsetof(Struct, struct_size) == 0);
    constexpr auto& list = StructSizes<Struct>::list;
    static_assert(std::end(list)[-1] == sizeof(Struct), "the struct has grown: its new size is missing in its list");
    return std::find(std::begin(list), std::end(list), size) != std::end(list);
}

// Converts a struct of any version to the current one; fields that its version lacks are taken from absent.
// given.struct_size must be a known size.
template <class Struct>
Struct read_version(const Struct& given, const Struct& absent) noexcept
{
    Struct result = absent;
    std::memcpy(&result, &given, given.struct_size);
    result.struct_size = sizeof(Struct);
    return result;
}

// Writes the fields of value that the version of `to` has. to.struct_size must be a known size, and stays.
template <class Struct>
void write_version(Struct& to, const Struct& value) noexcept
{
    const std::size_t size = to.struct_size;
    std::memcpy(&to, &value, size);
    to.struct_size = size;
}

} // namespace nib
