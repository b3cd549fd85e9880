// The kernels on plain arrays.
#include "fuzz/calls/session.hpp"

#include <algorithm>

namespace nib::fuzz {

namespace {

constexpr std::int64_t largest = std::int64_t{1} << 40;

// Exactly this many floats: an access beyond them is noticed.
std::vector<float> floats(Session& s, std::size_t n)
{
    std::vector<float> values(n);
    for (float& value : values) value = static_cast<float>(s.random.unit() * 4 - 2);
    if (n > 0 && s.odd()) make_odd(s.random, s.random.any(values));
    return values;
}

std::int64_t some_size(Session& s) { return s.random.of<std::int64_t>({0, 1, 2, 3, 7, 16, 17, 33}); }

struct Matrix {
    std::int64_t stride;
    std::vector<float> values;
};

Matrix some_matrix(Session& s, std::int64_t rows, std::int64_t columns)
{
    const std::int64_t stride = std::max<std::int64_t>(columns, 1) + s.random.of({0, 0, 3});
    const std::int64_t size = rows == 0 || columns == 0 ? 0 : (rows - 1) * stride + columns;
    return {stride, floats(s, static_cast<std::size_t>(size))};
}

void sgemm(Session& s)
{
    Context* made = s.some<Context>();
    nib_context* context = s.handle_of(made);
    const auto trans_a = s.one_of({NIB_NO_TRANSPOSE, NIB_TRANSPOSE}),
               trans_b = s.one_of({NIB_NO_TRANSPOSE, NIB_TRANSPOSE});
    const std::int64_t m = some_size(s), n = some_size(s), k = some_size(s);
    const bool across_a = trans_a == NIB_TRANSPOSE, across_b = trans_b == NIB_TRANSPOSE;
    Matrix a = some_matrix(s, across_a ? k : m, across_a ? m : k),
           b = some_matrix(s, across_b ? n : k, across_b ? k : n);
    Matrix c = some_matrix(s, m, n);
    float alpha = s.random.of({1.0f, 0.0f, -0.5f}), beta = s.random.of({0.0f, 1.0f, 0.5f});
    if (s.odd()) make_one_odd(s.random, alpha, beta);
    const auto lda = s.within<std::int64_t>(a.stride, {0, -1, INT64_MIN, largest + 1});
    const auto ldb = s.within<std::int64_t>(b.stride, {0, -1, INT64_MIN, largest + 1});
    const auto ldc = s.within<std::int64_t>(c.stride, {0, -1, INT64_MIN, largest + 1});
    const auto rows = s.within<std::int64_t>(m, {-1, largest + 1, INT64_MIN, INT64_MAX});
    const bool result = m > 0 && n > 0, products = result && k > 0 && alpha != 0;
    const float* from_a = products ? s.needed(a.values.data()) : nullptr;
    const float* from_b = products ? s.needed(b.values.data()) : nullptr;
    float* to = result ? s.needed(c.values.data()) : nullptr;
    const std::vector<float> before = c.values;
    const nib_status status = NIB_CALL(s, context != nullptr ? made : nullptr, (), nib_sgemm, context, trans_a, trans_b,
                                       rows, n, k, alpha, from_a, lda, from_b, ldb, beta, to, ldc);
    s.mix(c.values.data(), c.values.size() * sizeof(float));
    const bool same = before.empty() || std::memcmp(before.data(), c.values.data(), before.size() * sizeof(float)) == 0;
    s.check(status == NIB_OK || same, "a refused product leaves C as it was");
}

// Sizes at their largest, with another size of zero: there is nothing to do, and no time is spent.
void vast(Session& s)
{
    Context* made = s.some<Context>();
    if (made == nullptr) return;
    nib_context* context = made->handle;
    const std::int64_t size = s.random.of({largest, largest - 1});
    float one = 1;
    switch (s.random.below(5)) {
    case 0:
        NIB_CALL(s, made, (), nib_sgemm, context, NIB_NO_TRANSPOSE, NIB_NO_TRANSPOSE, size, 0, size, 1, nullptr, size,
                 nullptr, 1, 0, nullptr, 1);
        return;
    case 1:
        NIB_CALL(s, made, (), nib_sgemm, context, NIB_NO_TRANSPOSE, NIB_TRANSPOSE, 0, size, size, 1, nullptr, size,
                 nullptr, size, 1, nullptr, size);
        return;
    case 2:
        NIB_CALL(s, made, (), nib_sgemm, context, NIB_TRANSPOSE, NIB_TRANSPOSE, 1, 1, size, 0, nullptr, 1, nullptr,
                 size, 1, &one, 1);
        s.check(one == 1, "C stays where alpha is 0 and beta 1");
        return;
    case 3:
        NIB_CALL(s, made, (), nib_batchnorm_tanh_evaluate, context, size, 0, nullptr, nullptr, nullptr, nullptr,
                 nullptr, 0, nullptr);
        return;
    default:
        NIB_CALL(s, made, (), nib_batchnorm_tanh_forward, context, size, 0, nullptr, nullptr, nullptr, 0, nullptr,
                 nullptr, nullptr, nullptr);
        return;
    }
}

void map(Session& s)
{
    Context* made = s.some<Context>();
    nib_context* context = s.handle_of(made);
    const std::size_t n = static_cast<std::size_t>(some_size(s));
    std::vector<float> x = floats(s, n), y(n);
    const auto asked = s.within<std::int64_t>(static_cast<std::int64_t>(n), {-1, largest + 1, INT64_MIN, INT64_MAX});
    const float* from = n > 0 ? s.needed(x.data()) : nullptr;
    float* to = n > 0 ? s.needed(s.random.one_in(3) ? x.data() : y.data()) : nullptr;
    Context* told = context != nullptr ? made : nullptr;
    switch (s.random.below(3)) {
    case 0:
        NIB_CALL(s, told, (), nib_tanh, context, asked, from, to);
        break;
    case 1:
        NIB_CALL(s, told, (), nib_exp, context, asked, from, to);
        break;
    default:
        NIB_CALL(s, told, (), nib_log, context, asked, from, to);
    }
    if (to != nullptr) s.mix(to, n * sizeof(float));
}

// Arrays for batch normalisation.
struct Norm {
    explicit Norm(Session& s, std::int64_t smallest)
        : examples(std::max(some_size(s), smallest)),
          features(some_size(s)),
          asked(s.within<std::int64_t>(examples, {-1, INT64_MIN, largest + 1})),
          asked_features(s.within<std::int64_t>(features, {-1, INT64_MIN, largest + 1}))
    {
        const auto whole = static_cast<std::size_t>(examples * features), row = static_cast<std::size_t>(features);
        for (std::vector<float>& each : large) each = floats(s, whole);
        for (std::vector<float>& each : small) each = floats(s, row);
    }

