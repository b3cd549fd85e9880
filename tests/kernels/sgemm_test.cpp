#include "kernels/sgemm.hpp"

#include "catch.hpp"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <limits>
#include <string>
#include <vector>

using namespace nib;
using namespace nib::kernels;

namespace {

using Index = std::ptrdiff_t;

constexpr float quiet = std::numeric_limits<float>::quiet_NaN();

// A fixed pseudo-random sequence in [-1, 1).
struct Numbers {
    std::uint32_t state = 12345;
    float operator()()
    {
        state = state * 1664525u + 1013904223u;
        return static_cast<float>(state >> 8) / 8388608.0f - 1.0f;
    }
};

// (rows, columns) with NaN between the rows, and nothing behind the last.
struct Matrix {
    Index rows, columns, stride;
    std::vector<float> values;

    Matrix(Index r, Index c, Index gap, Numbers& numbers)
        : rows(r),
          columns(c),
          stride(c + gap),
          values(static_cast<std::size_t>(r > 0 ? (r - 1) * (c + gap) + c : 0), quiet)
    {
        for (Index i = 0; i < r; ++i)
            for (Index j = 0; j < c; ++j) at(i, j) = numbers();
    }
    float& at(Index i, Index j) { return values[static_cast<std::size_t>(i * stride + j)]; }
    float at(Index i, Index j) const { return values[static_cast<std::size_t>(i * stride + j)]; }
};

struct Case {
    Index m, n, k;
    bool transposed_a = false, transposed_b = false;
    float alpha = 1, beta = 0;
    Index gap = 0;
};

void multiply_simply(const Case& t, const Matrix& a, const Matrix& b, Matrix& c)
{
    const bool sse2 = std::strcmp(table()->isa, "sse2") == 0; // SSE2 has no fma
    const auto fused = [sse2](float x, float y, float z) { return sse2 ? x * y + z : std::fma(x, y, z); };
    for (Index i = 0; i < t.m; ++i) {
        for (Index j = 0; j < t.n; ++j) {
            float sum = 0;
            for (Index k = 0; k < t.k; ++k)
                sum = fused(t.transposed_a ? a.at(k, i) : a.at(i, k), t.transposed_b ? b.at(j, k) : b.at(k, j), sum);
            float& to = c.at(i, j);
            if (t.k == 0 || t.alpha == 0.0f)
                to = t.beta == 0.0f ? 0.0f : t.beta * to;
            else
                to = t.beta == 0.0f ? t.alpha * sum : fused(t.alpha, sum, t.beta * to);
        }
    }
}

bool same_bits(const std::vector<float>& x, const std::vector<float>& y)
{
    return x.size() == y.size() && (x.empty() || std::memcmp(x.data(), y.data(), x.size() * sizeof(float)) == 0);
}

struct Problem {
    Numbers numbers;
    Matrix a, b, c;

    explicit Problem(const Case& t)
        : a(t.transposed_a ? t.k : t.m, t.transposed_a ? t.m : t.k, t.gap, numbers),
          b(t.transposed_b ? t.n : t.k, t.transposed_b ? t.k : t.n, 2 * t.gap, numbers),
          c(t.m, t.n, 3 * t.gap, numbers)
    {
    }
    void run(const Case& t, int threads, Buffer<float>& workspace)
    {
        sgemm(*table(),
              {.transposed_a = t.transposed_a,
               .transposed_b = t.transposed_b,
               .m = t.m,
               .n = t.n,
               .k = t.k,
               .alpha = t.alpha,
               .a = a.values.data(),
               .a_stride = a.stride,
               .b = b.values.data(),
               .b_stride = b.stride,
               .beta = t.beta,
               .c = c.values.data(),
               .c_stride = c.stride},
              threads, workspace, std::pmr::new_delete_resource());
    }
};

// One workspace for many calls, as a context keeps it: the data of an earlier product must not matter.
Buffer<float>& workspace()
{
    static Buffer<float> kept;
    for (float& each : kept) each = quiet;
    return kept;
}

// Runs the case with each of these numbers of threads.
bool right(const Case& t, std::initializer_list<int> numbers_of_threads = {1})
{
    Problem problem(t);
    const Matrix before = problem.c;
    Matrix expected = before;
    multiply_simply(t, problem.a, problem.b, expected);
    for (const int threads : numbers_of_threads) {
        problem.c = before;
        problem.run(t, threads, workspace());
        INFO(t.m << " x " << t.n << " x " << t.k << (t.transposed_a ? " T" : " N") << (t.transposed_b ? "T" : "N")
                 << " alpha " << t.alpha << " beta " << t.beta << " gap " << t.gap << " threads " << threads);
        const bool same = same_bits(problem.c.values, expected.values);
        CHECK(same);
        if (!same) return false;
    }
    return true;
}

} // namespace

