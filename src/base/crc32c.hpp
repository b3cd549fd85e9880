// The checksum of files.
#pragma once

#include <cstddef>
#include <cstdint>

namespace nib {

// CRC-32C (Castagnoli, as in iSCSI, RFC 3720 appendix B.4) of size bytes: finds every change of up to 32 bits in a row.
// Uses the processor's instruction if there is one, otherwise tables, eight bytes at a time. A part of libnib_infer.
std::uint32_t crc32c(const void* data, std::size_t size) noexcept;

} // namespace nib
