#include "catch.hpp"
#include "kernels/rows.hpp"

#include <algorithm>

using namespace nib;
using namespace nib::test;

namespace {

struct Problem {
    Problem(std::ptrdiff_t classes_, std::ptrdiff_t examples_, std::ptrdiff_t gap, Guard guard = Guard::behind)
        : classes(classes_),
          examples(examples_),
          logits(classes, examples, gap, guard),
          gradient(classes, examples, gap, guard),
          targets(static_cast<std::size_t>(examples), guard),
          workspace(static_cast<std::size_t>(2 * logits.stride()), guard)
    {
    }

    void fill(Numbers& numbers, float size)
    {
        logits.fill(numbers, size);
        for (std::int32_t& target : targets) target = numbers.between(0, static_cast<int>(classes) - 1);
    }

    float run(std::ptrdiff_t first_row, std::ptrdiff_t last_row, bool with_gradient = true)
    {
        return table().cross_entropy({.classes = classes,
                                      .examples = examples,
                                      .stride = logits.stride(),
                                      .logits = logits.data(),
                                      .targets = targets.data(),
                                      .weight = static_cast<float>(examples),
                                      .workspace = workspace.data(),
                                      .first_row = first_row,
                                      .last_row = last_row,
                                      .gradient = with_gradient ? gradient.data() : nullptr});
    }
    float run() { return run(0, classes); }

    std::ptrdiff_t target(std::ptrdiff_t example) const { return targets[static_cast<std::size_t>(example)]; }

    std::ptrdiff_t classes, examples;
    Rows logits, gradient;
    Guarded<std::int32_t> targets;
    Guarded<float> workspace;
};

float loss_once(Problem& p, Rows& gradient)
{
    const float n = static_cast<float>(p.examples);
    LaneSum loss;
    for (std::ptrdiff_t i = 0; i < p.examples; ++i) {
        float greatest = p.logits.at(0, i), total = 0.0f;
        for (std::ptrdiff_t c = 1; c < p.classes; ++c) greatest = std::max(greatest, p.logits.at(c, i));
        for (std::ptrdiff_t c = 0; c < p.classes; ++c) total += exp_once(p.logits.at(c, i) - greatest);
        loss.add(i, log_once(total) + (greatest - p.logits.at(p.target(i), i)));
        const float scale = 1.0f / (total * n);
        for (std::ptrdiff_t c = 0; c < p.classes; ++c) {
            gradient.at(c, i) = exp_once(p.logits.at(c, i) - greatest) * scale;
        }
        gradient.at(p.target(i), i) -= 1.0f / n;
    }
    return loss.total() / n;
}

// The loss in double; worst receives the largest difference of the gradient.
double loss_in_double(Problem& p, double& worst)
{
    const double n = static_cast<double>(p.examples);
    double loss = 0.0;
    worst = 0.0;
    for (std::ptrdiff_t i = 0; i < p.examples; ++i) {
        double greatest = -INFINITY, total = 0.0;
        for (std::ptrdiff_t c = 0; c < p.classes; ++c) greatest = std::max<double>(greatest, p.logits.at(c, i));
        for (std::ptrdiff_t c = 0; c < p.classes; ++c) total += std::exp(p.logits.at(c, i) - greatest);
        loss += std::log(total) + greatest - p.logits.at(p.target(i), i);
        for (std::ptrdiff_t c = 0; c < p.classes; ++c) {
            const double share = std::exp(p.logits.at(c, i) - greatest) / total;
            const double wanted = (share - (c == p.target(i) ? 1.0 : 0.0)) / n;
            worst = std::max(worst, n * std::abs(wanted - p.gradient.at(c, i)));
        }
    }
    return loss / n;
}

} // namespace

TEST_CASE("cross-entropy and its gradient, bit by bit")
{
    Numbers numbers(1);
    for (const std::ptrdiff_t examples : example_counts) {
        for (const std::ptrdiff_t classes : {1, 2, 5, 27, 130}) {
            for (const float size : {0.1f, 5.0f, 1000.0f}) {
                Problem p(classes, examples, size == 5.0f ? 16 : 0, size == 5.0f ? Guard::before : Guard::behind);
                p.fill(numbers, size);
                CAPTURE(examples, classes, size);
                Rows wanted(classes, examples, 0);
                const float loss = p.run();
                CHECK(same_bits(loss, loss_once(p, wanted)));
                CHECK(bit_difference(p.gradient, wanted) == "");
                CHECK(same_bits(p.run(0, 0, false), loss));
                CHECK(p.gradient.intact());
                CHECK(p.workspace.intact());
            }
        }
    }
}

TEST_CASE("cross-entropy and its gradient against double")
{
    // A loss of L carries about 1e-7 L from the logits' difference, exp and log add 3 units in the last place; shares
    // of a class, at most 1, carry the 1e-7 of exp and of a sum of up to 130 numbers.
    constexpr double loss_tolerance = 3e-7, gradient_tolerance = 2e-6;
    Numbers numbers(2);
    for (const std::ptrdiff_t examples : example_counts) {
        for (const float size : {0.1f, 5.0f, 1000.0f}) {
            Problem p(static_cast<std::ptrdiff_t>(numbers.one_of({2, 27, 130})), examples, 0);
            p.fill(numbers, size);
            CAPTURE(p.classes, examples, size);
            const float loss = p.run();
            double worst;
            const double wanted = loss_in_double(p, worst);
            CHECK(std::abs(loss - wanted) <= loss_tolerance * (1.0 + wanted));
            CHECK(worst <= gradient_tolerance);
        }
    }
}

