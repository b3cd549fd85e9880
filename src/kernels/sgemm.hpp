// General matrix product on plain row-major arrays, over the table's product.
//
//   C = alpha op(A) op(B) + beta C,   op(X) = X or X transposed, op(A) (m, k), op(B) (k, n), C (m, n)
//
// One answer: sum = a chain of fma over k in ascending order from zero; then C = alpha sum where beta is 0 (C is not
// read), and fma(alpha, sum, beta C) otherwise. Where k is 0 or alpha is 0, C = beta C and neither A nor B is read.
// Neither blocking nor threads change a bit. On SSE2, which has no fma, "fma" is a multiplication and an addition.
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

// Uses up to `threads` threads where the product is large enough. workspace is made larger, from memory, where it is
// too small, by some MB a thread; given again, it saves that. Throws std::bad_alloc, C being as it was.
void sgemm(const Table& table, const Sgemm& t, int threads, Buffer<float>& workspace, Memory* memory);

// table.product, to the bit, on the calling thread; where the operands are larger than the second cache, in sgemm's
// blocks. The operation is store or add_scaled; workspace has blocked_workspace(t) floats, which may be none.
void blocked_product(const Table& table, const Product& t, float* workspace);
std::ptrdiff_t blocked_workspace(const Product& t);

} // namespace nib::kernels
