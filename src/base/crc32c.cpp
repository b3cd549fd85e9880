#include "base/crc32c.hpp"

#include <bit>
#include <cstring>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace nib {

namespace {

// The remainder of a byte followed by `behind` zero bytes.
struct Remainders {
    std::uint32_t behind[8][256];
};

constexpr Remainders make_remainders()
{
    Remainders table{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t remainder = byte;
        for (int bit = 0; bit < 8; ++bit) remainder = (remainder >> 1) ^ ((remainder & 1) != 0 ? 0x82f63b78u : 0u);
        table.behind[0][byte] = remainder;
    }
    for (std::size_t zeros = 1; zeros < 8; ++zeros) {
        for (std::size_t byte = 0; byte < 256; ++byte) {
            const std::uint32_t before = table.behind[zeros - 1][byte];
            table.behind[zeros][byte] = (before >> 8) ^ table.behind[0][before & 0xff];
        }
    }
    return table;
}

constexpr Remainders remainders = make_remainders();

struct ByTable {
    static std::uint32_t byte(std::uint32_t crc, unsigned char next) noexcept
    {
        return (crc >> 8) ^ remainders.behind[0][(crc ^ next) & 0xff];
    }
    // Kounavis and Berry (2005), "slicing by 8".
    static std::uint32_t eight(std::uint32_t crc, std::uint64_t next) noexcept
    {
        next ^= crc;
        std::uint32_t sum = 0;
        for (int i = 0; i < 8; ++i) sum ^= remainders.behind[7 - i][(next >> (8 * i)) & 0xff];
        return sum;
    }
};

template <class Steps>
[[gnu::always_inline]] inline std::uint32_t over(const unsigned char* bytes, std::size_t size) noexcept
{
    std::uint32_t crc = 0xffffffffu;
    if constexpr (std::endian::native == std::endian::little) {
        for (; size >= 8; size -= 8, bytes += 8) {
            std::uint64_t next;
            std::memcpy(&next, bytes, sizeof next);
            crc = Steps::eight(crc, next);
        }
    }
    for (; size > 0; --size, ++bytes) crc = Steps::byte(crc, *bytes);
    return ~crc;
}

#if defined(__x86_64__)
// Inline assembler, because the compilers' intrinsics need SSE4.2 as a flag of the whole function.
struct ByInstruction {
    [[gnu::always_inline]] static std::uint32_t byte(std::uint32_t crc, unsigned char next) noexcept
    {
        __asm__("crc32b %1, %0" : "+r"(crc) : "r"(next));
        return crc;
    }
    [[gnu::always_inline]] static std::uint32_t eight(std::uint32_t crc, std::uint64_t next) noexcept
    {
        std::uint64_t wide = crc;
        __asm__("crc32q %1, %0" : "+r"(wide) : "r"(next));
        return static_cast<std::uint32_t>(wide);
    }
};

bool has_instruction() noexcept
{
    unsigned a = 0, b = 0, c = 0, d = 0;
    return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_SSE4_2) != 0;
}
#endif

} // namespace

std::uint32_t crc32c(const void* data, std::size_t size) noexcept
{
    const auto* bytes = static_cast<const unsigned char*>(data);
#if defined(__x86_64__)
    // A virtual machine may take microseconds to answer CPUID; the tables process some thousand bytes in that time.
    if (size >= 8192 && has_instruction()) return over<ByInstruction>(bytes, size);
#endif
    return over<ByTable>(bytes, size);
}

} // namespace nib