TEST_CASE("products of all small sizes are the chain of fma, to the bit")
{
    const float factors[][2] = {{1, 0}, {1, 1}, {-0.7f, 0}, {0.3f, 1}, {1, -1.5f}, {2.1f, 0.9f}, {0, 0.5f}};
    unsigned turn = 0;
    for (const Index m : {0, 1, 2, 5, 13, 14, 15, 29, 70}) {
        for (const Index n : {0, 1, 7, 8, 15, 16, 17, 31, 32, 33, 49, 70}) {
            for (const Index k : {0, 1, 3, 16, 70}) {
                for (int transposes = 0; transposes < 4; ++transposes, ++turn) {
                    const auto& factor = factors[turn % 7];
                    Case t{m, n, k, (transposes & 1) != 0, (transposes & 2) != 0, factor[0], factor[1]};
                    t.gap = turn % 3;
                    if (!right(t)) return;
                }
            }
        }
    }
}

TEST_CASE("products around the sizes of the blocks")
{
    for (int transposes = 0; transposes < 4; ++transposes) {
        const bool a = (transposes & 1) != 0, b = (transposes & 2) != 0;
        CHECK(right({127, 40, 1025, a, b}));
        CHECK(right({253, 33, 31, a, b, 0.5f, 1}));
        CHECK(right({15, 1025, 70, a, b, 1, -1, 3}));
        CHECK(right({193, 257, 512, a, b, 1.5f, 0.5f}));
        CHECK(right({130, 100, 1025, a, b, 1.5f, 0.5f, 1}));
        CHECK(right({1010, 17, 1030, a, b, 0.1f, 2}));
        CHECK(right({20, 70, 1024, a, b})); // rows on the same sets of the cache
        CHECK(right({20, 641, 40, a, b}));
        CHECK(right({3, 1, 5000, a, b, -2, 0}));
    }
}

TEST_CASE("a product in blocks has the bits of the product at once")
{
    Numbers numbers;
    struct Shape {
        Index m, n, k;
        bool along_k;
    };
    for (const Shape& s :
         {Shape{20, 33, 1030, true}, Shape{200, 40, 700, true}, Shape{700, 31, 200, false}, Shape{10, 10, 10, false}}) {
        for (const auto op : {kernels::ProductOp::store, kernels::ProductOp::add_scaled}) {
            CAPTURE(s.m, s.n, s.k, s.along_k, static_cast<int>(op));
            std::vector<float> a(static_cast<std::size_t>(s.m * s.k)), b(static_cast<std::size_t>(s.k * s.n));
            std::vector<float> c(static_cast<std::size_t>(s.m * s.n));
            for (float& each : a) each = numbers();
            for (float& each : b) each = numbers();
            for (float& each : c) each = numbers();
            std::vector<float> wanted = c;
            kernels::Product t{s.m,      s.n, s.k, a.data(), s.along_k ? s.k : s.m, s.along_k, b.data(), s.n,
                               c.data(), s.n, op,  -0.3f};
            std::vector<float> workspace(static_cast<std::size_t>(kernels::blocked_workspace(t)));
            CHECK((s.k > 10 || workspace.empty()));
            kernels::blocked_product(*table(), t, workspace.data());
            t.c = wanted.data();
            table()->product(t);
            CHECK(same_bits(c, wanted));
        }
    }
}

