// The way through a file's operations: where each one's section lies, and in which place its numbers.
//
// Places are parts of the workspace, numbered from 0. An operation that computes in place does so where its input lies,
// unless that is kept on the stack: then it is copied to a free place first. A product leaves its outputs in a free
// place. The lowest free one is taken, so that a list without residuals has two.
#pragma once

#include "infer/format.hpp"

namespace nib::infer {

inline constexpr int max_places = max_depth + 3; // the stack's, an input, a copy of it, an output

struct Step {
    const Operation* operation;
    std::uint64_t section; // where it begins, behind the first
    int from;              // place of the input; -1: ids
    int to;                // place of the output; from, unless the operation is a product or its input is kept
    int copy;    // place that the input is copied to first, as the operation overwrites it and it is kept; -1: none
    int term;    // add: place of what was on the stack
    float bound; // the largest |x| that an input may have, 0 where that is not known
};

class Walk {
public:
    // The operations behind the header, which first_bad_operation accepts.
    explicit Walk(const Header& header) noexcept
        : next_(operations_of(header)), end_(next_ + header.operations), vocabulary_(header.vocabulary)
    {
    }

    // The next operation; false behind the last.
    bool next(Step& step) noexcept;

    int place() const noexcept { return place_; } // of the current numbers

private:
    bool is_kept(int place) const noexcept;
    int free_place(int beside = -1) const noexcept; // no one's, and not `beside`

    const Operation* next_;
    const Operation* end_;
    std::uint64_t vocabulary_, section_ = 0;
    int place_ = -1;
    int stack_[max_depth] = {};
    int depth_ = 0;
    float bound_ = 0.0f;
};

// Whether the operations go together: each in its ranges, each with as many inputs as the one before has outputs, the
// stack empty at the end, and as many outputs as the vocabulary has symbols. The first one's index that does not;
// header.operations where all do.
std::uint32_t first_bad_operation(const Header& header, const Operation* operations) noexcept;

} // namespace nib::infer
