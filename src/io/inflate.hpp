// Decompresses deflate (RFC 1951), alone or as gzip (RFC 1952). Needs zlib; without it, everything is refused.
#pragma once

#include "base/buffer.hpp"
#include "io/byte_source.hpp"

#include <cstdint>
#include <span>
#include <string>

namespace nib {

enum class DeflateFormat { raw, gzip };

// The decompressed bytes. It takes some 300 KB of memory, however many they are. Throws NIB_ERR_UNSUPPORTED, naming the
// file and what to do, if libnib was built without zlib; reading throws NIB_ERR_DATA for damaged data.
ByteSource inflated(ByteSource compressed, DeflateFormat format, const std::string& name, Memory* memory);

// The CRC-32 of zip archives. before: the CRC of the bytes so far, 0 for none; returns it with `bytes` appended.
// Without zlib there is no CRC to compare.
extern const bool has_zip_crc;
std::uint32_t zip_crc(std::uint32_t before, std::span<const char> bytes) noexcept;

} // namespace nib