TEST_CASE("only the rows asked for get a gradient")
{
    Numbers numbers(3);
    Problem p(27, 33, 0), all(27, 33, 0);
    p.fill(numbers, 2.0f);
    all.logits.copy_examples(p.logits);
    std::ranges::copy(p.targets, all.targets.begin());
    const float loss = all.run();
    CHECK(same_bits(p.run(10, 17), loss));
    for (std::ptrdiff_t c = 0; c < 27; ++c) {
        const bool asked = c >= 10 && c < 17;
        for (const float each : p.gradient.row(c)) CHECK(std::isnan(each) != asked);
        if (asked) CHECK(bit_difference(p.gradient.row(c), all.gradient.row(c)) == "");
    }
    CHECK(same_bits(p.run(5, 5), loss));
    CHECK(std::isnan(p.gradient.at(5, 0)));
}

TEST_CASE("equal logits mean a loss of ln(classes)")
{
    for (const float level : {0.0f, -3.0f, 1e4f, -1e30f}) {
        Problem p(27, 7, 0);
        for (std::ptrdiff_t c = 0; c < 27; ++c) std::ranges::fill(p.logits.row(c), level);
        std::ranges::fill(p.targets, 26);
        CHECK(p.run() == Approx(std::log(27.0)).epsilon(1e-6));
        CHECK(p.gradient.at(0, 6) == Approx(1.0 / (27 * 7)).epsilon(1e-6));
        CHECK(p.gradient.at(26, 6) == Approx((1.0 / 27 - 1) / 7).epsilon(1e-6));
    }
}

TEST_CASE("one certain example: no loss, or as much as the logits differ by")
{
    Problem p(3, 1, 0);
    p.logits.at(0, 0) = 100.0f;
    p.logits.at(1, 0) = -100.0f;
    p.logits.at(2, 0) = -1000.0f;
    for (const float loss : {0.0f, 200.0f, 1100.0f}) {
        p.targets[0] = loss == 0.0f ? 0 : loss == 200.0f ? 1 : 2;
        CHECK(p.run() == loss);
        CHECK(p.gradient.at(0, 0) == (loss == 0.0f ? 0.0f : 1.0f));
    }
}

TEST_CASE("a logit that is not a number shows in the loss, infinity too")
{
    for (const float bad : {NAN, INFINITY}) {
        for (const std::ptrdiff_t c : {0, 3, 6}) {
            for (const std::ptrdiff_t example : {0, 15, 16, 18}) {
                Numbers numbers(4);
                Problem p(7, 19, 0);
                p.fill(numbers, 1.0f);
                p.logits.at(c, example) = bad;
                CAPTURE(bad, c, example);
                CHECK_FALSE(std::isfinite(p.run()));
            }
        }
    }
}

TEST_CASE("weights and smoothing against double")
{
    constexpr double loss_tolerance = 1e-6, gradient_tolerance = 3e-6;
    Numbers numbers(4);
    for (const std::ptrdiff_t examples : example_counts) {
        for (const float smoothing : {0.0f, 0.1f, 0.9f}) {
            Problem p(static_cast<std::ptrdiff_t>(numbers.one_of({2, 3, 27})), examples, 16);
            p.fill(numbers, 4.0f);
            Rows weights(1, examples, 0);
            float sum = 0;
            for (float& each : weights.row(0)) sum += each = static_cast<float>(numbers.between(0, 3));
            weights.at(0, 0) += 1, sum += 1;
            CAPTURE(p.classes, examples, smoothing);
            const float loss = table().cross_entropy({.classes = p.classes,
                                                      .examples = examples,
                                                      .stride = p.logits.stride(),
                                                      .logits = p.logits.data(),
                                                      .targets = p.targets.data(),
                                                      .weights = weights.data(),
                                                      .weight = sum,
                                                      .smoothing = smoothing,
                                                      .workspace = p.workspace.data(),
                                                      .first_row = 0,
                                                      .last_row = p.classes,
                                                      .gradient = p.gradient.data()});
            double wanted = 0, worst = 0;
            for (std::ptrdiff_t i = 0; i < examples; ++i) {
                double total = 0;
                for (std::ptrdiff_t c = 0; c < p.classes; ++c) total += std::exp(double{p.logits.at(c, i)});
                for (std::ptrdiff_t c = 0; c < p.classes; ++c) {
                    const double share = std::exp(double{p.logits.at(c, i)}) / total;
                    const double q = (c == p.target(i) ? 1 - double{smoothing} : 0) +
                                     double{smoothing} / static_cast<double>(p.classes);
                    wanted -= double{weights.at(0, i)} / double{sum} * q * std::log(share);
                    const double gradient = double{weights.at(0, i)} / double{sum} * (share - q);
                    worst = std::max(worst, std::abs(gradient - double{p.gradient.at(c, i)}));
                }
            }
            CHECK(std::abs(double{loss} - wanted) <= loss_tolerance * (1 + wanted));
            CHECK(worst <= gradient_tolerance);
            CHECK(p.gradient.intact());
        }
    }
}

TEST_CASE("weights of 0 alone give a loss and a gradient of 0")
{
    Numbers numbers(5);
    Problem p(3, 5, 0);
    p.fill(numbers, 1.0f);
    Rows weights(1, 5, 0);
    for (float& each : weights.row(0)) each = 0;
    const float loss = table().cross_entropy({.classes = 3,
                                              .examples = 5,
                                              .stride = p.logits.stride(),
                                              .logits = p.logits.data(),
                                              .targets = p.targets.data(),
                                              .weights = weights.data(),
                                              .weight = 0,
                                              .smoothing = 0,
                                              .workspace = p.workspace.data(),
                                              .first_row = 0,
                                              .last_row = 3,
                                              .gradient = p.gradient.data()});
    CHECK(loss == 0);
    for (std::ptrdiff_t c = 0; c < 3; ++c)
        for (const float each : p.gradient.row(c)) CHECK(each == 0);
}
