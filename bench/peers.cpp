// gemm_<library>/<m>x<n>x<k>/<threads>: another library's product, checked and measured.
#include "peers.hpp"

#include "arrays.hpp"
#include "measure.hpp"

#include <cmath>
#include <cstdio>
#include <utility>

namespace nib::bench {

namespace {

// Null-terminated, since possibly none was found.
constexpr std::pair<const char*, Peer> found[] = {
#if defined(NIB_BENCH_ONEDNN)
    {"onednn", onednn},
#endif
#if defined(NIB_BENCH_OPENBLAS)
    {"openblas", openblas},
#endif
#if defined(NIB_BENCH_EIGEN)
    {"eigen", eigen},
#endif
#if defined(NIB_BENCH_LIBXSMM)
    {"libxsmm", libxsmm},
#endif
    {nullptr, nullptr},
};

bool right_at(const Shape& s, int row, int column, const Buffer<float>& a, const Buffer<float>& b, float before,
              float c)
{
    double sum = 0;
    for (int i = 0; i < s.k; ++i) {
        const float left = a[static_cast<std::size_t>(s.update ? i * s.m + row : row * s.k + i)];
        sum += double{left} * double{b[static_cast<std::size_t>(i * s.n + column)]};
    }
    const double expected = s.update ? double{before} + sum : sum;
    return std::abs(expected - double{c}) < 1e-5 * s.k;
}

bool right(const Shape& s, const Buffer<float>& a, const Buffer<float>& b, const Buffer<float>& before,
           const Buffer<float>& c)
{
    for (const int row : {0, s.m / 2, s.m - 1}) {
        for (const int column : {0, s.n / 3, s.n - 1}) {
            const auto at = static_cast<std::size_t>(row * s.n + column);
            if (!right_at(s, row, column, a, b, before[at], c[at])) return false;
        }
    }
    return true;
}

void measure(benchmark::State& state, Peer peer, const Shape& s, int threads)
{
    const Buffer<float> a = filled(std::ptrdiff_t{s.m} * s.k), b = filled(std::ptrdiff_t{s.k} * s.n);
    const Buffer<float> before = filled(std::ptrdiff_t{s.m} * s.n);
    Buffer<float> c = filled(std::ptrdiff_t{s.m} * s.n);
    const Multiply multiply = peer(s, threads, a.data(), b.data(), c.data());
    if (!multiply) return state.SkipWithError("the library has nothing for this");
    multiply();
    if (!right(s, a, b, before, c)) return state.SkipWithError("the product is wrong");
    measure_row(state, demand_of_product(s.m, s.n, s.k, s.update, threads), threads, repeat(multiply));
}

} // namespace

void add_multiply(const std::string& name, Peer peer, const Shape& shape, int threads)
{
    char suffix[64];
    std::snprintf(suffix, sizeof suffix, "/%dx%dx%d/%d", shape.m, shape.n, shape.k, threads);
    add(name + suffix, [=](benchmark::State& state) { measure(state, peer, shape, threads); });
}

void add_peers(const Shape& shape, int threads)
{
    for (const auto& [name, peer] : found) {
        if (peer != nullptr) add_multiply(std::string("gemm_") + name, peer, shape, threads);
    }
}

} // namespace nib::bench
