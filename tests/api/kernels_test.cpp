#include "nib/kernels.h"

#include "api/small.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

using namespace nib::test;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

std::vector<float> numbers(int64_t count, std::uint32_t seed)
{
    std::vector<float> values(static_cast<std::size_t>(count));
    for (float& each : values) {
        seed = seed * 1664525u + 1013904223u;
        each = static_cast<float>(seed >> 8) / 4194304.0f - 2.0f;
    }
    return values;
}

bool near(double x, double expected, double tolerance) { return std::abs(x - expected) <= tolerance; }

// Batch normalisation and tanh on random numbers; the way forward as plain loops in double.
struct Norm {
    int64_t examples, features;
    std::vector<float> z, gamma, beta;
    float eps = 1e-3f;

    Norm(int64_t e, int64_t f)
        : examples(e), features(f), z(numbers(e * f, 1)), gamma(numbers(f, 2)), beta(numbers(f, 3))
    {
    }
    double at(int64_t i, int64_t j) const { return static_cast<double>(z[static_cast<std::size_t>(i * features + j)]); }
    double mean(int64_t j) const
    {
        double sum = 0;
        for (int64_t i = 0; i < examples; ++i) sum += at(i, j);
        return sum / static_cast<double>(examples);
    }
    double variance(int64_t j) const
    {
        double sum = 0;
        for (int64_t i = 0; i < examples; ++i) sum += (at(i, j) - mean(j)) * (at(i, j) - mean(j));
        return sum / static_cast<double>(examples);
    }
    double inverse_std(int64_t j) const { return 1 / std::sqrt(variance(j) + static_cast<double>(eps)); }
    double y_of(double x, int64_t j) const
    {
        const auto feature = static_cast<std::size_t>(j);
        return std::tanh(static_cast<double>(gamma[feature]) * x + static_cast<double>(beta[feature]));
    }
};

struct Outputs {
    std::vector<float> x, y, mean, inverse_std;

    Outputs(nib_context* context, const Norm& t)
        : x(t.z.size()), y(t.z.size()), mean(t.gamma.size()), inverse_std(t.gamma.size())
    {
        REQUIRE(nib_batchnorm_tanh_forward(context, t.examples, t.features, t.z.data(), t.gamma.data(), t.beta.data(),
                                           t.eps, x.data(), y.data(), mean.data(), inverse_std.data()) == NIB_OK);
    }
};

constexpr int64_t shapes[][2] = {{2, 1}, {3, 17}, {32, 100}, {33, 16}, {100, 70}, {5000, 19}, {700, 130}};

} // namespace

TEST_CASE("nib_sgemm multiplies all four ways")
{
    const unique<nib_context> context = new_context();
    const float a[] = {1, 2, 3, 4, 5, 6}, at[] = {1, 4, 2, 5, 3, 6}; // (2, 3)
    const float b[] = {1, 0, 2, 1, 0, 3}, bt[] = {1, 2, 0, 0, 1, 3}; // (3, 2)
    for (int way = 0; way < 4; ++way) {
        const bool ta = (way & 1) != 0, tb = (way & 2) != 0;
        float c[] = {10, 20, -1, 30, 40};
        CHECK(nib_sgemm(context.get(), ta ? NIB_TRANSPOSE : NIB_NO_TRANSPOSE, tb ? NIB_TRANSPOSE : NIB_NO_TRANSPOSE, 2,
                        2, 3, 2, ta ? at : a, ta ? 2 : 3, tb ? bt : b, tb ? 3 : 2, 0.5f, c, 3) == NIB_OK);
        const float expected[] = {5 + 2 * 5, 10 + 2 * 11, -1, 15 + 2 * 14, 20 + 2 * 23};
        for (int i = 0; i < 5; ++i) CHECK(c[i] == expected[i]);
    }
}

