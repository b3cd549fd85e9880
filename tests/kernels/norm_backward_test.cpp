#include "activations.hpp"
#include "catch.hpp"
#include "kernels/rows.hpp"

#include <algorithm>

using namespace nib;
using namespace nib::test;

namespace {

struct Shape {
    std::ptrdiff_t rows, examples, parts;
    nib_activation activation;
    bool norm, unbiased, with_dy_sum;
};

struct Layer {
    Layer(const Shape& s, Guard guard)
        : dy(s.rows * s.parts, s.examples, 3, guard),
          y(s.rows, s.examples, 3, guard),
          x(s.rows, s.examples, 3, guard),
          dz(s.rows, s.examples, 3, guard),
          dy_sum(s.rows, s.examples, 3, guard),
          gamma(static_cast<std::size_t>(s.rows), guard),
          shift(gamma.size(), guard),
          inverse_std(gamma.size(), guard),
          dgamma(gamma.size(), guard),
          dbeta(gamma.size(), guard)
    {
    }

    void fill(Numbers& numbers)
    {
        dy.fill(numbers);
        y.fill(numbers);
        x.fill(numbers, 2.0f);
        numbers.fill(gamma);
        numbers.fill(shift);
        numbers.fill(inverse_std, 3.0f);
    }

    void run(const Shape& s)
    {
        table().norm_backward({.rows = s.rows,
                               .examples = s.examples,
                               .stride = y.stride(),
                               .dy = dy.data(),
                               .parts = s.parts,
                               .part_stride = s.rows * dy.stride(),
                               .y = y.data(),
                               .x = x.data(),
                               .gamma = s.norm ? gamma.data() : nullptr,
                               .inverse_std = s.norm ? inverse_std.data() : nullptr,
                               .unbiased = s.unbiased,
                               .activation = s.activation,
                               .dz = dz.data(),
                               .dy_sum = s.with_dy_sum ? dy_sum.data() : nullptr,
                               .dgamma = s.norm ? dgamma.data() : nullptr,
                               .dbeta = dbeta.data(),
                               .part = part,
                               .all_examples = all_examples,
                               .pieces = static_cast<std::ptrdiff_t>(cuts.size()) - 1,
                               .cuts = cuts.data()},
                              shift.data());
    }

    bool intact() const { return dz.intact() && dy_sum.intact() && dgamma.intact() && dbeta.intact(); }

    Rows dy, y, x, dz, dy_sum;
    Guarded<float> gamma, shift, inverse_std, dgamma, dbeta;
    kernels::NormPart part = kernels::NormPart::whole;
    std::ptrdiff_t all_examples = 0;
    std::vector<std::ptrdiff_t> cuts = {0, 0}; // where the pieces of the examples begin, and the last one ends
};

struct RowResult {
    std::vector<float> dz, dy_sum;
    float dgamma, dbeta;
};

// A piece's sums of da and da x.
struct Sums {
    float dbeta, dgamma;
};
Sums add(const Sums& a, const Sums& b) { return {a.dbeta + b.dbeta, a.dgamma + b.dgamma}; }

RowResult back_once(const Shape& s, const Layer& l, std::ptrdiff_t r)
{
    const auto row = static_cast<std::size_t>(r);
    RowResult result;
    const auto pieces = static_cast<std::ptrdiff_t>(l.cuts.size()) - 1;
    std::vector<LaneSum> dbeta(l.cuts.size()), dgamma(l.cuts.size());
    std::ptrdiff_t piece = 0, begin = 0;
    for (std::ptrdiff_t i = 0; i < s.examples; ++i) {
        while (piece + 1 < pieces && i == l.cuts[static_cast<std::size_t>(piece) + 1] - l.cuts[0]) ++piece, begin = i;
        float dy = l.dy.at(r, i);
        for (std::ptrdiff_t p = 1; p < s.parts; ++p) dy += l.dy.at(p * s.rows + r, i);
        const float a = fma_once(s.norm ? l.gamma[row] : 1.0f, l.x.at(r, i), l.shift[row]);
        const float da = activate_backward_once(s.activation, dy, a, l.y.at(r, i));
        dbeta[static_cast<std::size_t>(piece)].add(i - begin, da);
        dgamma[static_cast<std::size_t>(piece)].add_product(i - begin, da, l.x.at(r, i));
        result.dz.push_back(da);
        result.dy_sum.push_back(dy);
    }
    const auto of_piece = [&](std::ptrdiff_t each) {
        return Sums{dbeta[static_cast<std::size_t>(each)].total(), dgamma[static_cast<std::size_t>(each)].total()};
    };
    const Sums sums = tree_of_pieces(0, pieces, of_piece, add);
    result.dbeta = sums.dbeta;
    result.dgamma = sums.dgamma;
    if (!s.norm) return result;
    const float n = static_cast<float>(s.examples);
    const float mean = result.dbeta / n, slope = result.dgamma / (s.unbiased ? n - 1.0f : n);
    for (std::ptrdiff_t i = 0; i < s.examples; ++i) {
        float& each = result.dz[static_cast<std::size_t>(i)];
        each = l.gamma[row] * l.inverse_std[row] * fma_once(l.x.at(r, i), -slope, each - mean);
    }
    return result;
}

void check(const Shape& s, Numbers& numbers, Guard guard, std::ptrdiff_t pieces = 1)
{
    CAPTURE(s.rows, s.examples, s.parts, static_cast<int>(s.activation), s.norm, s.unbiased, s.with_dy_sum, pieces);
    Layer layer(s, guard);
    layer.fill(numbers);
    layer.cuts = cuts_of_row(pieces, s.examples);
    layer.run(s);
    for (std::ptrdiff_t r = 0; r < s.rows; ++r) {
        const auto row = static_cast<std::size_t>(r);
        const RowResult wanted = back_once(s, layer, r);
        CHECK(bit_difference(layer.dz.row(r), wanted.dz) == "");
        CHECK(same_bits(layer.dbeta[row], wanted.dbeta));
        if (s.norm) CHECK(same_bits(layer.dgamma[row], wanted.dgamma));
        if (s.with_dy_sum) CHECK(bit_difference(layer.dy_sum.row(r), wanted.dy_sum) == "");
    }
    CHECK(layer.intact());
}

} // namespace

