// Every activation and its slope at all floats from 2^-12 to 128 and from -128 to -2^-12, in about two minutes on two
// cores. Nearer to 0 they are straight lines; further out they have reached their limits, which the short test checks.
#include "activations/accuracy.hpp"
#include "catch.hpp"
#include "simd/exhaustive.hpp"

using namespace nib;
using namespace nib::test;

TEST_CASE("activations and slopes of all floats keep to their bounds")
{
    for (const nib_activation activation : all_activations()) {
        WorstErrors worst;
        for (const std::uint64_t sign : {0x00000000u, 0x80000000u}) {
            worst.include(for_blocks(sign + 0x39800000, sign + 0x43000000, [&](std::uint64_t first) {
                const std::vector<float> a = floats_from(first, exhaustive_block);
                return worst_errors(activation, a, activate(table(), activation, a));
            }));
        }
        std::printf("%s %s: at most %.4f ulp, at %.9g; slope %.4f 2^-24, at %.9g\n", activation_word(activation),
                    table().isa, worst.y.ulp, static_cast<double>(worst.y.at), worst.slope.ulp,
                    static_cast<double>(worst.slope.at));
        CHECK(worst.y.ulp <= stated_errors(activation).y);
        CHECK(worst.slope.ulp <= stated_errors(activation).slope);
    }
}