TEST_CASE("nib_sgemm refuses what it cannot do")
{
    const unique<nib_context> context = new_context();
    float x[16] = {};
    const auto call = [&](int64_t m, int64_t n, int64_t k, int64_t lda, int64_t ldb, int64_t ldc,
                          const float* a = nullptr, const float* b = nullptr, float* c = nullptr,
                          nib_transpose way = NIB_NO_TRANSPOSE) {
        return nib_sgemm(context.get(), way, way, m, n, k, 1, a, lda, b, ldb, 0, c, ldc);
    };
    CHECK(nib_sgemm(nullptr, NIB_TRANSPOSE, NIB_TRANSPOSE, 1, 1, 1, 1, x, 1, x, 1, 0, x, 1) ==
          NIB_ERR_INVALID_ARGUMENT);
    CHECK_REFUSED(context.get(), call(-1, 1, 1, 1, 1, 1, x, x, x), "m is -1");
    CHECK_REFUSED(context.get(), call(1, -1, 1, 1, 1, 1, x, x, x), "n is -1");
    CHECK_REFUSED(context.get(), call(1, 1, -1, 1, 1, 1, x, x, x), "k is -1");
    CHECK_REFUSED(context.get(), call(2, 3, 4, 3, 3, 3, x, x, x), "lda is 3");
    CHECK_REFUSED(context.get(), call(2, 3, 4, 4, 2, 3, x, x, x), "ldb is 2");
    CHECK_REFUSED(context.get(), call(2, 3, 4, 4, 3, 2, x, x, x), "ldc is 2");
    CHECK_REFUSED(context.get(), call(2, 3, 4, 1, 4, 3, x, x, x, NIB_TRANSPOSE), "lda is 1");
    CHECK_REFUSED(context.get(), call(2, 3, 4, 2, 3, 3, x, x, x, NIB_TRANSPOSE), "ldb is 3");
    CHECK_REFUSED(context.get(), call(0, 0, 0, 0, 1, 1), "lda is 0");
    CHECK_REFUSED(context.get(), call(2, 2, 2, 2, 2, 2, nullptr, x, x), "a is NULL");
    CHECK_REFUSED(context.get(), call(2, 2, 2, 2, 2, 2, x, nullptr, x), "b is NULL");
    CHECK_REFUSED(context.get(), call(2, 2, 2, 2, 2, 2, x, x, nullptr), "c is NULL");
    CHECK_REFUSED(context.get(), call(2, 2, 2, 2, 2, 2, x, x, x, unknown<nib_transpose>(2)), "trans_a is 2");
    CHECK(call(0, 2, 2, 2, 2, 2) == NIB_OK);
    CHECK(call(2, 2, 0, 1, 2, 2, nullptr, nullptr, x) == NIB_OK);
}

TEST_CASE("tanh, exp and log over arrays, also in place")
{
    const unique<nib_context> context = new_context();
    for (const int64_t n : {0, 1, 15, 16, 17, 100}) {
        const std::vector<float> x = numbers(n, 9);
        std::vector<float> tanh(x.size()), exp(x.size()), log = x;
        CHECK(nib_tanh(context.get(), n, x.data(), tanh.data()) == NIB_OK);
        CHECK(nib_exp(context.get(), n, x.data(), exp.data()) == NIB_OK);
        CHECK(nib_log(context.get(), n, log.data(), log.data()) == NIB_OK);
        for (std::size_t i = 0; i < x.size(); ++i) {
            const double at = static_cast<double>(x[i]);
            CHECK(near(static_cast<double>(tanh[i]), std::tanh(at), 3e-7));
            CHECK(near(static_cast<double>(exp[i]) / std::exp(at), 1, 3e-7));
            if (at > 0)
                CHECK(near(static_cast<double>(log[i]), std::log(at), 3e-7 * std::abs(std::log(at)) + 1e-12));
            else
                CHECK((at < 0 ? std::isnan(log[i]) : static_cast<double>(log[i]) == -infinity));
        }
    }
    float x = 1;
    CHECK_REFUSED(context.get(), nib_tanh(context.get(), -1, &x, &x), "n is -1");
    CHECK_REFUSED(context.get(), nib_exp(context.get(), 1, nullptr, &x), "x is NULL");
    CHECK_REFUSED(context.get(), nib_log(context.get(), 1, &x, nullptr), "y is NULL");
    CHECK(nib_tanh(nullptr, 1, &x, &x) == NIB_ERR_INVALID_ARGUMENT);
}

TEST_CASE("batch normalisation and tanh, forward")
{
    const unique<nib_context> context = new_context();
    for (const auto& shape : shapes) {
        const Norm t(shape[0], shape[1]);
        const Outputs out(context.get(), t);
        double worst = 0;
        for (int64_t j = 0; j < t.features; ++j) {
            const auto feature = static_cast<std::size_t>(j);
            const double mean = t.mean(j), inverse_std = t.inverse_std(j);
            worst = std::max(worst, std::abs(static_cast<double>(out.mean[feature]) - mean));
            worst = std::max(worst, std::abs(static_cast<double>(out.inverse_std[feature]) / inverse_std - 1));
            for (int64_t i = 0; i < t.examples; ++i) {
                const auto at = static_cast<std::size_t>(i * t.features + j);
                const double x = (t.at(i, j) - mean) * inverse_std;
                worst = std::max(worst, std::abs(static_cast<double>(out.x[at]) - x) / 10);
                worst = std::max(worst, std::abs(static_cast<double>(out.y[at]) - t.y_of(x, j)) / 10);
            }
        }
        INFO(t.examples << " x " << t.features);
        CHECK(worst < 3e-6);
    }
}

