// Where an operation's numbers lie in the file, and its inputs and outputs in the workspace. Both follow from the
// operations before it.
//
// Places are parts of the workspace, numbered from 0. An operation that computes in place does so where its input lies,
// unless that is kept on the stack: then it is copied to a free place first. A product leaves its outputs in a free
// place. The lowest free one is taken, so that a list without residuals has two.
#pragma once

#include "infer/format.hpp"

namespace nib::infer {

inline constexpr int max_places = max_depth + 3; // the stack's, an input, a copy of it, an output

// Goes through operations in their order.
class Places {
public:
    // A table's rows lie in place 0. Of the header, its outputs and answers are read.
    explicit Places(const Header& header) noexcept : vocabulary_(header.symbols()), place_(header.is_of_text() ? -1 : 0)
    {
    }

    // Sets the operation's members from bound on. There is room on the stack, or something, where it needs that.
    void next(Operation& operation) noexcept;

private:
    bool is_kept(int place) const noexcept;
    int free_place(int beside = -1) const noexcept; // no one's, and not `beside`

    std::uint64_t vocabulary_, section_ = 0;
    int place_; // of the current numbers; -1: there are ids
    int stack_[max_depth] = {};
    int depth_ = 0;
    float bound_ = 0.0f;
};

// Whether the operations go together: each in its ranges, each with as many inputs as the one before has outputs, with
// what Places says, the stack empty at the end, and as many outputs as the header says. The index of the first one that
// does not; header.operations where all do.
std::uint32_t first_bad_operation(const Header& header, const Operation* operations) noexcept;

// Where the places begin in a workspace of one example, in floats; in one of more lanes, so many times that.
struct PlaceSizes {
    std::uint32_t begin[max_places];
    std::uint32_t end;
    std::uint32_t rows; // floats of scratch that a batch needs beside, whatever its lanes
};
PlaceSizes place_sizes(const Header& header) noexcept;

} // namespace nib::infer
