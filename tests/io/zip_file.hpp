// Arrays, archives and compressed files as bytes, made without the libraries with which nib reads them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace nib::test {

// Number by number, little-endian or big-endian.
template <class Number>
std::string bytes_of(const std::vector<Number>& numbers, bool is_big_endian = false)
{
    std::string bytes;
    for (const Number number : numbers) {
        std::string each(sizeof number, '\0');
        std::memcpy(each.data(), &number, sizeof number);
        bytes += is_big_endian ? std::string(each.rbegin(), each.rend()) : each;
    }
    return bytes;
}

template <class Number>
std::string bytes_of(Number number)
{
    return bytes_of(std::vector<Number>{number});
}

inline std::string npy_of(const std::string& type, const std::string& shape, const std::string& data, int version = 1,
                          const std::string& fortran = "False")
{
    std::string header = "{'descr': '" + type + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }\n";
    std::string start = std::string("\x93NUMPY") + static_cast<char>(version) + '\0';
    start += version == 1 ? bytes_of(static_cast<std::uint16_t>(header.size()))
                          : bytes_of(static_cast<std::uint32_t>(header.size()));
    return start + header + data;
}

// Stored blocks of deflate, which any inflate accepts.
inline std::string deflated(const std::string& bytes)
{
    std::string result;
    std::size_t at = 0;
    do {
        const std::size_t size = std::min<std::size_t>(bytes.size() - at, 1000);
        result += at + size == bytes.size() ? '\1' : '\0';
        result += bytes_of(static_cast<std::uint16_t>(size)) + bytes_of(static_cast<std::uint16_t>(~size));
        result += bytes.substr(at, size);
        at += size;
    } while (at < bytes.size());
    return result;
}

inline std::uint32_t crc32(const std::string& bytes)
{
    std::uint32_t crc = ~0u;
    for (const char byte : bytes) {
        crc ^= static_cast<unsigned char>(byte);
        for (int i = 0; i < 8; ++i) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0u);
    }
    return ~crc;
}

inline std::string gzip_of(const std::string& bytes)
{
    return std::string("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10) + deflated(bytes) + bytes_of(crc32(bytes)) +
           bytes_of(static_cast<std::uint32_t>(bytes.size()));
}

struct ZipItem {
    std::string name, bytes;
    bool is_deflated = false;
    std::uint16_t flags = 0, method = 0; // method: another one than is_deflated says
    std::uint32_t size_off = 0;          // error of the directory's size
    std::uint32_t crc_off = 0;
    std::string packed = {}; // written in place of the packed data
};

// Local headers have no sizes but those of zip64, as NumPy writes them.
inline std::string zip_of(const std::vector<ZipItem>& items, const std::string& comment = "")
{
    std::string all, directory;
    const auto u16 = [](std::size_t value) { return bytes_of(static_cast<std::uint16_t>(value)); };
    const auto u32 = [](std::size_t value) { return bytes_of(static_cast<std::uint32_t>(value)); };
    for (const ZipItem& item : items) {
        const std::string packed = !item.packed.empty() ? item.packed
                                   : item.is_deflated   ? deflated(item.bytes)
                                                        : item.bytes;
        const std::string shared = u16(item.flags) +
                                   u16(item.method != 0   ? item.method
                                       : item.is_deflated ? 8
                                                          : 0) +
                                   u32(0) + u32(crc32(item.bytes) + item.crc_off);
        const std::string extra = u16(1) + u16(16) + std::string(16, '\7');
        directory += "PK\1\2" + u16(45) + u16(45) + shared + u32(packed.size()) +
                     u32(item.bytes.size() + item.size_off) + u16(item.name.size()) + u16(0) + u16(0) + u16(0) +
                     u16(0) + u32(0) + u32(all.size()) + item.name;
        all += "PK\3\4" + u16(45) + shared + u32(0xffffffff) + u32(0xffffffff) + u16(item.name.size()) +
               u16(extra.size()) + item.name + extra + packed;
    }
    const std::string end = std::string("PK\5\6") + u16(0) + u16(0) + u16(items.size()) + u16(items.size()) +
                            u32(directory.size()) + u32(all.size()) + u16(comment.size()) + comment;
    return all + directory + end;
}

inline std::string idx_of(char type, const std::vector<std::uint32_t>& shape, const std::string& data)
{
    return std::string{'\0', '\0', type, static_cast<char>(shape.size())} + bytes_of(shape, true) + data;
}

} // namespace nib::test
