// Zip archives as numpy.savez writes them. Format: APPNOTE.TXT of PKWARE, 4.3
#pragma once

#include "base/buffer.hpp"
#include "io/byte_source.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace nib {

struct ZipMember {
    std::string name;
    unsigned method; // 0: stored, 8: deflate
    bool is_encrypted;
    std::uint32_t crc, stored_size, size; // bytes, before and after inflating
    std::uint64_t header;                 // the offset of its local header
};

class ZipArchive {
public:
    // Reads bytes at any place; fewer than requested at the end.
    using ReadAt = std::function<std::size_t(std::uint64_t at, std::span<char> bytes)>;

    // size: of the whole archive. Throws NIB_ERR_DATA, beginning with the name; zip64 (4 GiB and more) is refused.
    ZipArchive(ReadAt read, std::uint64_t size, std::string name, Memory* memory);

    const std::vector<ZipMember>& members() const noexcept { return members_; }

    // The bytes of a member, exactly as many as it states. This call and the reading throw NIB_ERR_DATA for damaged
    // data. The archive must outlive the source.
    ByteSource open(const ZipMember& member) const;

private:
    void read(std::uint64_t at, std::span<char> bytes) const;
    void read_directory(std::span<const char> directory, std::size_t count);

    ReadAt read_at_;
    std::uint64_t size_;
    std::string name_;
    Memory* memory_;
    std::vector<ZipMember> members_;
};

} // namespace nib
