// How a minibatch is cut into segments, and which of them a rank computes. What is summed over examples (the gradients
// of parameters, a batchnorm's statistics, the loss) is summed in each segment by itself. The segments' sums are then
// added up in one binary tree: node (l, i) = node (l - 1, 2 i) + node (l - 1, 2 i + 1), node (0, s) being segment s.
// The result depends on the number of segments, and not on which ranks computed them.
#pragma once

#include "kernels/pieces.hpp"
#include "kernels/table.hpp"
#include "net/shares.hpp"

#include <algorithm>
#include <cstddef>

namespace nib {

inline constexpr std::ptrdiff_t most_segments = kernels::most_pieces;

// Segments [first, first + count) of the tree's leaves, added up: count is a power of two that divides first.
struct SegmentNode {
    std::ptrdiff_t first, count;
};

struct Segments {
    std::ptrdiff_t batch;     // examples of all ranks
    std::ptrdiff_t count = 1; // segments: a power of two, at most one for each 16 examples
    int rank = 0, ranks = 1;  // ranks: at most count

    bool is_cut() const noexcept { return count > 1; }
    bool is_shared() const noexcept { return ranks > 1; }
    SegmentNode root() const noexcept { return {0, count}; }

    // The first example of a segment. It is a multiple of 16, because example i is summed in lane i % 16.
    std::ptrdiff_t begin(std::ptrdiff_t segment) const noexcept
    {
        if (count == 1) return segment * batch; // without the division, of which a small step would have several
        return std::min(batch, 16 * ((batch + 15) / 16 * segment / count));
    }

    Range of_rank(int which) const noexcept { return ranks == 1 ? Range{0, count} : slice(count, ranks, which); }
    Range own() const noexcept { return of_rank(rank); }

    // A rank's examples, in the whole minibatch, and how many this one has.
    Range examples_of(int which) const noexcept { return {begin(of_rank(which).first), begin(of_rank(which).last)}; }
    Range own_examples() const noexcept { return examples_of(rank); }
    std::ptrdiff_t own_batch() const noexcept { return own_examples().size(); }

    // The examples of a segment or a node, counted from the rank's first one.
    Range examples(std::ptrdiff_t segment) const noexcept { return examples(SegmentNode{segment, 1}); }
    Range examples(const SegmentNode& node) const noexcept
    {
        if (count == 1) return {0, batch};
        const std::ptrdiff_t from = own_examples().first;
        return {begin(node.first) - from, begin(node.first + node.count) - from};
    }

    // f(segment, its examples) for each of the rank's segments.
    template <class F>
    void for_own(F f) const
    {
        for (std::ptrdiff_t segment = own().first; segment < own().last; ++segment) f(segment, examples(segment));
    }

    // f(SegmentNode) for the largest nodes that hold a rank's segments and no others, in order; a power of two of ranks
    // has one node each.
    template <class F>
    void for_nodes(int which, F f) const
    {
        if (ranks == 1) return f(root());
        for (std::ptrdiff_t at = of_rank(which).first; at < of_rank(which).last;) {
            std::ptrdiff_t size = 1;
            while (at % (2 * size) == 0 && at + 2 * size <= of_rank(which).last) size *= 2;
            f(SegmentNode{at, size});
            at += size;
        }
    }
    std::ptrdiff_t nodes(int which) const
    {
        std::ptrdiff_t total = 0;
        for_nodes(which, [&](const SegmentNode&) { ++total; });
        return total;
    }
    std::ptrdiff_t own_nodes() const { return nodes(rank); }
    std::ptrdiff_t most_nodes() const
    {
        std::ptrdiff_t most = 0;
        for (int which = 0; which < ranks; ++which) most = std::max(most, nodes(which));
        return most;
    }

    // f(left, right) for each two nodes that make one of a rank's nodes, in the tree's order: what stands at
    // right.first is to be joined with what stands at left.first, and the sum to stand there.
    template <class F>
    void join_own(F f) const
    {
        for_nodes(rank, [&](const SegmentNode& node) { join(node, f); });
    }

    // The same for all segments.
    template <class F>
    void join_all(F f) const
    {
        join(root(), f);
    }

    // The same for the nodes of all ranks, up to the root.
    template <class F>
    void join_ranks(F f) const
    {
        join(root(), [&](const SegmentNode& left, const SegmentNode& right) {
            if (rank_of(left.first) != rank_of(right.first + right.count - 1)) f(left, right);
        });
    }

private:
    int rank_of(std::ptrdiff_t segment) const noexcept
    {
        int which = 0;
        while (of_rank(which).last <= segment) ++which;
        return which;
    }

    template <class F>
    static void join(const SegmentNode& node, F f)
    {
        kernels::for_joins(node.count, [&](std::ptrdiff_t left, std::ptrdiff_t right, std::ptrdiff_t size) {
            f(SegmentNode{node.first + left, size}, SegmentNode{node.first + right, size});
        });
    }
};

// Adds up numbers, one of each segment, in a join of Segments.
struct AddNumbers {
    float* numbers;

    void operator()(const SegmentNode& left, const SegmentNode& right) const
    {
        numbers[left.first] += numbers[right.first];
    }
};

} // namespace nib
