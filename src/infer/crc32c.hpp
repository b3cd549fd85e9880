// The checksum of a folded file.
#pragma once

#include <cstddef>
#include <cstdint>

namespace nib::infer {

// CRC-32C (Castagnoli, as in iSCSI, RFC 3720 appendix B.4) of size bytes: finds every change of up to 32 bits in a row.
std::uint32_t crc32c(const void* data, std::size_t size) noexcept;

} // namespace nib::infer
