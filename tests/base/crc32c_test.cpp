#include "base/crc32c.hpp"

#include "catch.hpp"

#include <cstring>
#include <string>
#include <vector>

namespace {

// One bit at a time, by the definition.
std::uint32_t oracle(const unsigned char* bytes, std::size_t size)
{
    std::uint32_t crc = 0xffffffffu;
    for (std::size_t i = 0; i < size; ++i) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78u : 0u);
    }
    return ~crc;
}

} // namespace

TEST_CASE("crc32c gives the values of RFC 3720, B.4")
{
    unsigned char bytes[32] = {};
    CHECK(nib::crc32c(bytes, 32) == 0x8a9136aau);
    std::memset(bytes, 0xff, sizeof bytes);
    CHECK(nib::crc32c(bytes, 32) == 0x62a8ab43u);
    for (unsigned char i = 0; i < 32; ++i) bytes[i] = i;
    CHECK(nib::crc32c(bytes, 32) == 0x46dd794eu);
    CHECK(nib::crc32c("123456789", 9) == 0xe3069283u);
    CHECK(nib::crc32c(nullptr, 0) == 0);
}

TEST_CASE("crc32c by tables and by the processor's instruction is the definition's, at every length and alignment")
{
    std::vector<unsigned char> bytes(20000);
    std::uint32_t state = 1;
    for (unsigned char& byte : bytes) byte = static_cast<unsigned char>((state = state * 1664525u + 1013904223u) >> 24);
    for (std::size_t begin = 0; begin < 9; ++begin) {
        for (std::size_t size = 0; size < 40; ++size) {
            REQUIRE(nib::crc32c(bytes.data() + begin, size) == oracle(bytes.data() + begin, size));
        }
        for (const std::size_t size : {8191, 8192, 8193, 8199, 19000, 19001}) {
            CAPTURE(begin, size);
            CHECK(nib::crc32c(bytes.data() + begin, size) == oracle(bytes.data() + begin, size));
        }
    }
}
