// The kernels as one table of functions per instruction set: what the layers call.
//
// Activations are feature-major, [feature][example], a row being a whole number of 16-float blocks; "row" below is one
// feature (one neuron) over the minibatch. Examples past the batch's end are padding: kernels may write anything there
// and never let it into a sum.
#pragma once

#include <cstddef>
#include <cstdint>

namespace nib::kernels {

enum class ProductOp {
    store,      // C = sum
    accumulate, // C = C + sum, the chain going on from C
    add_scaled  // C = fma(alpha, sum, C)
};

// C (m, 16 n_blocks) (op)= A (m, k) B (k, 16 n_blocks); strides in floats between rows.
struct Product {
    std::ptrdiff_t m, n_blocks, k;
    const float* a;
    std::ptrdiff_t a_stride;
    bool a_along_k; // A(m, k) = a[m * a_stride + k]; otherwise a[k * a_stride + m]
    const float* b;
    std::ptrdiff_t b_stride;
    float* c;
    std::ptrdiff_t c_stride;
    ProductOp op;
    float alpha; // for add_scaled
};

struct Table {
    const char* isa; // "avx512", ...
    void (*product)(const Product&);
};

} // namespace nib::kernels
