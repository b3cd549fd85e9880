// tanh, exp and log of all 2^32 floats, in about a minute on two cores.
#include "catch.hpp"
#include "simd/exhaustive.hpp"

using namespace nib;
using namespace nib::test;

namespace {

constexpr std::uint64_t all = std::uint64_t{1} << 32;
constexpr std::size_t block = exhaustive_block;

void check_all(const MathFunction& function)
{
    const WorstError worst = for_blocks(0, all, [&](std::uint64_t first) {
        const std::vector<float> x = floats_from(first, block);
        return worst_error(function, x, apply(table(), function, x));
    });
    std::printf("%s %s: at most %.4f ulp, at %.9g (%a)\n", function.name, table().isa, worst.ulp,
                static_cast<double>(worst.at), static_cast<double>(worst.at));
    CHECK(worst.ulp <= bound_of(function));
}

} // namespace

TEST_CASE("tanh of all floats") { check_all(math_functions[0]); }
TEST_CASE("exp of all floats") { check_all(math_functions[1]); }
TEST_CASE("log of all floats") { check_all(math_functions[2]); }

TEST_CASE("tanh is odd, never falls and never passes 1")
{
    constexpr std::uint64_t positive = 0x7f800001; // up to infinity
    const WorstError worst = for_blocks(0, positive, [](std::uint64_t first) {
        // One more, so that blocks are compared with their neighbours.
        const std::size_t count = static_cast<std::size_t>(std::min<std::uint64_t>(block + 1, positive - first));
        std::vector<float> x = floats_from(first, count);
        const std::vector<float> y = apply(table(), math_functions[0], x);
        for (float& each : x) each = -each;
        const std::vector<float> mirrored = apply(table(), math_functions[0], x);
        WorstError found;
        for (std::size_t i = 0; i < count; ++i) {
            const bool right = same_bits(mirrored[i], -y[i]) && y[i] <= 1 && (i == 0 || y[i] >= y[i - 1]);
            if (!right) found.include({1, -x[i]});
        }
        return found;
    });
    CAPTURE(worst.at);
    CHECK(worst.ulp == 0);
}
