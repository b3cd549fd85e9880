#include "catch.hpp"
#include "random/counter_stream.hpp"

#include <algorithm>
#include <vector>

using namespace nib;

TEST_CASE("Philox4x32-10 gives the authors' known answers")
{
    struct Known {
        std::uint64_t key;
        std::uint32_t counter[4], words[4];
    };
    const Known all[] = {
        {0, {0, 0, 0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {~std::uint64_t{0},
         {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {0x299f31d0a4093822,
         {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (const Known& known : all) {
        std::uint32_t words[4];
        nib_internal_philox4x32(known.key, known.counter, words);
        CHECK(std::equal(words, words + 4, known.words));
    }
}

TEST_CASE("numbers of an item are below 1, and those of another seed or item are others")
{
    CounterStream a(1, 5), b(1, 6), c(2, 5), far(1, std::uint64_t{5} << 32);
    double sum = 0;
    int same = 0;
    for (int i = 0; i < 10000; ++i) {
        const float x = a();
        sum += static_cast<double>(x);
        REQUIRE(x >= 0);
        REQUIRE(x < 1);
        same += (x == b()) + (x == c()) + (x == far());
    }
    CHECK(sum / 10000 == Approx(0.5).margin(0.02));
    CHECK(same < 10);
}
