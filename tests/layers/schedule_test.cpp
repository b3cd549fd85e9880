// Networks of every layer in any order: the same bits for any number of threads and with fusing off.
#include "catch.hpp"
#include "net/evaluate.hpp"
#include "one_step.hpp"

#include <cmath>
#include <string>
#include <thread>
#include <vector>

using namespace nib;
using namespace nib::test;

namespace {

const char* const networks[] = {
    "embedding 3, flatten, linear",
    "embedding 3, flatten, tanh, linear",
    "embedding 5, flatten, batchnorm, linear 17, relu, batchnorm, linear",
    "embedding 3, tanh, flatten, linear 40, tanh, batchnorm, linear",
    "embedding 3, flatten, batchnorm, batchnorm, gelu, linear bias=off",
    "embedding 4, flatten, linear 33 bias=off, linear 60, elu, linear bias=on, batchnorm",
    "embedding 4, flatten, linear 33 bias=on, batchnorm, silu, identity, linear",
    "embedding 4, flatten, residual(linear 12, tanh), linear",
    "embedding 4, flatten, linear 100, residual(linear 100, batchnorm, relu, linear 100 | linear 100, tanh), linear",
    "embedding 4, flatten, linear 100, tanh, residual(residual(linear 100, tanh | tanh), relu), tanh, linear",
    "embedding 4, flatten, linear 20, residual(identity), residual(tanh | sigmoid), linear",
    "embedding 4, residual(tanh), flatten, linear 130, softplus, residual(flatten), linear, tanh",
    "embedding 12, flatten, linear 96, layernorm, gelu, residual(linear 96, batchnorm, silu, dropout 0.1), linear 48, "
    "tanh, batchnorm, linear",
    "embedding 3, flatten, layernorm, dropout, linear 130, layernorm eps=0.1, layernorm, dropout 0.2, linear",
    "embedding 3, dropout 0.25, flatten, residual(dropout 0.5 | layernorm), linear, layernorm",
    "embedding 4, flatten, residual(batchnorm | relu), linear 20, leaky-relu, linear",
};

struct Result {
    std::vector<float> losses, state;
};

Result trained(const std::string& network, const Text& text, const nib_train_options& options, int threads, bool fuses)
{
    Model model(spec_of(network, 3), text.vocabulary(), heap());
    initialise(model);
    Training training(model, text, options, heap());
    const StepPlan plan(model, threads, options.batch_size, fuses, heap());
    Team team(threads, heap());
    std::vector<Worker> workers;
    workers.reserve(static_cast<std::size_t>(threads));
    for (int thread = 0; thread < threads; ++thread) workers.emplace_back(training, plan, team, thread);
    Result result;
    result.losses.resize(static_cast<std::size_t>(options.steps));
    const auto work = [&](int thread) {
        for (std::int64_t i = 0; i < options.steps; ++i) {
            const float loss = workers[static_cast<std::size_t>(thread)].step(i);
            if (thread == 0) result.losses[static_cast<std::size_t>(i)] = loss;
        }
    };
    std::vector<std::thread> others;
    for (int thread = 1; thread < threads; ++thread) others.emplace_back(work, thread);
    work(0);
    for (std::thread& each : others) each.join();
    result.state = state_of(model);
    return result;
}

} // namespace

TEST_CASE("Any list of layers gives the same bits for any number of threads, fused or not")
{
    Numbers numbers(3);
    const Text text = random_words(27, numbers, 100);
    for (const nib_optimizer optimizer : {NIB_SGD, NIB_ADAMW}) {
        nib_train_options options = training_with(optimizer, 37, 0.01);
        options.steps = 8;
        for (const char* network : networks) {
            INFO(network);
            const Result wanted = trained(network, text, options, 1, true);
            CHECK(std::isfinite(wanted.losses.back()));
            CHECK(wanted.losses.back() != wanted.losses.front());
            for (const int threads : {1, 2, 3, 5}) {
                for (const bool fuses : {true, false}) {
                    const Result found = trained(network, text, options, threads, fuses);
                    INFO(threads << (fuses ? " threads, fused" : " threads"));
                    const bool same_losses = found.losses == wanted.losses, same_state = found.state == wanted.state;
                    CHECK(same_losses);
                    CHECK(same_state);
                }
            }
        }
    }
}
