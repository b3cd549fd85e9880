// gemm/<m>x<n>x<k>/<threads>: the products of a training step. Names are as in row-major BLAS; layouts are the step's:
// activations [feature][example], weights (neurons, inputs). Several threads share the neurons and meet after each
// product, as layers do.
#include "arrays.hpp"
#include "benchmarks.hpp"
#include "kernels/table.hpp"
#include "measure.hpp"
#include "net/layout.hpp"
#include "net/shares.hpp"
#include "peers.hpp"

namespace nib::bench {

namespace {

using kernels::Product;
using kernels::ProductOp;

// y (neurons, batch) = W (neurons, inputs) x (inputs, batch).
Product forward(std::ptrdiff_t batch, std::ptrdiff_t neurons, std::ptrdiff_t inputs)
{
    return {.m = neurons,
            .n = batch,
            .k = inputs,
            .a = nullptr,
            .a_stride = padded(inputs),
            .a_along_k = true,
            .b = nullptr,
            .b_stride = padded(batch),
            .c = nullptr,
            .c_stride = padded(batch),
            .op = ProductOp::store,
            .alpha = 0};
}

// dx (inputs, batch) = W^T (inputs, neurons) dz (neurons, batch): W is read down its columns.
Product input_gradient(std::ptrdiff_t batch, std::ptrdiff_t inputs, std::ptrdiff_t neurons)
{
    Product product = forward(batch, inputs, neurons);
    product.a_along_k = false;
    product.a_stride = padded(inputs);
    return product;
}

// W (neurons, inputs) -= rate dz (neurons, batch) x (batch, inputs): the product includes the update of SGD.
Product weight_gradient(std::ptrdiff_t neurons, std::ptrdiff_t inputs, std::ptrdiff_t batch)
{
    Product product = forward(inputs, neurons, batch);
    product.op = ProductOp::add_scaled;
    product.alpha = -1e-9f;
    return product;
}

void measure(benchmark::State& state, Product product, int threads)
{
    const Buffer<float> a = filled((product.a_along_k ? product.m : product.k) * product.a_stride);
    const Buffer<float> b = filled(product.k * product.b_stride);
    Buffer<float> c = filled(product.m * product.c_stride);
    product.a = a.data();
    product.b = b.data();
    product.c = c.data();
    const auto share = [product, threads, run = kernels::table()->product](int thread) {
        const Range rows = slice(product.m, threads, thread);
        Product mine = product;
        mine.m = rows.size();
        mine.a += rows.first * (product.a_along_k ? product.a_stride : 1);
        mine.c += rows.first * product.c_stride;
        if (mine.m > 0) run(mine);
    };
    const Demand demand = demand_of_product(product.m, product.n, product.k, product.op != ProductOp::store, threads);
    measure_row(state, demand, threads, threads == 1 ? repeat([share] { share(0); }) : repeat(threads, share));
}

void add_product(const std::string& name, const Product& product, int threads)
{
    add(name + "/" + std::to_string(threads),
        [product, threads](benchmark::State& state) { measure(state, product, threads); });
}

} // namespace

void add_gemm(bool all)
{
    for (const int threads : thread_counts()) {
        if (threads > 1 && !all) return;
        add_product("gemm/32x100x30", forward(32, 100, 30), threads);
        add_peers({32, 100, 30, false}, threads);
        add_product("gemm/32x100x100", forward(32, 100, 100), threads);
        add_product("gemm_dx/32x100x100", input_gradient(32, 100, 100), threads);
        add_peers({32, 100, 100, false}, threads);
        add_product("gemm/100x100x32", weight_gradient(100, 100, 32), threads);
        add_peers({100, 100, 32, true}, threads);
        add_product("gemm/32x27x100", forward(32, 27, 100), threads);
        add_peers({32, 27, 100, false}, threads);
        add_product("gemm/1x100x100", forward(1, 100, 100), threads);
        add_peers({1, 100, 100, false}, threads);
    }
}

} // namespace nib::bench
