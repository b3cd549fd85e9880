// A minibatch cut into segments: what each segment gives is what it gives by itself, their sum is one tree, and neither
// threads nor pieces nor observation change a bit.
#include "catch.hpp"
#include "lists.hpp"
#include "models.hpp"
#include "one_step.hpp"
#include "planes.hpp"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

using namespace nib;
using namespace nib::test;

namespace {

std::vector<float> trained(const Dataset& data, const ModelSpec& spec, const nib_train_options& options, int threads,
                           std::int64_t piece, bool observe = false)
{
    Model model = new_model(spec, data);
    Trainer trainer(model, data, options, threads, heap());
    std::vector<float> losses(static_cast<std::size_t>(options.steps)), all;
    while (trainer.run(piece, losses.data() + trainer.step(), observe) > 0) {
    }
    all.assign(model.parameters.begin(), model.parameters.end());
    all.insert(all.end(), model.running.begin(), model.running.end());
    all.insert(all.end(), losses.begin(), losses.end());
    return all;
}

// The gradients of step `index` of a new model.
Gradients gradients_of_step(const Dataset& data, const ModelSpec& spec, const nib_train_options& options,
                            std::int64_t index)
{
    Model model = new_model(spec, data);
    Training training(model, data, options, heap());
    const StepPlan plan(model, Order::by_feature, 1, training.segments, 0, true, heap());
    Team team(1, heap());
    const float loss = Worker(training, plan, team, 0).step(index);
    return {loss, std::move(training.gradients)};
}

// The sum of [first, last) of these in the segments' tree.
Gradients tree(std::vector<Gradients>& all, std::size_t first, std::size_t last)
{
    if (last - first == 1) return std::move(all[first]);
    const std::size_t middle = (first + last) / 2;
    Gradients left = tree(all, first, middle);
    const Gradients right = tree(all, middle, last);
    left.loss += right.loss;
    for (std::size_t i = 0; i < left.arena.size(); ++i) left.arena[i] += right.arena[i];
    return left;
}

} // namespace

// A table's minibatches follow each other in one permutation: 8 steps of 16 rows have the rows of one of 128. Losses
// are means: a share of 1 / 8 is exact.
TEST_CASE("the gradient of eight segments is the tree of the gradients of eight minibatches")
{
    struct Case {
        const char *input, *network, *loss;
        std::size_t features;
    };
    for (const Case& each :
         {Case{"floats", "linear 33, tanh, residual(linear 33, layernorm, gelu), linear 130 bias=off, relu, linear", "",
               20},
          {"floats", "linear 17, silu, linear", "cross-entropy smoothing=0.1", 20},
          {"floats", "tanh, rmsnorm, linear 7, elu, linear", "", 20},
          {"floats 3x6x5", "conv2d 18 3x2 stride=2x1 padding=1, tanh, conv2d 4 1, maxpool 2, flatten, linear", "", 90},
          {"floats 17x6", "conv1d 20 3 padding=1, relu, avgpool 2, conv1d 20 3 groups=20, global-average, linear", "",
           102}}) {
        INFO(each.network);
        const Dataset data = random_planes(each.features, 200);
        const ModelSpec spec = table_spec(each.network, each.loss, each.input);
        const nib_train_options one = segmented(NIB_ADAMW, 16, 1, 12);
        std::vector<Gradients> parts;
        for (std::int64_t step = 0; step < 8; ++step) {
            parts.push_back(gradients_of_step(data, spec, one, step));
            parts.back().loss /= 8;
            for (float& g : parts.back().arena.span()) g /= 8;
        }
        const Gradients wanted = tree(parts, 0, 8);
        const Gradients got = gradients_of_step(data, spec, segmented(NIB_ADAMW, 128, 8, 12), 0);
        CHECK(same_bits(got.loss, wanted.loss));
        CHECK(bit_difference({got.arena.data(), got.arena.size()}, {wanted.arena.data(), wanted.arena.size()}) == "");
    }
}

