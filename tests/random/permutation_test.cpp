#include "random/permutation.hpp"

#include "catch.hpp"

#include <cmath>
#include <cstdint>
#include <vector>

using namespace nib;

TEST_CASE("a permutation has each number once")
{
    for (const std::uint32_t n : {1u, 2u, 3u, 4u, 5u, 7u, 8u, 9u, 100u, 255u, 256u, 257u, 1000u, 4097u}) {
        for (const std::uint64_t which : {std::uint64_t{0}, std::uint64_t{1}, UINT64_MAX}) {
            const Permutation permutation(n, 42, which);
            std::vector<int> seen(n, 0);
            for (std::uint32_t i = 0; i < n; ++i) {
                const std::uint32_t at = permutation(i);
                REQUIRE(at < n);
                ++seen[at];
            }
            CAPTURE(n, which);
            for (const int count : seen) REQUIRE(count == 1);
        }
    }
}

TEST_CASE("a permutation reaches the largest numbers")
{
    const Permutation permutation(UINT32_MAX, 7, 3);
    for (const std::uint32_t i : {0u, 1u, 1u << 31, UINT32_MAX - 1}) CHECK(permutation(i) < UINT32_MAX);
}

// Chi-square of the place of a number, over keys: with 99 degrees of freedom, 149.4 is exceeded once in 1,000 by
// chance.
TEST_CASE("each place is as likely as any other, for single numbers and for neighbours")
{
    constexpr std::uint32_t n = 100;
    constexpr int keys = 20000;
    for (const std::uint32_t number : {0u, 1u, 50u, 99u}) {
        std::vector<double> places(n, 0), distances(n, 0);
        for (std::uint64_t key = 0; key < keys; ++key) {
            const Permutation permutation(n, 1, key);
            const std::uint32_t at = permutation(number), next = permutation((number + 1) % n);
            places[at] += 1;
            distances[(next + n - at) % n] += 1;
        }
        const auto chi_square = [](const std::vector<double>& counts, double expected, std::size_t first) {
            double sum = 0;
            for (std::size_t i = first; i < counts.size(); ++i)
                sum += (counts[i] - expected) * (counts[i] - expected) / expected;
            return sum;
        };
        CAPTURE(number);
        CHECK(chi_square(places, keys / 100.0, 0) < 149.4);
        CHECK(distances[0] == 0);
        CHECK(chi_square(distances, keys / 99.0, 1) < 149.4);
    }
}
