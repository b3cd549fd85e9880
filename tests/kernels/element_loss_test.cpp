#include "catch.hpp"
#include "kernels/rows.hpp"

#include <algorithm>
#include <cmath>

using namespace nib;
using namespace nib::test;
using kernels::LossFunction;

namespace {

struct LossAndSlope {
    double loss, slope;
};

LossAndSlope in_double(LossFunction function, double delta, double z, double t)
{
    const double d = z - t;
    if (function == LossFunction::squared) return {d * d, 2 * d};
    if (function == LossFunction::logistic) return {std::log1p(std::exp(z)) - z * t, 1 / (1 + std::exp(-z)) - t};
    if (std::abs(d) < delta) return {d * d / 2, d};
    return {delta * (std::abs(d) - delta / 2), std::copysign(delta, d)};
}

struct Problem {
    Problem(std::ptrdiff_t rows_, std::ptrdiff_t examples_, bool is_weighted)
        : rows(rows_),
          examples(examples_),
          z(rows, examples, 16),
          targets(rows, examples, 16),
          gradient(rows, examples, 16),
          weights(1, examples, 0),
          weighted(is_weighted)
    {
    }

    void fill(LossFunction function, Numbers& numbers)
    {
        z.fill(numbers, 6.0f);
        targets.fill(numbers, 6.0f);
        if (function == LossFunction::logistic) {
            for (std::ptrdiff_t r = 0; r < rows; ++r)
                for (float& each : targets.row(r)) each = static_cast<float>(numbers.between(0, 1));
        }
        for (float& each : weights.row(0)) each = static_cast<float>(numbers.between(0, 3));
        weights.at(0, 0) += 1;
        sum = 0;
        for (const float each : weights.row(0)) sum += each;
    }

    float run(LossFunction function, float delta, std::ptrdiff_t first, std::ptrdiff_t last)
    {
        return table().element_loss({.function = function,
                                     .delta = delta,
                                     .rows = rows,
                                     .examples = examples,
                                     .stride = z.stride(),
                                     .z = z.data(),
                                     .targets = targets.data(),
                                     .weights = weighted ? weights.data() : nullptr,
                                     .weight = weighted ? sum : static_cast<float>(examples),
                                     .first_row = first,
                                     .last_row = last,
                                     .gradient = first < last ? gradient.data() : nullptr});
    }

    double weight(std::ptrdiff_t i) const { return weighted ? double{weights.at(0, i)} : 1; }

    std::ptrdiff_t rows, examples;
    Rows z, targets, gradient, weights;
    bool weighted;
    float sum = 0;
};

} // namespace

TEST_CASE("losses of single outputs and their gradients against double")
{
    constexpr double tolerance = 2e-6;
    constexpr float delta = 1.5f;
    Numbers numbers(1);
    for (const LossFunction function : {LossFunction::squared, LossFunction::huber, LossFunction::logistic}) {
        for (const std::ptrdiff_t examples : example_counts) {
            Problem p(numbers.between(1, 5), examples, numbers.between(0, 1) == 1);
            p.fill(function, numbers);
            CAPTURE(static_cast<int>(function), p.rows, examples, p.weighted);
            const float loss = p.run(function, delta, 0, p.rows);
            const double all =
                (p.weighted ? double{p.sum} : static_cast<double>(examples)) * static_cast<double>(p.rows);
            double wanted = 0, worst = 0;
            for (std::ptrdiff_t r = 0; r < p.rows; ++r) {
                for (std::ptrdiff_t i = 0; i < examples; ++i) {
                    const auto [value, slope] =
                        in_double(function, double{delta}, double{p.z.at(r, i)}, double{p.targets.at(r, i)});
                    wanted += p.weight(i) * value / all;
                    const double gradient = p.weight(i) * slope / all;
                    worst =
                        std::max(worst, std::abs(gradient - double{p.gradient.at(r, i)}) / (1 + std::abs(gradient)));
                }
            }
            CHECK(std::abs(double{loss} - wanted) <= tolerance * (1 + wanted));
            CHECK(worst <= tolerance);
            CHECK(p.gradient.intact());
            CHECK(same_bits(p.run(function, delta, 0, 0), loss));
        }
    }
}

TEST_CASE("only the rows asked for get a gradient of their outputs")
{
    Numbers numbers(2);
    Problem p(5, 33, true), all(5, 33, true);
    p.fill(LossFunction::squared, numbers);
    all.z.copy_examples(p.z);
    all.targets.copy_examples(p.targets);
    all.weights.copy_examples(p.weights);
    all.sum = p.sum;
    for (std::ptrdiff_t r = 0; r < 5; ++r)
        for (float& each : p.gradient.row(r)) each = 9.0f;
    const float loss = all.run(LossFunction::squared, 1, 0, 5);
    CHECK(same_bits(p.run(LossFunction::squared, 1, 1, 3), loss));
    for (std::ptrdiff_t r = 0; r < 5; ++r) {
        for (std::ptrdiff_t i = 0; i < 33; ++i)
            CHECK(p.gradient.at(r, i) == (r == 1 || r == 2 ? all.gradient.at(r, i) : 9.0f));
    }
}

TEST_CASE("the logistic loss is finite for logits of any size")
{
    for (const float z : {-3e38f, -1000.0f, 0.0f, 1000.0f, 3e38f}) {
        Problem p(1, 1, false);
        p.z.at(0, 0) = z;
        p.targets.at(0, 0) = z > 0 ? 1.0f : 0.0f; // correct, however large z is
        const float loss = p.run(LossFunction::logistic, 1, 0, 1);
        CAPTURE(z);
        CHECK(loss == (z == 0 ? Approx(std::log(2.0)).epsilon(1e-6) : Approx(0.0)));
        CHECK(std::isfinite(p.gradient.at(0, 0)));
    }
}
