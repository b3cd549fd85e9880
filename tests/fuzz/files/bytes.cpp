#include "fuzz/files/bytes.hpp"

#include <algorithm>
#include <cstring>

namespace nib::fuzz {

namespace {

struct Range {
    std::size_t begin, size;
};

Range some_range(Random& random, const std::string& bytes, std::size_t largest)
{
    const std::size_t begin = random.below(bytes.size() + 1);
    return {begin, random.below(std::min(bytes.size() - begin, largest) + 1)};
}

void flip_bits(Random& random, std::string& bytes)
{
    if (bytes.empty()) return;
    for (std::size_t n = random.of<std::size_t>({1, 1, 2, 8}); n > 0; --n)
        random.any(bytes) ^= static_cast<char>(1u << random.below(8));
}

void swap_ranges(Random& random, std::string& bytes)
{
    const std::size_t size = random.of<std::size_t>({1, 2, 4, 8, 16});
    if (bytes.size() < 2 * size) return;
    const std::size_t a = random.below(bytes.size() - 2 * size + 1);
    const std::size_t b = a + size + random.below(bytes.size() - a - 2 * size + 1);
    const auto at = [&](std::size_t i) { return bytes.begin() + static_cast<std::ptrdiff_t>(i); };
    std::swap_ranges(at(a), at(a + size), at(b));
}

void insert(Random& random, std::string& bytes)
{
    const Range from = some_range(random, bytes, 64);
    std::string more = bytes.substr(from.begin, from.size);
    if (random.one_in(2)) {
        for (char& c : more) c = static_cast<char>(random.next());
    }
    bytes.insert(random.below(bytes.size() + 1), more);
}

void overwrite(Random& random, std::string& bytes)
{
    const std::uint64_t number = random.of<std::uint64_t>(
        {0, 1, 0x7f, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 0x7f800000, 0x7fc00000, 0x7fffffffffffffff,
         0x8000000000000000, 0xffffffffffffffff, 0x7ff0000000000000, random.next()});
    const std::size_t size = random.of<std::size_t>({1, 2, 4, 8});
    if (bytes.size() < size) return;
    std::memcpy(bytes.data() + random.below(bytes.size() - size + 1), &number, size);
}

} // namespace

void mutate_bytes(Random& random, std::string& bytes, const std::string& other)
{
    const Range range = some_range(random, bytes, 200);
    switch (random.below(8)) {
    case 0:
        return bytes.resize(random.below(bytes.size() + 1));
    case 1:
        bytes.erase(range.begin, range.size);
        return;
    case 2:
        return insert(random, bytes);
    case 3:
        return swap_ranges(random, bytes);
    case 4:
        return overwrite(random, bytes);
    case 5:
        // The range goes to the same place in both, or anywhere.
        bytes = bytes.substr(0, range.begin) +
                other.substr(std::min(random.one_in(2) ? range.begin : random.below(other.size() + 1), other.size()));
        return;
    default:
        return flip_bits(random, bytes);
    }
}

} // namespace nib::fuzz