TEST_CASE("segments change the last bits alone")
{
    const Dataset text = bundled_names();
    for (const char* const list :
         {"embedding 7, flatten, linear 33, batchnorm, tanh, linear 50, batchnorm variance=unbiased, linear",
          "embedding 5, flatten, linear 17, layernorm, gelu, residual(linear 17, rmsnorm), linear"}) {
        Gradients whole = gradients_of_step(text, spec_of(list, 3), segmented(NIB_ADAMW, 150, 1, 12), 0);
        for (const std::int32_t segments : {2, 4, 8}) {
            CAPTURE(list, segments);
            Gradients cut = gradients_of_step(text, spec_of(list, 3), segmented(NIB_ADAMW, 150, segments, 12), 0);
            CHECK(cut.loss == Approx(whole.loss).epsilon(1e-6));
            double largest = 0, difference = 0;
            for (std::size_t i = 0; i < whole.arena.size(); ++i) {
                largest = std::max(largest, std::fabs(double{whole.arena[i]}));
                difference = std::max(difference, std::fabs(double{whole.arena[i]} - double{cut.arena[i]}));
            }
            CHECK(difference > 0);
            CHECK(difference < 1e-6 * largest);
        }
    }
}

namespace {

// Trains on one thread at once, and in every other way.
void check_one_answer(const Dataset& data, const ModelSpec& spec, const nib_train_options& options)
{
    const std::vector<float> expected = trained(data, spec, options, 1, 12);
    for (const float each : expected) REQUIRE(std::isfinite(each));
    for (const int threads : {2, 3}) CHECK(bit_difference(trained(data, spec, options, threads, 5), expected) == "");
    CHECK(bit_difference(trained(data, spec, options, 2, 4, true), expected) == "");
}

} // namespace

TEST_CASE("segments have one answer for any number of threads, in pieces, and observed")
{
    struct Update {
        nib_optimizer optimizer;
        double momentum, clip_norm;
        std::int32_t batch, segments;
    };
    const Update updates[] = {
        {NIB_SGD, 0, 0, 130, 8}, {NIB_SGD, 0.9, 0, 64, 4}, {NIB_SGD, 0, 0.5, 33, 2}, {NIB_ADAMW, 0, 0.5, 100, 4}};
    const Dataset text = bundled_names();
    for (const Update& update : updates) {
        nib_train_options options = segmented(update.optimizer, update.batch, update.segments, 12);
        options.momentum = update.momentum;
        options.clip_norm = update.clip_norm;
        for (const char* const list :
             {"embedding 7, flatten, linear 33, batchnorm, tanh, dropout 0.2, linear 130, relu, linear, batchnorm",
              "embedding 5, flatten, linear 17, layernorm, gelu, residual(linear 17, rmsnorm), linear"}) {
            INFO(list << ", " << update.batch << " examples in " << update.segments << " segments");
            check_one_answer(text, spec_of(list, 3), options);
        }
        INFO("planes, " << update.batch << " examples in " << update.segments << " segments");
        const std::string planes =
            "standardize, conv2d 18 3 stride=2x1 padding=1, batchnorm, relu, conv2d 18 3 padding=1 "
            "groups=18, batchnorm, gelu, residual(conv2d 18 1, batchnorm), maxpool 2, dropout 0.2 "
            "of=channels, flatten, linear";
        check_one_answer(random_planes(2 * 7 * 6, 300), table_spec(planes, "", "floats 2x7x6"), options);
    }
}

TEST_CASE("the weights of rows are added up by segments too")
{
    const Dataset data = clouds(3, 300, true);
    nib_train_options options = segmented(NIB_SGD, 120, 4, 12);
    options.class_weights = NIB_CLASS_WEIGHTS_BALANCED;
    check_one_answer(data, table_spec("standardize, linear 20, tanh, linear", ""), options);
    const Gradients cut = gradients_of_step(data, table_spec("standardize, linear", ""), options, 0);
    options.segments = 1;
    const Gradients whole = gradients_of_step(data, table_spec("standardize, linear", ""), options, 0);
    CHECK(cut.loss == Approx(whole.loss).epsilon(1e-6));
}