TEST_CASE("a product in pieces has the same bits in blocks, whose k may hold some pieces or a part of one")
{
    Numbers numbers;
    struct Shape {
        Index m, n, k, pieces;
        bool along_k;
    };
    for (const Shape& s :
         {Shape{200, 40, 700, 4, true}, Shape{20, 33, 3000, 2, true}, Shape{20, 33, 3000, 8, true},
          Shape{700, 31, 200, 8, true}, Shape{7, 20, 2100, 16, true}, Shape{1020, 3, 1040, 2, true}}) {
        for (const auto op : {kernels::ProductOp::store, kernels::ProductOp::add_scaled}) {
            CAPTURE(s.m, s.n, s.k, s.pieces, s.along_k, static_cast<int>(op));
            std::vector<Index> cuts;
            for (Index i = 0; i <= s.pieces; ++i) cuts.push_back(s.k * i / s.pieces);
            std::vector<float> a(static_cast<std::size_t>(s.m * s.k)), b(static_cast<std::size_t>(s.k * s.n));
            std::vector<float> c(static_cast<std::size_t>(s.m * s.n));
            for (std::vector<float>* each : {&a, &b, &c})
                for (float& number : *each) number = numbers();
            std::vector<float> wanted = c;
            kernels::Product t{s.m,       s.n,      s.k,      a.data(),   s.along_k ? s.k : s.m,
                               s.along_k, b.data(), s.n,      c.data(),   s.n,
                               op,        -0.3f,    s.pieces, cuts.data()};
            std::vector<float> workspace(static_cast<std::size_t>(kernels::blocked_workspace(t)));
            kernels::blocked_product(*table(), t, workspace.data());
            t.c = wanted.data();
            table()->product(t);
            CHECK(same_bits(c, wanted));
        }
    }
}

TEST_CASE("the number of threads does not change a bit")
{
    for (const float beta : {0.0f, 0.75f}) {
        for (int transposes = 0; transposes < 4; ++transposes) {
            CHECK(right({131, 301, 530, (transposes & 1) != 0, (transposes & 2) != 0, 1.25f, beta}, {1, 2, 3, 4}));
        }
    }
    CHECK(right({1, 2000, 1000, false, false}, {4}));
    CHECK(right({2000, 1, 1000, false, true}, {3}));
    // With whole tiles and panels, nothing is left for the last threads.
    CHECK(right({64, 96, 200, false, false}, {4}));
    CHECK(right({127, 286, 100, false, false, 1, 1}, {4}));
    CHECK(right({1, 32, 40000, false, false, 1, 0.5f}, {2}));
    CHECK(right({100, 96, 200, true, true}, {8}));
}

TEST_CASE("with beta 0, C is not read; without products, neither A nor B is")
{
    for (const Index k : {0, 20, 600}) {
        for (const float alpha : {0.0f, 1.0f, 0.5f}) {
            const Case t{20, 37, k, false, false, alpha, 0};
            Problem problem(t);
            for (float& each : problem.c.values) each = quiet;
            if (alpha == 0.0f)
                for (float& each : problem.a.values) each = quiet;
            problem.run(t, 1, workspace());
            bool finite = true;
            for (const float each : problem.c.values) finite = finite && std::isfinite(each);
            CHECK(finite);
        }
    }
}

TEST_CASE("NaN and infinity go where the chain takes them")
{
    const Case t{20, 20, 20, false, false, 1, 0};
    Problem problem(t);
    problem.a.at(3, 4) = quiet;
    problem.b.at(7, 19) = std::numeric_limits<float>::infinity();
    problem.run(t, 1, workspace());
    for (Index i = 0; i < 20; ++i) {
        for (Index j = 0; j < 20; ++j) {
            if (i == 3)
                CHECK(std::isnan(problem.c.at(i, j)));
            else
                CHECK(std::isfinite(problem.c.at(i, j)) == (j != 19));
        }
    }
}
