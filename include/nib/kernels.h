/*
 * nib/kernels.h: the kernels of nib's training on plain arrays, for programs that want only those. C99.
 * The rules at the top of nib.h hold, including those for the floating-point environment and the stack. nib.h does not
 * include this file; this file includes nib.h.
 *
 * Arrays need no alignment and no padding. nib_context_isa names the instruction set in use. Results have the same bits
 * on every instruction set with fused multiply-add (all but "sse2") and for any number of threads.
 * An array pointer may be NULL if the array has no elements. Outputs must overlap neither each other nor an input,
 * unless the comment allows it; this is not checked. Sizes are 0..2^40. A context keeps the working memory of a call
 * for the next one.
 */
#ifndef NIB_KERNELS_H
#define NIB_KERNELS_H

#include "nib/nib.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum nib_transpose {
    NIB_NO_TRANSPOSE = 0,
    NIB_TRANSPOSE = 1
} nib_transpose;

/* C = alpha op(A) op(B) + beta C: op(A) (m, k), op(B) (k, n), C (m, n), row-major.
 * A is stored (m, k), or (k, m) with NIB_TRANSPOSE; B is stored (k, n), or (n, k). lda, ldb and ldc are the floats
 * from one stored row to the next: at least the stored row's length, and at least 1. Nothing is read or written
 * between rows.
 * Each sum is a chain of fused multiply-adds over k in ascending order from 0; then C = alpha sum if beta is 0, else
 * fma(alpha, sum, beta C). With beta 0, C is not read (it may hold NaN); with k or alpha 0, A and B are not read and
 * may be NULL. Large products run on the context's threads. Memory: up to 5 MB a thread, 9 MB if beta is not 0 and k
 * > 1024. */
NIB_API nib_status nib_sgemm(nib_context *context, nib_transpose trans_a, nib_transpose trans_b, int64_t m, int64_t n, int64_t k,
                             float alpha, const float *a, int64_t lda, const float *b, int64_t ldb, float beta, float *c,
                             int64_t ldc);

/* y[i] = f(x[i]) for n numbers; y may be x. exp and log are within 2 units in the last place, tanh within 4; tanh is
 * odd and never exceeds 1 in size. NaN, infinities, and log of 0 and below give the same results as C's functions. */
NIB_API nib_status nib_tanh(nib_context *context, int64_t n, const float *x, float *y);
NIB_API nib_status nib_exp(nib_context *context, int64_t n, const float *x, float *y);
NIB_API nib_status nib_log(nib_context *context, int64_t n, const float *x, float *y);

/* Batch normalisation over the examples, then tanh, in training mode. z, x, y are (examples, features), the rest
 * (features):
 *   mean, var: each feature's mean, and its mean squared difference from that (over examples, not examples - 1)
 *   inverse_std = 1 / sqrt(var + eps),  x = (z - mean) inverse_std,  y = tanh(gamma x + beta)
 * examples is at least 2 and eps not negative. x, y, mean and inverse_std are outputs; x or y may be z.
 * Memory: 64 bytes a feature, up to 128 KB a thread. */
NIB_API nib_status nib_batchnorm_tanh_forward(nib_context *context, int64_t examples, int64_t features, const float *z,
                                              const float *gamma, const float *beta, float eps, float *x, float *y,
                                              float *mean, float *inverse_std);

/* The same in evaluation mode, with given statistics: y = tanh(gamma (z - mean) / sqrt(variance + eps) + beta),
 * computed as tanh(fma(scale, z, shift)), scale = gamma / sqrt(variance + eps), shift = beta - mean scale. Any number
 * of examples; variance and eps must not be negative (the variances are not checked). y may be z. Memory: 8 bytes a
 * feature, up to 16 KB a thread. */
NIB_API nib_status nib_batchnorm_tanh_evaluate(nib_context *context, int64_t examples, int64_t features, const float *z,
                                               const float *gamma, const float *beta, const float *mean,
                                               const float *variance, float eps, float *y);

/* The way back through nib_batchnorm_tanh_forward, from its y, x and inverse_std and the loss's gradient dy with
 * respect to y. dy, y, x, dz are (examples, features), the rest (features):
 *   da = dy (1 - y^2),  dbeta = sum of da,  dgamma = sum of da x   (sums over the examples)
 *   dz = gamma inverse_std (da - dbeta / examples - x dgamma / examples)
 * dz, dgamma and dbeta are outputs; dz may be dy, y or x.
 * Memory: 128 bytes a feature, up to 256 KB a thread. */
NIB_API nib_status nib_batchnorm_tanh_backward(nib_context *context, int64_t examples, int64_t features, const float *dy,
                                               const float *y, const float *x, const float *gamma,
                                               const float *inverse_std, float *dz, float *dgamma, float *dbeta);

#ifdef __cplusplus
}
#endif

#endif
