// The schedule of a training step: where threads meet, and how much memory its arrays take.
#include "train/step_plan.hpp"

#include "catch.hpp"
#include "models.hpp"
#include "one_step.hpp"

#include <string>

using namespace nib;
using namespace nib::test;

namespace {

// A thread's list as "run arrive wait ...".
std::string order_of(const ThreadPlan& plan)
{
    std::string text;
    for (const auto* entries : {&plan.forward, &plan.backward}) {
        for (const StepEntry& entry : *entries)
            text += entry.what == StepEntry::run ? "r" : entry.what == StepEntry::arrive ? "a" : "w";
        text += entries == &plan.forward ? "|" : "";
    }
    return text;
}

std::string order_of(const std::string& list, int threads, double clip_norm = 0)
{
    const Model model = empty_model(spec_of(list, 3), vocabulary_of_size(27));
    const StepPlan plan(model, Order::by_feature, threads, Segments{32}, clip_norm, true, heap());
    const std::string order = order_of(plan.plan_of(0));
    for (int thread = 1; thread < threads; ++thread) CHECK(order_of(plan.plan_of(thread)) == order);
    return order;
}

} // namespace

// The embedding, each layer, the loss; then the way back of each layer, whose update fills the time until other threads
// have written their parts, and of the embedding.
TEST_CASE("threads meet where one reads what others wrote, and nowhere else")
{
    const std::string two_layers = "embedding 10, flatten, linear 100, batchnorm, tanh, linear";
    CHECK(order_of(two_layers, 2) == "rawrawrawr|rarwrarwr");
    CHECK(order_of(two_layers, 1) == "rrrr|rrrrr");
    // Activations and batch normalisation read only what their own thread wrote.
    CHECK(order_of("embedding 10, flatten, linear 100, tanh, batchnorm, relu, linear", 2) == "rawrrawrawr|rarwrrrarwr");
    // Layer normalisation joins the moments of all rows: one more meeting each way.
    CHECK(order_of("embedding 10, flatten, linear 100, layernorm, linear", 2) == "rawrrawrawrawr|rarwrarwrrarwr");
}

TEST_CASE("clipping adds one meeting, behind the whole way back")
{
    const std::string two_layers = "embedding 10, flatten, linear 100, batchnorm, tanh, linear";
    CHECK(order_of(two_layers, 2, 1.0) == order_of(two_layers, 2) + "rawr");
    CHECK(order_of(two_layers, 1, 1.0) == order_of(two_layers, 1) + "rr");
}

// A gradient is read only by the layer below: two places serve any number of layers in turn.
TEST_CASE("more layers of one width need no more room for gradients")
{
    const auto floats = [](int layers) {
        std::string list = "embedding 10, flatten, linear 100";
        for (int i = 0; i < layers; ++i) list += ", linear 100 bias=off";
        const Model model = empty_model(spec_of(list + ", linear", 3), vocabulary_of_size(27));
        return StepPlan(model, Order::by_feature, 2, Segments{32}, 0, true, heap()).floats();
    };
    const std::size_t rows = 100 * 32;
    CHECK(floats(6) - floats(5) == rows); // the outputs
    CHECK(floats(20) - floats(5) == 15 * rows);
}
