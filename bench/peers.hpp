// The same products by the other libraries that were found at configure time.
#pragma once

#include <functional>
#include <string>

namespace nib::bench {

// C (m, n) = A (m, k) B (k, n), dense and row-major. An update adds the product to C, as SGD does to the weights; its
// A, the gradient of the outputs, is stored as (k, m).
struct Shape {
    int m, n, k;
    bool update;
};

// Prepares a product on this many threads in the way that the library requires; calling the result computes it. Empty
// if the library does not support this shape or number of threads.
using Multiply = std::function<void()>;
using Peer = Multiply (*)(const Shape&, int threads, const float* a, const float* b, float* c);

Multiply onednn(const Shape&, int threads, const float* a, const float* b, float* c);
Multiply openblas(const Shape&, int threads, const float* a, const float* b, float* c);
Multiply eigen(const Shape&, int threads, const float* a, const float* b, float* c);
Multiply libxsmm(const Shape&, int threads, const float* a, const float* b, float* c);

// Registers <name>/<m>x<n>x<k>/<threads>. A wrong result is an error.
void add_multiply(const std::string& name, Peer peer, const Shape& shape, int threads);

// Registers gemm_<library>/<m>x<n>x<k>/<threads> for each library found.
void add_peers(const Shape& shape, int threads);

} // namespace nib::bench
