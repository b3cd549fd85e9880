#include "base/heap.hpp"
#include "catch.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

using namespace nib;

namespace {

bool is_multiple_of(const void* p, std::size_t size) { return reinterpret_cast<std::uintptr_t>(p) % size == 0; }

} // namespace

TEST_CASE("arrays that large pages can hold begin on one")
{
    constexpr std::size_t page = std::size_t{1} << 21;
    for (const std::size_t size : {2 * page, 2 * page + 1, 5 * page - 1}) {
        const Buffer<char> large(size, process_heap());
        CHECK(is_multiple_of(large.data(), page));
        CHECK(std::ranges::all_of(large, [](char each) { return each == 0; }));
    }
}

TEST_CASE("other arrays begin on a cache line, and move with their memory")
{
    Buffer<float> small(3, process_heap()), large(std::size_t{1} << 20, process_heap());
    CHECK(is_multiple_of(small.data(), alignment));
    small[2] = 7;
    large = std::move(small);
    CHECK(large.size() == 3);
    CHECK(large[2] == 7);
}