TEST_CASE("the way back through activation and batch normalisation, bit by bit")
{
    Numbers numbers(1);
    for (const std::ptrdiff_t examples : example_counts) {
        for (const nib_activation activation : all_activations()) {
            for (const std::ptrdiff_t parts : {1, 2, 5}) {
                const bool with_dy_sum = parts != 2;
                check({3, examples, parts, activation, false, false, with_dy_sum}, numbers, Guard::behind);
                if (examples < 2) continue;
                check({3, examples, parts, activation, true, false, with_dy_sum}, numbers, Guard::behind);
                check({4, examples, parts, activation, true, true, with_dy_sum}, numbers, Guard::before);
            }
        }
    }
    check({0, 33, 1, NIB_TANH, true, true, true}, numbers, Guard::behind);
    check({2, 1000, 2, NIB_TANH, true, true, true}, numbers, Guard::behind);
}

TEST_CASE("the way back adds up the sums of pieces in a tree")
{
    Numbers numbers(3);
    for (const std::ptrdiff_t pieces : {2, 4, 8, 256}) {
        for (const nib_activation activation : all_activations()) {
            for (const std::ptrdiff_t parts : {1, 3}) {
                const std::ptrdiff_t examples = 16 * pieces + (pieces == 256 ? -5 : 37);
                check({5, examples, parts, activation, false, false, true}, numbers, Guard::behind, pieces);
                check({5, examples, parts, activation, true, false, parts == 3}, numbers, Guard::behind, pieces);
                check({4, examples, parts, activation, true, true, parts == 3}, numbers, Guard::before, pieces);
            }
        }
    }
}

TEST_CASE("the way back in two parts has the bits of the whole")
{
    for (const nib_activation activation : all_activations()) {
        for (const std::ptrdiff_t parts : {1, 3}) {
            const Shape shape{7, 45, parts, activation, true, parts == 3, true};
            Numbers numbers(8), again(8);
            Layer whole(shape, Guard::behind), in_two(shape, Guard::behind);
            whole.fill(numbers);
            in_two.fill(again);
            whole.run(shape);
            in_two.part = kernels::NormPart::sums;
            in_two.run(shape);
            // The rest sees 16 examples alone; the sums are of 45.
            in_two.part = kernels::NormPart::rest;
            in_two.all_examples = 45;
            Shape some = shape;
            some.examples = 16;
            in_two.run(some);
            for (std::ptrdiff_t r = 0; r < shape.rows; ++r) {
                const auto row = static_cast<std::size_t>(r);
                CHECK(bit_difference(in_two.dz.row(r).first(16), whole.dz.row(r).first(16)) == "");
                CHECK(bit_difference(in_two.dy_sum.row(r), whole.dy_sum.row(r)) == "");
                CHECK(same_bits(in_two.dgamma[row], whole.dgamma[row]));
                CHECK(same_bits(in_two.dbeta[row], whole.dbeta[row]));
            }
        }
    }
}

TEST_CASE("the gradient of a normalised row adds up to nothing, and along x too")
{
    // A shift or, with eps 0, a scaling of all inputs does not change the outputs. n = 33 numbers of about 1: rounding
    // leaves some units in the last place.
    const Shape s{1, 33, 1, NIB_IDENTITY, true, false, false};
    Numbers numbers(2);
    Layer layer(s, Guard::behind);
    layer.fill(numbers);
    double mean = 0.0, square = 0.0;
    for (const float each : layer.x.row(0)) mean += each / 33.0;
    for (float& each : layer.x.row(0)) each -= static_cast<float>(mean);
    for (const float each : layer.x.row(0)) square += each * static_cast<double>(each) / 33.0;
    for (float& each : layer.x.row(0)) each /= static_cast<float>(std::sqrt(square));
    layer.run(s);
    double sum = 0.0, along_x = 0.0;
    for (std::ptrdiff_t i = 0; i < s.examples; ++i) {
        sum += layer.dz.at(0, i);
        along_x += layer.dz.at(0, i) * static_cast<double>(layer.x.at(0, i));
    }
    CHECK(std::abs(sum) < 1e-5);
    CHECK(std::abs(along_x) < 1e-5);
}
