// Activations against PyTorch: tests/goldens/activations.py.
#include "activations.hpp"
#include "activations/description.hpp"
#include "catch.hpp"
#include "exact.hpp"
#include "goldens.hpp"

#include <cmath>

using namespace nib;
using namespace nib::test;

TEST_CASE("every activation and its slope are PyTorch's")
{
    for (const nib_activation activation : all_activations()) {
        const std::string word = activation_word(activation);
        const Json& expected = golden(("activations/" + word + ".json").c_str());
        REQUIRE(expected["x"].size() > 200);
        for (std::size_t i = 0; i < expected["x"].size(); ++i) {
            const double x = static_cast<double>(expected["x"][i].get<float>());
            INFO(word << " at " << x);
            // The file has nine digits; PyTorch's gelu in double computes small results from the remainder of 1 - 1.
            CHECK(exact_activation(activation, x) ==
                  Approx(expected["y"][i].get<double>()).epsilon(1e-8).margin(1e-13));
            CHECK(exact_slope(activation, x) == Approx(expected["slope"][i].get<double>()).epsilon(1e-8).margin(1e-13));
        }
    }
}

TEST_CASE("gains keep the size of what passes, and bounds hold")
{
    for (const nib_activation activation : all_activations()) {
        const activations::Description& description = activations::description_of(activation);
        INFO(description.word);
        double squares = 0, largest = 0;
        for (double z = -12; z < 12; z += 1e-3) {
            const double y = exact_activation(activation, z);
            squares += y * y * std::exp(-z * z / 2) / std::sqrt(2 * std::acos(-1.0)) * 1e-3;
            largest = std::max(largest, std::fabs(y));
        }
        // PyTorch's gain for tanh is 1.05 times the one that keeps the size; its gain of 1, for sigmoid and others, is
        // less.
        CHECK(description.gain <= 1.06 / std::sqrt(squares));
        if (description.gain != 1) CHECK(description.gain >= 0.9999 / std::sqrt(squares));
        if (description.bound > 0) CHECK(largest <= static_cast<double>(description.bound));
        if (description.bound > 0) CHECK(largest > 0.99 * static_cast<double>(description.bound));
    }
}
