// Compares the double-precision reference of the other tests with PyTorch: whatever agrees with it then agrees with
// PyTorch.
#include "reference.hpp"

#include "catch.hpp"
#include "goldens.hpp"
#include "networks.hpp"
#include "numbers.hpp"

using namespace nib;
using namespace nib::test;

namespace {

// Both compute in double, from the same float32 numbers; the golden has 9 digits.
constexpr double tolerance = 5e-8;

// The golden's running_var is the square of a running std. Each case has norms of one kind.
bool is_square(const Json& golden_case, const std::string& name)
{
    const auto& network = golden_case.at("model").at("network").get_ref<const std::string&>();
    return name.ends_with("running_var") && network.find("running=std") != network.npos;
}

Reference reference_of(const Json& golden_case)
{
    const Network network =
        network_of(spec_of(model_options(golden_case.at("model"))), golden_case.at("vocabulary").get<int>());
    Reference reference(network);
    for (const auto& [name, values] : golden_case.at("parameters").items())
        reference.tensors[name] = values.get<Vector>();
    for (const auto& [name, values] : golden_case.at("statistics").items()) {
        Vector& running = reference.running[name] = values.get<Vector>();
        if (!is_square(golden_case, name)) continue;
        for (double& each : running) each = std::sqrt(each);
    }
    return reference;
}

Examples examples_of(const Json& golden_case)
{
    Examples examples;
    for (const Json& context : golden_case.at("contexts")) {
        for (const Json& id : context) examples.contexts.push_back(id);
    }
    examples.targets = golden_case.at("targets").get<std::vector<std::int32_t>>();
    return examples;
}

} // namespace

TEST_CASE("loss, statistics and evaluation logits are PyTorch's")
{
    for (const Json& each : golden("gradients.json").at("cases")) {
        CAPTURE(each.at("name").get<std::string>());
        Reference reference = reference_of(each);
        const Examples examples = examples_of(each);
        CHECK(std::abs(reference.loss(examples, true) - each.at("loss").get<double>()) < tolerance);
        CHECK(reference.running.size() == each.at("statistics_after").size());
        for (const auto& [name, values] : each.at("statistics_after").items()) {
            Vector got = reference.running.at(name);
            if (is_square(each, name)) {
                for (double& value : got) value *= value;
            }
            CHECK(largest_difference(got, values.get<Vector>()) < tolerance);
        }
        const Batch logits = reference.logits(examples.contexts, false);
        for (std::size_t e = 0; e < logits.size(); ++e) {
            CHECK(largest_difference(logits[e], each.at("evaluation_logits").at(e).get<Vector>()) < tolerance);
        }
    }
}

TEST_CASE("central differences are PyTorch's gradients")
{
    for (const Json& each : golden("gradients.json").at("cases")) {
        Reference reference = reference_of(each);
        const Examples examples = examples_of(each);
        CHECK(reference.tensors.size() == each.at("gradients").size());
        for (const auto& [name, values] : each.at("gradients").items()) {
            Vector slopes(values.size());
            for (std::size_t i = 0; i < slopes.size(); ++i) slopes[i] = reference.slope(name, i, examples);
            CAPTURE(each.at("name").get<std::string>(), name);
            CHECK(largest_difference(slopes, values.get<Vector>()) < tolerance);
        }
    }
}
