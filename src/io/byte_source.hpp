// Bytes one after the other, from any origin: a file, a part of one, compressed data in one, memory.
#pragma once

#include "io/csv.hpp"
#include "io/file.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace nib {

struct ByteSource {
    ReadSome read;                     // returns fewer bytes than requested only at the end
    std::optional<std::uint64_t> size; // of all that is left, which must be there; none: unknown before the end is read

    std::size_t operator()(std::span<char> bytes)
    {
        const std::size_t got = read(bytes);
        if (size) *size -= std::min<std::uint64_t>(got, *size);
        return got;
    }
};

// text must stay in place as long as the source is used.
inline ByteSource source_of(std::string_view text)
{
    const auto read = [left = text](std::span<char> bytes) mutable {
        const std::size_t size = std::min(bytes.size(), left.size());
        if (size > 0) std::memcpy(bytes.data(), left.data(), size);
        left.remove_prefix(size);
        return size;
    };
    return {read, text.size()};
}

inline ByteSource source_of(std::shared_ptr<InputFile> file)
{
    const std::optional<std::uint64_t> size = file->size();
    return {[file = std::move(file)](std::span<char> bytes) { return file->read(bytes); }, size};
}

} // namespace nib
