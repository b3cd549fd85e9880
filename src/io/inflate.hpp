// What deflate compressed (RFC 1951), alone or as gzip (RFC 1952). Needs zlib; without it, all of it is refused.
#pragma once

#include "base/buffer.hpp"
#include "io/byte_source.hpp"

#include <cstdint>
#include <span>
#include <string>

namespace nib {

enum class DeflateFormat { raw, gzip };

// The bytes that come out, which take no more memory than some 300 KB however many they are. Throws NIB_ERR_UNSUPPORTED
// naming the file and what to do, where libnib was built without zlib; reading throws NIB_ERR_DATA for what is damaged.
ByteSource inflated(ByteSource compressed, DeflateFormat format, const std::string& name, Memory* memory);

// The CRC-32 of zip archives, of the bytes behind those of which `before` is the one; 0 of none. Without zlib there is
// none to compare with.
extern const bool has_zip_crc;
std::uint32_t zip_crc(std::uint32_t before, std::span<const char> bytes) noexcept;

} // namespace nib
