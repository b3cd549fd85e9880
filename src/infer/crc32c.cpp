#include "infer/crc32c.hpp"

namespace nib::infer {

namespace {

struct Remainders {
    std::uint32_t of[256];
};

constexpr Remainders make_remainders()
{
    Remainders table{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t remainder = byte;
        for (int bit = 0; bit < 8; ++bit) remainder = (remainder >> 1) ^ ((remainder & 1) != 0 ? 0x82f63b78u : 0u);
        table.of[byte] = remainder;
    }
    return table;
}

constexpr Remainders remainders = make_remainders();

} // namespace

std::uint32_t crc32c(const void* data, std::size_t size) noexcept
{
    const auto* bytes = static_cast<const unsigned char*>(data);
    std::uint32_t crc = 0xffffffffu;
    for (std::size_t i = 0; i < size; ++i) crc = (crc >> 8) ^ remainders.of[(crc ^ bytes[i]) & 0xff];
    return ~crc;
}

} // namespace nib::infer
