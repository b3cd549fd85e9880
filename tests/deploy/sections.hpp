// The places of the operations' numbers in a folded file.
#pragma once

#include "base/buffer.hpp"
#include "infer/places.hpp"

#include <cstddef>
#include <vector>

namespace nib::test {

struct Section {
    infer::Operation operation;
    std::size_t at, bytes; // in the file
};

inline const infer::Header& header_of(const Buffer<char>& file)
{
    return *reinterpret_cast<const infer::Header*>(file.data());
}
inline infer::Header& header_of(Buffer<char>& file) { return *reinterpret_cast<infer::Header*>(file.data()); }

inline infer::Operation& operation_of(Buffer<char>& file, std::size_t index)
{
    return reinterpret_cast<infer::Operation*>(&header_of(file) + 1)[index];
}

inline std::vector<Section> sections_of(const Buffer<char>& file)
{
    const infer::Header& header = header_of(file);
    const std::size_t first = infer::parts_of(header).sections;
    std::vector<Section> sections;
    for (std::uint32_t i = 0; i < header.operations; ++i) {
        const infer::Operation& o = infer::operations_of(header)[i];
        sections.push_back({o, first + o.section, infer::section_bytes(o, header.symbols())});
    }
    return sections;
}

inline Buffer<char> copy_of(const Buffer<char>& file, Memory* memory)
{
    Buffer<char> copy(file.size(), memory);
    std::memcpy(copy.data(), file.data(), file.size());
    return copy;
}

} // namespace nib::test
