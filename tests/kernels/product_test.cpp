#include "catch.hpp"
#include "kernels/rows.hpp"

#include <vector>

using namespace nib;
using namespace nib::test;
using kernels::Product;
using kernels::ProductOp;

namespace {

struct Shape {
    std::ptrdiff_t m, n, k;
    bool along_k;
    ProductOp op;
    std::ptrdiff_t gap; // between rows, in floats
};

// A of a product, either way round: exactly its numbers, with a gap of NaN between rows.
class Left {
public:
    Left(const Shape& s, Numbers& numbers, Guard guard)
        : along_k_(s.along_k),
          stride_((s.along_k ? s.k : s.m) + s.gap),
          floats_(size(s.along_k ? s.m : s.k, s.along_k ? s.k : s.m), guard)
    {
        for (std::ptrdiff_t m = 0; m < s.m; ++m) {
            for (std::ptrdiff_t k = 0; k < s.k; ++k) floats_[index(m, k)] = numbers();
        }
    }

    float operator()(std::ptrdiff_t m, std::ptrdiff_t k) const { return floats_[index(m, k)]; }
    float& at(std::ptrdiff_t m, std::ptrdiff_t k) { return floats_[index(m, k)]; }
    const float* data() const { return floats_.data(); }
    std::ptrdiff_t stride() const { return stride_; }

private:
    std::size_t size(std::ptrdiff_t rows, std::ptrdiff_t columns) const
    {
        return static_cast<std::size_t>(rows > 0 && columns > 0 ? (rows - 1) * stride_ + columns : 0);
    }
    std::size_t index(std::ptrdiff_t m, std::ptrdiff_t k) const
    {
        return static_cast<std::size_t>(along_k_ ? m * stride_ + k : k * stride_ + m);
    }

    bool along_k_;
    std::ptrdiff_t stride_;
    Guarded<float> floats_;
};

constexpr float alpha = -0.37f;

void multiply_once(const Shape& s, const Left& a, const Rows& b, Rows& c)
{
    for (std::ptrdiff_t m = 0; m < s.m; ++m) {
        for (std::ptrdiff_t n = 0; n < s.n; ++n) {
            float sum = s.op == ProductOp::accumulate ? c.at(m, n) : 0.0f;
            for (std::ptrdiff_t k = 0; k < s.k; ++k) sum = fma_once(a(m, k), b.at(k, n), sum);
            c.at(m, n) = s.op == ProductOp::add_scaled ? fma_once(alpha, sum, c.at(m, n)) : sum;
        }
    }
}

// cuts: where the pieces of k begin, and the last one ends.
void multiply(const Shape& s, const Left& a, Rows& b, Rows& c, const std::vector<std::ptrdiff_t>& cuts = {0, 0})
{
    table().product({.m = s.m,
                     .n = s.n,
                     .k = s.k,
                     .a = a.data(),
                     .a_stride = a.stride(),
                     .a_along_k = s.along_k,
                     .b = b.data(),
                     .b_stride = b.stride(),
                     .c = c.data(),
                     .c_stride = c.stride(),
                     .op = s.op,
                     .alpha = alpha,
                     .pieces = static_cast<std::ptrdiff_t>(cuts.size()) - 1,
                     .cuts = cuts.data()});
}

void check_shape(const Shape& s, Numbers& numbers, Guard guard)
{
    CAPTURE(s.m, s.n, s.k, s.along_k, static_cast<int>(s.op), s.gap);
    const Left a(s, numbers, guard);
    Rows b(s.k, s.n, s.gap, guard), c(s.m, s.n, s.gap, guard), wanted(s.m, s.n, s.gap);
    b.fill(numbers);
    c.fill(numbers);
    wanted.copy_examples(c);
    multiply(s, a, b, c);
    multiply_once(s, a, b, wanted);
    CHECK(bit_difference(c, wanted) == "");
    CHECK(c.intact());
}

} // namespace

