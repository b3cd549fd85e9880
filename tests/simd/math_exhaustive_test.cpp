// tanh, exp and log of all 2^32 floats, in about a minute on two cores; scalar code, at a thirtieth of the speed, takes
// every 32nd block of them.
#include "catch.hpp"
#include "simd/math_functions.hpp"

#include <atomic>
#include <thread>

using namespace nib;
using namespace nib::test;

namespace {

constexpr std::uint64_t all = std::uint64_t{1} << 32;
constexpr std::size_t block = 4096;

std::uint64_t stride() { return std::strcmp(table().isa, "scalar") == 0 ? 32 * block : block; }

// The floats whose bits are first, first + 1, ...
std::vector<float> floats_from(std::uint64_t first, std::size_t count)
{
    std::vector<float> x(count);
    for (std::size_t i = 0; i < count; ++i) x[i] = std::bit_cast<float>(static_cast<std::uint32_t>(first + i));
    return x;
}

// check(first) for blocks that begin at 0, stride, 2 stride ... below end, on two threads; the worst of what it gives.
template <class Check>
WorstError for_blocks(std::uint64_t end, Check check)
{
    std::atomic<std::uint64_t> next{0};
    WorstError worst[2];
    const auto work = [&](WorstError& mine) {
        for (std::uint64_t first = next.fetch_add(stride()); first < end; first = next.fetch_add(stride())) {
            mine.include(check(first));
        }
    };
    std::thread other(work, std::ref(worst[1]));
    work(worst[0]);
    other.join();
    worst[0].include(worst[1]);
    return worst[0];
}

void check_all(const MathFunction& function)
{
    const WorstError worst = for_blocks(all, [&](std::uint64_t first) {
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
    const WorstError worst = for_blocks(positive, [](std::uint64_t first) {
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