TEST_CASE("batch normalisation and tanh, evaluation with the batch's own statistics is training's")
{
    const unique<nib_context> context = new_context();
    for (const auto& shape : shapes) {
        const Norm t(shape[0], shape[1]);
        const Outputs out(context.get(), t);
        std::vector<float> variance;
        for (int64_t j = 0; j < t.features; ++j) variance.push_back(static_cast<float>(t.variance(j)));
        std::vector<float> y = t.z;
        REQUIRE(nib_batchnorm_tanh_evaluate(context.get(), t.examples, t.features, y.data(), t.gamma.data(),
                                            t.beta.data(), out.mean.data(), variance.data(), t.eps,
                                            y.data()) == NIB_OK);
        double worst = 0;
        for (std::size_t i = 0; i < y.size(); ++i)
            worst = std::max(worst, static_cast<double>(std::abs(y[i] - out.y[i])));
        INFO(t.examples << " x " << t.features);
        CHECK(worst < 3e-5);
    }
    CHECK(nib_batchnorm_tanh_evaluate(context.get(), 0, 0, nullptr, nullptr, nullptr, nullptr, nullptr, 0, nullptr) ==
          NIB_OK);
}

TEST_CASE("batch normalisation and tanh, backward")
{
    const unique<nib_context> context = new_context();
    for (const auto& shape : shapes) {
        const Norm t(shape[0], shape[1]);
        const Outputs out(context.get(), t);
        const std::vector<float> dy = numbers(t.examples * t.features, 4);
        std::vector<float> dz = dy, dgamma(t.gamma.size()), dbeta(t.gamma.size());
        REQUIRE(nib_batchnorm_tanh_backward(context.get(), t.examples, t.features, dz.data(), out.y.data(),
                                            out.x.data(), t.gamma.data(), out.inverse_std.data(), dz.data(),
                                            dgamma.data(), dbeta.data()) == NIB_OK);
        const double n = static_cast<double>(t.examples);
        double worst = 0;
        for (int64_t j = 0; j < t.features; ++j) {
            const auto feature = static_cast<std::size_t>(j);
            const auto da = [&](std::size_t at) {
                const double y = static_cast<double>(out.y[at]);
                return static_cast<double>(dy[at]) * (1 - y * y);
            };
            double sum = 0, sum_x = 0;
            for (int64_t i = 0; i < t.examples; ++i) {
                const auto at = static_cast<std::size_t>(i * t.features + j);
                sum += da(at);
                sum_x += da(at) * static_cast<double>(out.x[at]);
            }
            worst = std::max(worst, std::abs(static_cast<double>(dbeta[feature]) - sum) / n);
            worst = std::max(worst, std::abs(static_cast<double>(dgamma[feature]) - sum_x) / n);
            const double scale = static_cast<double>(t.gamma[feature]) * static_cast<double>(out.inverse_std[feature]);
            for (int64_t i = 0; i < t.examples; ++i) {
                const auto at = static_cast<std::size_t>(i * t.features + j);
                const double expected = scale * (da(at) - sum / n - static_cast<double>(out.x[at]) * sum_x / n);
                worst = std::max(worst, std::abs(static_cast<double>(dz[at]) - expected) / (10 + std::abs(scale)));
            }
        }
        INFO(t.examples << " x " << t.features);
        CHECK(worst < 1e-6);
    }
}

TEST_CASE("batch normalisation refuses what it cannot do")
{
    const unique<nib_context> context = new_context();
    float x[4] = {1, 2, 3, 4};
    const auto forward = [&](int64_t examples, int64_t features, float eps, float* y) {
        return nib_batchnorm_tanh_forward(context.get(), examples, features, x, x, x, eps, x, y, x, x);
    };
    CHECK_REFUSED(context.get(), forward(1, 2, 0, x), "examples is 1");
    CHECK_REFUSED(context.get(), forward(2, -1, 0, x), "features is -1");
    CHECK_REFUSED(context.get(), forward(2, 2, -1, x), "eps is -1");
    CHECK_REFUSED(context.get(), forward(2, 2, 0, nullptr), "y is NULL");
    CHECK(forward(2, 0, 0, nullptr) == NIB_OK);
    CHECK_REFUSED(context.get(), nib_batchnorm_tanh_backward(context.get(), 2, 1, nullptr, x, x, x, x, x, x, x),
                  "dy is NULL");
    CHECK_REFUSED(context.get(), nib_batchnorm_tanh_evaluate(context.get(), 2, 1, x, x, x, x, nullptr, 0, x),
                  "variance is NULL");
    CHECK(nib_batchnorm_tanh_forward(nullptr, 2, 1, x, x, x, 0, x, x, x, x) == NIB_ERR_INVALID_ARGUMENT);
}
