// Layers that are computed together give the bits that they give separately.
#include "catch.hpp"
#include "lists.hpp"
#include "one_step.hpp"
#include "planes.hpp"

#include <string>
#include <vector>

using namespace nib;
using namespace nib::test;

namespace {

// Losses, then the state.
std::vector<float> trained(const ModelSpec& spec, const Dataset& data, const nib_train_options& options, bool fuses,
                           Order order = Order::by_feature)
{
    Model model = new_model(spec, data);
    Training training(model, data, options, heap());
    const StepPlan plan(model, order, 1, training.segments, options.clip_norm, fuses, heap());
    Team team(1, heap());
    Worker worker(training, plan, team, 0);
    std::vector<float> result;
    for (std::int64_t i = 0; i < options.steps; ++i) result.push_back(worker.step(i));
    const std::vector<float> state = state_of(model);
    result.insert(result.end(), state.begin(), state.end());
    return result;
}

} // namespace

TEST_CASE("fusing off gives the same bits")
{
    Numbers numbers(3);
    const Dataset text = random_words(27, numbers, 100);
    for (const nib_optimizer optimizer : {NIB_SGD, NIB_ADAMW}) {
        nib_train_options options = training_with(optimizer, 37, 0.01);
        options.steps = 8;
        for (const std::string& list : any_lists()) {
            INFO(list);
            const std::vector<float> wanted = trained(spec_of(list, 3), text, options, true);
            CHECK(wanted[0] != wanted[7]);
            CHECK(bit_difference(trained(spec_of(list, 3), text, options, false), wanted) == "");
        }
    }
}

TEST_CASE("fusing off gives the same bits, on planes")
{
    nib_train_options options = training_with(NIB_SGD, 20, 0.01);
    options.steps = 3;
    for (const PlanesCase& each : planes_cases()) {
        INFO(each.network);
        const Dataset data = random_planes(each.features, 40);
        const ModelSpec spec = table_spec(each.network, "cross-entropy", each.input);
        CHECK(bit_difference(trained(spec, data, options, false), trained(spec, data, options, true)) == "");
    }
}
