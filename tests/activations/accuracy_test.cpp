#include "activations/accuracy.hpp"
#include "catch.hpp"

#include <bit>
#include <cstdint>
#include <limits>

using namespace nib;
using namespace nib::test;

namespace {

// Every 9973rd float by its bits, 100,000 floats from -20 to 20, and infinities.
std::vector<float> floats()
{
    std::vector<float> x = {std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity(), 0.0f,
                            -0.0f};
    for (std::uint64_t bits = 0; bits < std::uint64_t{1} << 32; bits += 9973) {
        x.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
    }
    for (int i = -50000; i < 50000; ++i) x.push_back(static_cast<float>(i) * 4e-4f);
    return x;
}

} // namespace

TEST_CASE("activations and slopes keep to their bounds and are the same on all processors with fma")
{
    const std::vector<float> x = floats();
    for (const nib_activation activation : all_activations()) {
        INFO(activation_word(activation));
        const Activated found = activate(table(), activation, x);
        const WorstErrors worst = worst_errors(activation, x, found);
        CAPTURE(worst.y.at, worst.slope.at);
        CHECK(worst.y.ulp <= stated_errors(activation).y);
        CHECK(worst.slope.ulp <= stated_errors(activation).slope);
        if (!is_fused()) continue;
        const Activated scalar = activate(*kernels::table_of("scalar"), activation, x);
        CHECK(bit_difference(found.y, scalar.y) == "");
        CHECK(bit_difference(found.slope, scalar.slope) == "");
    }
}
