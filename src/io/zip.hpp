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
    std::uint64_t header;                 // where its local header begins
};

class ZipArchive {
public:
    // Bytes from any place on; fewer than asked for at the end.
    using ReadAt = std::function<std::size_t(std::uint64_t at, std::span<char> bytes)>;

    // size: of the whole. Throws NIB_ERR_DATA after the name; zip64 (of 4 GiB and more) is refused.
    ZipArchive(ReadAt read, std::uint64_t size, std::string name, Memory* memory);

    const std::vector<ZipMember>& members() const noexcept { return members_; }

    // The bytes of a member, which are as many as it says. Reading them, and calling this, throws NIB_ERR_DATA for what
    // is damaged. The archive must outlive it.
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
