// General matrix product on plain row-major arrays, over the table's product.
//
//   C = alpha op(A) op(B) + beta C,   op(X) = X or X transposed, op(A) (m, k), op(B) (k, n), C (m, n)
//
// Each element has one result: sum = a chain of fma over k in ascending order from zero; then C = alpha sum if beta is
// 0 (C is not read), and fma(alpha, sum, beta C) otherwise. If k is 0 or alpha is 0, C = beta C and neither A nor B is
// read. Neither blocking nor threads change a bit. On SSE2, which has no fma, "fma" is a multiplication and an
// addition.
#pragma once

#include "base/buffer.hpp"
#include "kernels/table.hpp"

#include <cstddef>

namespace nib::kernels {

struct Sgemm {
    bool transposed_a, transposed_b;
    std::ptrdiff_t m, n, k;
    float alpha;
    const float* a; // (m, k), or (k, m) where transposed; a_stride floats between rows
    std::ptrdiff_t a_stride;
    const float* b; // (k, n), or (n, k)
    std::ptrdiff_t b_stride;
    float beta;
    float* c;
    std::ptrdiff_t c_stride;
};

// Uses up to `threads` threads if the product is large enough. A workspace that is too small grows, with memory from
// `memory`, by some MB a thread; passing the same workspace again saves that allocation. Throws std::bad_alloc, after
// which C is unchanged.
void sgemm(const Table& table, const Sgemm& t, int threads, Buffer<float>& workspace, Memory* memory);

// The same result as table.product, to the bit, on the calling thread; operands larger than the second cache are
// computed in sgemm's blocks. The operation is store or add_scaled. workspace holds blocked_workspace(t) floats, which
// may be 0.
void blocked_product(const Table& table, const Product& t, float* workspace);
std::ptrdiff_t blocked_workspace(const Product& t);

} // namespace nib::kernels
