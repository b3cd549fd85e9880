// The presets for pictures against the sizes that their papers and libraries state.
#include "train/presets.hpp"

#include "catch.hpp"
#include "models.hpp"
#include "net/design.hpp"

#include <cstdint>
#include <string_view>

using namespace nib;
using namespace nib::test;

namespace {

// The sum over convolutions and linears alone, as such figures count.
std::int64_t multiply_adds_of(const Network& network)
{
    std::int64_t total = 0;
    for (const Node& node : network.nodes()) {
        const std::string_view word = node.kind->word.name;
        if (word == "conv2d" || word == "linear") total += node.kind->multiply_adds(node);
    }
    return total;
}

} // namespace

TEST_CASE("the presets for pictures have their papers' numbers of parameters and multiply-adds")
{
    const struct {
        const char *name, *input;
        std::ptrdiff_t numbers, classes;
        std::int64_t parameters, multiply_adds;
    } presets[] = {
        {"fashion", "floats 1x28x28", 784, 10, 421866, 4241152},
        {"dscnn", "floats 1x49x10", 490, 12, 23180, 2656768},
        {"resnet20", "floats 3x32x32", 3072, 10, 272474, 40813184},
        {"resnet50", "floats 3x224x224", 150528, 1000, 25557032, 4089184256},
    };
    for (const auto& each : presets) {
        INFO(each.name);
        const Preset* const preset = find_preset(each.name);
        REQUIRE(preset != nullptr);
        CHECK(preset->model.input == std::string_view(each.input));
        const ModelDesign design(
            spec_of(preset->model),
            {.is_text = false, .features = each.numbers, .task = Task::classes, .learned = each.classes});
        CHECK(design.layout.parameters == each.parameters);
        CHECK(multiply_adds_of(design.network) == each.multiply_adds);
    }
}
