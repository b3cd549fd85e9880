// Feature-major activations for the tests of kernels: rows of a whole number of 16-float blocks, in guarded memory.
#pragma once

#include "guarded.hpp"
#include "kernels/oracle.hpp"

#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace nib::test {

constexpr std::ptrdiff_t in_blocks(std::ptrdiff_t n) { return (n + 15) / 16 * 16; }

// Numbers of examples around the ends of blocks and registers.
constexpr std::ptrdiff_t example_counts[] = {1, 2, 3, 7, 15, 16, 17, 31, 32, 33, 100};

// Each row has examples, then padding (NaN) to the end of the block, then a gap to the next row (a value that would
// show in any result). The last row ends with its block, where the forbidden page begins.
class Rows {
public:
    Rows(std::ptrdiff_t rows, std::ptrdiff_t examples, std::ptrdiff_t gap, Guard guard = Guard::behind)
        : rows_(rows),
          examples_(examples),
          stride_(in_blocks(examples) + gap),
          floats_(static_cast<std::size_t>(rows > 0 ? (rows - 1) * stride_ + in_blocks(examples) : 0), guard)
    {
        for (std::ptrdiff_t r = 0; r + 1 < rows; ++r) {
            for (std::ptrdiff_t i = in_blocks(examples); i < stride_; ++i) at(r, i) = gap_value;
        }
    }

    float* data() noexcept { return floats_.data(); }
    std::ptrdiff_t stride() const noexcept { return stride_; }
    std::ptrdiff_t rows() const noexcept { return rows_; }
    float& at(std::ptrdiff_t r, std::ptrdiff_t i) noexcept
    {
        return floats_[static_cast<std::size_t>(r * stride_ + i)];
    }
    float at(std::ptrdiff_t r, std::ptrdiff_t i) const noexcept
    {
        return floats_[static_cast<std::size_t>(r * stride_ + i)];
    }

    // A row's examples, without padding.
    std::span<float> row(std::ptrdiff_t r) noexcept { return {&at(r, 0), static_cast<std::size_t>(examples_)}; }
    void fill(Numbers& numbers, float scale = 1.0f)
    {
        for (std::ptrdiff_t r = 0; r < rows_; ++r) {
            for (float& each : row(r)) each = numbers(scale);
        }
    }
    void copy_examples(Rows& from)
    {
        for (std::ptrdiff_t r = 0; r < rows_; ++r) std::ranges::copy(from.row(r), row(r).begin());
    }

    // True if nothing was written between the rows or around them.
    bool intact() const noexcept
    {
        for (std::ptrdiff_t r = 0; r + 1 < rows_; ++r) {
            for (std::ptrdiff_t i = in_blocks(examples_); i < stride_; ++i) {
                if (at(r, i) != gap_value) return false;
            }
        }
        return floats_.intact();
    }

private:
    static constexpr float gap_value = -777.25f;

    std::ptrdiff_t rows_, examples_, stride_;
    Guarded<float> floats_;
};

// Where the pieces of a row's examples begin, and the last one ends. The first cut need not be 0.
inline std::vector<std::ptrdiff_t> cuts_of_row(std::ptrdiff_t pieces, std::ptrdiff_t examples)
{
    std::vector<std::ptrdiff_t> cuts;
    for (std::ptrdiff_t i = 0; i < pieces; ++i) cuts.push_back(48 + in_blocks(examples) / 16 * i / pieces * 16);
    cuts.push_back(48 + examples);
    return cuts;
}

// The tree over pieces [first, last): leaf(piece), and join of two halves.
template <class Leaf, class Join>
auto tree_of_pieces(std::ptrdiff_t first, std::ptrdiff_t last, const Leaf& leaf, const Join& join)
{
    if (last - first == 1) return leaf(first);
    const std::ptrdiff_t middle = (first + last) / 2;
    return join(tree_of_pieces(first, middle, leaf, join), tree_of_pieces(middle, last, leaf, join));
}

// w after an update by a few examples, the rows of both: a chain of fma over their numbers i and j, added scaled.
inline float moved(const Rows& left, std::ptrdiff_t i, const Rows& right, std::ptrdiff_t j, float alpha, float w)
{
    float sum = 0;
    for (std::ptrdiff_t e = 0; e < left.rows(); ++e) sum = fma_once(left.at(e, i), right.at(e, j), sum);
    return fma_once(alpha, sum, w);
}

// "" if the examples have the same bits, otherwise the first difference.
inline std::string bit_difference(Rows& got, Rows& wanted)
{
    for (std::ptrdiff_t r = 0; r < got.rows(); ++r) {
        const std::string difference = bit_difference(got.row(r), wanted.row(r));
        if (!difference.empty()) return "row " + std::to_string(r) + ", " + difference;
    }
    return "";
}

} // namespace nib::test
