#include "nib/kernels.h"

#include "api/context.hpp"
#include "api/guard.hpp"
#include "base/check.hpp"
#include "kernels/row_major.hpp"
#include "kernels/sgemm.hpp"

#include <algorithm>
#include <cstdint>

using namespace nib;

namespace {

constexpr std::int64_t largest = std::int64_t{1} << 40;

void check_array(const char* name, const void* array, bool needed)
{
    if (needed) api::check_pointer(name, array);
}

nib_status map(nib_context* context, void (*kernels::Table::*function)(std::ptrdiff_t, const float*, float*), int64_t n,
               const float* x, float* y)
{
    return api::guard("context", context, [&] {
        check_range("n", n, 0, largest);
        check_array("x", x, n > 0);
        check_array("y", y, n > 0);
        (kernels::table()->*function)(n, x, y);
    });
}

} // namespace

nib_status nib_sgemm(nib_context* context, nib_transpose trans_a, nib_transpose trans_b, int64_t m, int64_t n,
                     int64_t k, float alpha, const float* a, int64_t lda, const float* b, int64_t ldb, float beta,
                     float* c, int64_t ldc)
{
    return api::guard("context", context, [&] {
        check_enum("trans_a", trans_a, NIB_TRANSPOSE);
        check_enum("trans_b", trans_b, NIB_TRANSPOSE);
        check_range("m", m, 0, largest);
        check_range("n", n, 0, largest);
        check_range("k", k, 0, largest);
        const bool transposed_a = trans_a == NIB_TRANSPOSE, transposed_b = trans_b == NIB_TRANSPOSE;
        check_range("lda", lda, std::max<int64_t>(transposed_a ? m : k, 1), largest);
        check_range("ldb", ldb, std::max<int64_t>(transposed_b ? k : n, 1), largest);
        check_range("ldc", ldc, std::max<int64_t>(n, 1), largest);
        const bool result = m > 0 && n > 0, products = result && k > 0 && alpha != 0.0f;
        check_array("a", a, products);
        check_array("b", b, products);
        check_array("c", c, result);
        const kernels::Sgemm product{.transposed_a = transposed_a,
                                     .transposed_b = transposed_b,
                                     .m = m,
                                     .n = n,
                                     .k = k,
                                     .alpha = alpha,
                                     .a = a,
                                     .a_stride = lda,
                                     .b = b,
                                     .b_stride = ldb,
                                     .beta = beta,
                                     .c = c,
                                     .c_stride = ldc};
        kernels::sgemm(*kernels::table(), product, context->threads, context->workspace, context->memory);
    });
}

nib_status nib_tanh(nib_context* context, int64_t n, const float* x, float* y)
{
    return map(context, &kernels::Table::tanh, n, x, y);
}

nib_status nib_exp(nib_context* context, int64_t n, const float* x, float* y)
{
    return map(context, &kernels::Table::exp, n, x, y);
}

nib_status nib_log(nib_context* context, int64_t n, const float* x, float* y)
{
    return map(context, &kernels::Table::log, n, x, y);
}

nib_status nib_batchnorm_tanh_forward(nib_context* context, int64_t examples, int64_t features, const float* z,
                                      const float* gamma, const float* beta, float eps, float* x, float* y, float* mean,
                                      float* inverse_std)
{
    return api::guard("context", context, [&] {
        check_range("examples", examples, 2, largest);
        check_range("features", features, 0, largest);
        check_not_negative("eps", eps);
        check_array("z", z, features > 0);
        check_array("gamma", gamma, features > 0);
        check_array("beta", beta, features > 0);
        check_array("x", x, features > 0);
        check_array("y", y, features > 0);
        check_array("mean", mean, features > 0);
        check_array("inverse_std", inverse_std, features > 0);
        const kernels::RowNormForward norm{.examples = examples,
                                           .features = features,
                                           .stride = features,
                                           .z = z,
                                           .gamma = gamma,
                                           .beta = beta,
                                           .eps = eps,
                                           .x = x,
                                           .y = y,
                                           .mean = mean,
                                           .inverse_std = inverse_std,
                                           .workspace = nullptr,
                                           .past_caches = false};
        kernels::norm_forward(*kernels::table(), norm, context->threads, context->workspace, context->memory);
    });
}

nib_status nib_batchnorm_tanh_evaluate(nib_context* context, int64_t examples, int64_t features, const float* z,
                                       const float* gamma, const float* beta, const float* mean, const float* variance,
                                       float eps, float* y)
{
    return api::guard("context", context, [&] {
        check_range("examples", examples, 0, largest);
        check_range("features", features, 0, largest);
        check_not_negative("eps", eps);
        check_array("z", z, examples > 0 && features > 0);
        check_array("gamma", gamma, features > 0);
        check_array("beta", beta, features > 0);
        check_array("mean", mean, features > 0);
        check_array("variance", variance, features > 0);
        check_array("y", y, examples > 0 && features > 0);
        if (examples == 0) return;
        kernels::norm_evaluate(*kernels::table(), {examples, features, z, gamma, beta, mean, variance, eps, y},
                               context->threads, context->workspace, context->memory);
    });
}

nib_status nib_batchnorm_tanh_backward(nib_context* context, int64_t examples, int64_t features, const float* dy,
                                       const float* y, const float* x, const float* gamma, const float* inverse_std,
                                       float* dz, float* dgamma, float* dbeta)
{
    return api::guard("context", context, [&] {
        check_range("examples", examples, 2, largest);
        check_range("features", features, 0, largest);
        check_array("dy", dy, features > 0);
        check_array("y", y, features > 0);
        check_array("x", x, features > 0);
        check_array("gamma", gamma, features > 0);
        check_array("inverse_std", inverse_std, features > 0);
        check_array("dz", dz, features > 0);
        check_array("dgamma", dgamma, features > 0);
        check_array("dbeta", dbeta, features > 0);
        const kernels::RowNormBackward norm{.examples = examples,
                                            .features = features,
                                            .stride = features,
                                            .dy = dy,
                                            .y = y,
                                            .x = x,
                                            .gamma = gamma,
                                            .inverse_std = inverse_std,
                                            .dz = dz,
                                            .dgamma = dgamma,
                                            .dbeta = dbeta,
                                            .workspace = nullptr,
                                            .past_caches = false};
        kernels::norm_backward(*kernels::table(), norm, context->threads, context->workspace, context->memory);
    });
}