    // NULL if there is no element, and now and then otherwise.
    float* array(Session& s, std::vector<float>& values, bool needed) const
    {
        return values.empty() ? nullptr : needed ? s.needed(values.data()) : values.data();
    }
    void mix(Session& s) const
    {
        for (const auto& each : large) s.mix(each.data(), each.size() * sizeof(float));
        for (const auto& each : small) s.mix(each.data(), each.size() * sizeof(float));
    }

    std::int64_t examples, features, asked, asked_features;
    std::vector<float> large[4], small[5];
};

float some_eps(Session& s) { return s.within(s.random.of({0.0f, 1e-5f, 1.0f}), {-1.0f, -HUGE_VALF, NAN, HUGE_VALF}); }

void norm_forward(Session& s)
{
    Context* made = s.some<Context>();
    nib_context* context = s.handle_of(made);
    Norm n(s, 2);
    const float eps = some_eps(s);
    float* z = n.array(s, n.large[0], true);
    float* x = s.random.one_in(3) ? z : n.array(s, n.large[1], true);
    const nib_status status =
        NIB_CALL(s, context != nullptr ? made : nullptr, (), nib_batchnorm_tanh_forward, context, n.asked,
                 n.asked_features, z, n.array(s, n.small[0], true), n.array(s, n.small[1], true), eps, x,
                 n.array(s, n.large[2], true), n.array(s, n.small[2], true), n.array(s, n.small[3], true));
    if (status == NIB_OK) n.mix(s);
}

void norm_evaluate(Session& s)
{
    Context* made = s.some<Context>();
    nib_context* context = s.handle_of(made);
    Norm n(s, 0);
    const float eps = some_eps(s);
    for (float& variance : n.small[3]) variance = std::fabs(variance);
    float* z = n.array(s, n.large[0], true);
    float* y = s.random.one_in(3) ? z : n.array(s, n.large[1], true);
    const nib_status status =
        NIB_CALL(s, context != nullptr ? made : nullptr, (), nib_batchnorm_tanh_evaluate, context, n.asked,
                 n.asked_features, z, n.array(s, n.small[0], true), n.array(s, n.small[1], true),
                 n.array(s, n.small[2], true), n.array(s, n.small[3], true), eps, y);
    if (status == NIB_OK) n.mix(s);
}

void norm_backward(Session& s)
{
    Context* made = s.some<Context>();
    nib_context* context = s.handle_of(made);
    Norm n(s, 2);
    float* dy = n.array(s, n.large[0], true);
    float* dz = s.random.one_in(3) ? dy : n.array(s, n.large[3], true);
    const nib_status status = NIB_CALL(
        s, context != nullptr ? made : nullptr, (), nib_batchnorm_tanh_backward, context, n.asked, n.asked_features, dy,
        n.array(s, n.large[1], true), n.array(s, n.large[2], true), n.array(s, n.small[0], true),
        n.array(s, n.small[1], true), dz, n.array(s, n.small[2], true), n.array(s, n.small[3], true));
    if (status == NIB_OK) n.mix(s);
}

} // namespace

const std::vector<Operation> kernel_operations = {sgemm, sgemm, vast, map, norm_forward, norm_evaluate, norm_backward};

} // namespace nib::fuzz