TEST_CASE("a product is a chain of fma over k, for every shape")
{
    Numbers numbers(1);
    std::vector<Shape> shapes;
    for (std::ptrdiff_t m = 1; m <= 30; ++m) {
        for (const std::ptrdiff_t k : {0, 1, 2, 3, 7, 16, 17, 33, 70}) {
            const auto n = static_cast<std::ptrdiff_t>(numbers.between(1, 80));
            const auto gap = static_cast<std::ptrdiff_t>(numbers.one_of({0, 1, 5, 16}));
            for (const auto op : {ProductOp::store, ProductOp::accumulate, ProductOp::add_scaled}) {
                shapes.push_back({m, n, k, true, op, gap});
                shapes.push_back({m, n, k, false, op, gap});
            }
        }
    }
    for (std::ptrdiff_t n = 1; n <= 80; ++n) {
        for (std::ptrdiff_t m = 1; m <= 29; m += 7) {
            shapes.push_back({m, n, 5, n % 2 == 0, static_cast<ProductOp>(n % 3), 3});
            shapes.push_back({m, n, 12, n % 2 != 0, static_cast<ProductOp>(n % 3), 0});
        }
    }
    for (const Shape& shape : shapes) {
        check_shape(shape, numbers, Guard::behind);
        if (shape.k % 16 == 1) check_shape(shape, numbers, Guard::before);
    }
}

TEST_CASE("products of a layer's own sizes")
{
    Numbers numbers(2);
    for (const bool along_k : {true, false}) {
        check_shape({100, 32, 100, along_k, ProductOp::store, 0}, numbers, Guard::behind);
        check_shape({100, 100, 32, along_k, ProductOp::add_scaled, 0}, numbers, Guard::behind);
        check_shape({27, 7, 100, along_k, ProductOp::accumulate, 0}, numbers, Guard::behind);
        check_shape({130, 200, 3, along_k, ProductOp::store, 0}, numbers, Guard::behind);
    }
}

namespace {

std::vector<std::ptrdiff_t> cuts_of(std::ptrdiff_t pieces, std::ptrdiff_t k, Numbers& numbers)
{
    std::vector<std::ptrdiff_t> cuts = {5}; // the first cut need not be 0
    for (std::ptrdiff_t i = 1; i < pieces; ++i) cuts.push_back(5 + k * i / pieces + numbers.between(0, 1));
    cuts.push_back(5 + k);
    return cuts;
}

// The sum of pieces [first, last): a chain, or the sum of two halves.
float sum_of_pieces(const Left& a, const Rows& b, const std::vector<std::ptrdiff_t>& cuts, std::size_t first,
                    std::size_t last, std::ptrdiff_t m, std::ptrdiff_t n)
{
    if (last - first > 1) {
        const std::size_t middle = (first + last) / 2;
        return sum_of_pieces(a, b, cuts, first, middle, m, n) + sum_of_pieces(a, b, cuts, middle, last, m, n);
    }
    float sum = 0;
    for (std::ptrdiff_t k = cuts[first] - cuts[0]; k < cuts[last] - cuts[0]; ++k)
        sum = fma_once(a(m, k), b.at(k, n), sum);
    return sum;
}

void check_pieces(const Shape& s, std::ptrdiff_t pieces, Numbers& numbers, Guard guard)
{
    CAPTURE(s.m, s.n, s.k, s.along_k, static_cast<int>(s.op), s.gap, pieces);
    const std::vector<std::ptrdiff_t> cuts = cuts_of(pieces, s.k, numbers);
    const Left a(s, numbers, guard);
    Rows b(s.k, s.n, s.gap, guard), c(s.m, s.n, s.gap, guard), wanted(s.m, s.n, s.gap);
    b.fill(numbers);
    c.fill(numbers);
    wanted.copy_examples(c);
    for (std::ptrdiff_t m = 0; m < s.m; ++m) {
        for (std::ptrdiff_t n = 0; n < s.n; ++n) {
            const float sum = sum_of_pieces(a, b, cuts, 0, cuts.size() - 1, m, n);
            wanted.at(m, n) = s.op == ProductOp::add_scaled ? fma_once(alpha, sum, c.at(m, n)) : sum;
        }
    }
    multiply(s, a, b, c, cuts);
    CHECK(bit_difference(c, wanted) == "");
    CHECK(c.intact());
}

} // namespace

