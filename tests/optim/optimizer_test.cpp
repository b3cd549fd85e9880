#include "optim/optimizer.hpp"

#include "catch.hpp"
#include "models.hpp"
#include "numbers.hpp"
#include "optim/learning_rate.hpp"

#include <string>
#include <utility>
#include <vector>

using namespace nib;
using namespace nib::test;

namespace {

nib_train_options adamw_options()
{
    nib_train_options o = find_preset("lecture-deep")->train;
    o.optimizer = NIB_ADAMW;
    o.learning_rate = 0.01;
    o.weight_decay = 0.1;
    o.adam_beta1 = 0.8;
    o.adam_beta2 = 0.95;
    o.adam_eps = 1e-4;
    o.steps = 30;
    o.warmup_steps = 3;
    o.schedule = NIB_SCHEDULE_COSINE;
    return o;
}

// AdamW of one number in double (arXiv:1711.05101, algorithm 2).
struct DoubleAdamW {
    double w, m = 0.0, v = 0.0;

    void step(const nib_train_options& o, double rate, double g, std::int64_t t, bool decays)
    {
        const auto power = static_cast<double>(t + 1);
        m = o.adam_beta1 * m + (1 - o.adam_beta1) * g;
        v = o.adam_beta2 * v + (1 - o.adam_beta2) * g * g;
        const double mean = m / (1 - std::pow(o.adam_beta1, power)), square = v / (1 - std::pow(o.adam_beta2, power));
        w -= rate * ((decays ? o.weight_decay * w : 0.0) + mean / (std::sqrt(square) + o.adam_eps));
    }
};

} // namespace

TEST_CASE("AdamW over many steps is the algorithm in double")
{
    // 30 steps of 0.01 in float: some units in the last place of a parameter of about 1.
    constexpr double tolerance = 2e-6;
    constexpr std::size_t size = 37;
    const nib_train_options o = adamw_options();
    for (const bool decays : {true, false}) {
        Numbers numbers(1);
        Optimizer optimizer(o, size, heap());
        std::vector<float> w(size), g(size);
        numbers.fill(w);
        std::vector<DoubleAdamW> wanted;
        for (const float each : w) wanted.push_back({each});
        for (std::int64_t step = 0; step < o.steps; ++step) {
            numbers.fill(g);
            const Optimizer::Rates rates = optimizer.rates(step);
            optimizer.update(*kernels::table(), rates, 0, size, decays, g.data(), w.data());
            for (std::size_t i = 0; i < size; ++i) wanted[i].step(o, learning_rate(o, step), g[i], step, decays);
        }
        double worst = 0.0;
        for (std::size_t i = 0; i < size; ++i) worst = std::max(worst, std::abs(w[i] - wanted[i].w));
        CHECK(worst < tolerance);
    }
}

TEST_CASE("a range is updated alone, as in one piece")
{
    constexpr std::ptrdiff_t size = 100;
    for (const auto& [kind, momentum] : {std::pair(NIB_SGD, 0.0), {NIB_SGD, 0.9}, {NIB_ADAMW, 0.0}}) {
        nib_train_options o = adamw_options();
        o.optimizer = kind;
        o.momentum = momentum;
        Numbers numbers(2);
        std::vector<float> g(size), whole(size);
        numbers.fill(g);
        numbers.fill(whole);
        std::vector<float> pieces = whole;
        Optimizer one(o, size, heap()), other(o, size, heap());
        for (std::int64_t step = 0; step < 3; ++step) {
            const Optimizer::Rates rates = one.rates(step);
            one.update(*kernels::table(), rates, 0, size, true, g.data(), whole.data());
            other.update(*kernels::table(), rates, 33, 67, true, g.data(), pieces.data());
            other.update(*kernels::table(), rates, 0, 33, true, g.data(), pieces.data());
        }
        CHECK(bit_difference(pieces, whole) == "");
    }
}

TEST_CASE("SGD with momentum over many steps is PyTorch's rule in double")
{
    constexpr double tolerance = 2e-6; // as AdamW's
    constexpr std::size_t size = 37;
    nib_train_options o = adamw_options();
    o.optimizer = NIB_SGD;
    o.momentum = 0.9;
    Numbers numbers(1);
    Optimizer optimizer(o, size, heap());
    CHECK_FALSE(optimizer.is_linear());
    std::vector<float> w(size), g(size);
    numbers.fill(w);
    std::vector<double> wanted(w.begin(), w.end()), velocity(size, 0.0);
    for (std::int64_t step = 0; step < o.steps; ++step) {
        numbers.fill(g);
        optimizer.update(*kernels::table(), optimizer.rates(step), 0, size, true, g.data(), w.data());
        for (std::size_t i = 0; i < size; ++i) {
            velocity[i] = o.momentum * velocity[i] + g[i];
            wanted[i] -= learning_rate(o, step) * velocity[i];
        }
    }
    double worst = 0.0;
    for (std::size_t i = 0; i < size; ++i) worst = std::max(worst, std::abs(w[i] - wanted[i]));
    CHECK(worst < tolerance);
    REQUIRE(optimizer.arenas().size() == 1);
    CHECK(optimizer.arenas().front().name == std::string("sgd.momentum"));
    CHECK(optimizer.arenas().front().numbers->size() == size);
}

TEST_CASE("SGD keeps no moments, is linear, and does not decay weights")
{
    nib_train_options o = adamw_options();
    o.optimizer = NIB_SGD;
    o.warmup_steps = 0;
    Optimizer sgd(o, 4, heap());
    CHECK(sgd.is_linear());
    CHECK(sgd.arenas().empty());
    std::vector<float> w{1.0f, 2.0f, 3.0f, 4.0f};
    const std::vector<float> g{0.0f, 0.0f, 100.0f, 0.0f};
    sgd.update(*kernels::table(), sgd.rates(0), 0, 4, true, g.data(), w.data());
    CHECK(w == std::vector<float>{1.0f, 2.0f, 2.0f, 4.0f});

    Optimizer adamw(adamw_options(), 4, heap());
    CHECK_FALSE(adamw.is_linear());
    REQUIRE(adamw.arenas().size() == 2);
    for (const OptimizerArena& arena : adamw.arenas()) CHECK(arena.numbers->size() == 4);
}
