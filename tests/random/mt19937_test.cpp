#include "random/mt19937.hpp"

#include "catch.hpp"
#include "error_of.hpp"

#include <random>

using nib::Mt19937;

TEST_CASE("mt19937 gives std::mt19937's words")
{
    for (const std::uint32_t seed : {0u, 1u, 5489u, 2147483647u, 4294967295u}) {
        Mt19937 ours(seed);
        std::mt19937 theirs(seed);
        int different = 0;
        for (int i = 0; i < 2000; ++i) different += ours() != theirs();
        INFO("seed " << seed);
        CHECK(different == 0);
    }
}

TEST_CASE("mt19937 seeded by a key gives the authors' words")
{
    // The first words of mt19937ar.out, which the authors publish beside their code.
    const std::uint32_t key[] = {0x123, 0x234, 0x345, 0x456};
    Mt19937 generator = Mt19937::from_key(key);
    const std::uint32_t expected[] = {1067595299u, 955945823u, 477289528u, 4107218783u, 4228976476u};
    for (const std::uint32_t word : expected) CHECK(generator() == word);
}

TEST_CASE("mt19937 takes a key longer than its state")
{
    std::uint32_t key[700];
    for (std::uint32_t i = 0; i < 700; ++i) key[i] = i + 1;
    Mt19937 generator = Mt19937::from_key(key);
    // Python: random.seed(sum((i + 1) << (32 * i) for i in range(700))), then getrandbits(32).
    for (const std::uint32_t word : {1434167400u, 83764642u, 1980819017u, 4262324165u}) CHECK(generator() == word);
}

TEST_CASE("mt19937 goes on from a stored state")
{
    for (const int drawn : {0, 1, 623, 624, 625, 1000}) {
        Mt19937 original(7);
        for (int i = 0; i < drawn; ++i) original();
        const Mt19937::State stored = original.state();
        Mt19937 restored = Mt19937::from_state(stored);
        Mt19937 copy = original;
        int different = 0;
        for (int i = 0; i < 1300; ++i) {
            const std::uint32_t word = original();
            different += restored() != word || copy() != word;
        }
        INFO("after " << drawn << " words");
        CHECK(different == 0);
    }
}

TEST_CASE("mt19937 refuses a position outside its state")
{
    Mt19937::State state = Mt19937(7).state();
    state.position = 625;
    CHECK(nib::test::error_of(NIB_ERR_FORMAT, [&] { Mt19937::from_state(state); }) ==
          "random state at position 625, expected 0 to 624");
}