TEST_CASE("the sum over k in pieces is a tree of chains, for every shape")
{
    Numbers numbers(6);
    for (const std::ptrdiff_t pieces : {2, 4, 8, 32, 256}) {
        for (const auto op : {ProductOp::store, ProductOp::add_scaled}) {
            for (const std::ptrdiff_t m : {1, 2, 3, 13, 14, 15, 29, 100}) {
                const auto n =
                    static_cast<std::ptrdiff_t>(numbers.one_of({1, 2, 7, 16, 36, 68, 100, 127, 128, 129, 161}));
                if (pieces == 256 && m * n > 1000) continue; // the oracle takes long
                check_pieces({m, n, 3 * pieces + 1, true, op, m % 3}, pieces, numbers, Guard::behind);
                check_pieces({m, n, 4 * pieces + 3, true, op, 2}, pieces, numbers, Guard::before);
            }
        }
    }
}

TEST_CASE("one column, of any number of rows")
{
    Numbers numbers(5);
    for (std::ptrdiff_t m = 1; m <= 150; m += m < 20 ? 1 : 13) {
        for (const std::ptrdiff_t k : {0, 1, 15, 16, 17, 31, 50}) {
            for (const auto op : {ProductOp::store, ProductOp::accumulate, ProductOp::add_scaled}) {
                check_shape({m, 1, k, true, op, m % 3}, numbers, Guard::behind);
                check_shape({m, 1, k, false, op, m % 3}, numbers, Guard::before);
            }
        }
    }
}

TEST_CASE("infinity and NaN stay in their row and column")
{
    Numbers numbers(3);
    for (const bool along_k : {true, false}) {
        const Shape s{17, 40, 9, along_k, ProductOp::store, 2};
        Left a(s, numbers, Guard::behind);
        a.at(3, 4) = NAN;
        a.at(16, 0) = INFINITY;
        Rows b(s.k, s.n, s.gap), c(s.m, s.n, s.gap), wanted(s.m, s.n, s.gap);
        b.fill(numbers);
        b.at(8, 39) = -INFINITY;
        multiply(s, a, b, c);
        multiply_once(s, a, b, wanted);
        CHECK(bit_difference(c, wanted) == "");
        CHECK(std::isfinite(c.at(2, 38)));
    }
}

TEST_CASE("a chain that is continued has the bits of the whole")
{
    Numbers numbers(4);
    const Shape whole{23, 50, 41, true, ProductOp::store, 0};
    Left a(whole, numbers, Guard::behind);
    Rows b(whole.k, whole.n, 0), c(whole.m, whole.n, 0), in_pieces(whole.m, whole.n, 0);
    b.fill(numbers);
    multiply(whole, a, b, c);
    for (std::ptrdiff_t k = 0; k < whole.k;) {
        const std::ptrdiff_t next = std::min<std::ptrdiff_t>(k + 13, whole.k);
        table().product({.m = whole.m,
                         .n = whole.n,
                         .k = next - k,
                         .a = a.data() + k,
                         .a_stride = a.stride(),
                         .a_along_k = true,
                         .b = b.data() + k * b.stride(),
                         .b_stride = b.stride(),
                         .c = in_pieces.data(),
                         .c_stride = in_pieces.stride(),
                         .op = k == 0 ? ProductOp::store : ProductOp::accumulate,
                         .alpha = 0});
        k = next;
    }
    CHECK(bit_difference(in_pieces, c) == "");
}
