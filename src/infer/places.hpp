// Where an operation's numbers lie in the file, and its inputs and outputs in the workspace. Both depend only on the
// operations before it.
//
// Places are parts of the workspace, numbered from 0. An operation in place writes where its input lies, unless that
// input is kept on the stack: it is then first copied to a free place. A product writes its outputs to a free place.
// The lowest free place is used, so that a list without residuals needs two.
#pragma once

#include "infer/format.hpp"

namespace nib::infer {

inline constexpr std::size_t max_lanes = 64;

// The lanes of a batch are a multiple of this, the number of lanes of the widest register.
inline constexpr std::size_t lane_step = 16;

inline constexpr int max_places = max_depth + 3; // those of the stack, an input, a copy of it, an output

// Goes through the operations in their order.
class Places {
public:
    // A table's rows lie in place 0. Reads only the header's outputs and answers.
    explicit Places(const Header& header) noexcept : vocabulary_(header.symbols()), place_(header.is_of_text() ? -1 : 0)
    {
    }

    // Sets the operation's members from bound on. If the operation needs room on the stack, or a value there, it must
    // exist.
    void next(Operation& operation) noexcept;

private:
    bool is_kept(int place) const noexcept;
    int free_place(int beside = -1) const noexcept; // not in use, and not `beside`

    std::uint64_t vocabulary_, section_ = 0;
    int place_; // of the current numbers; -1: the input is ids
    int stack_[max_depth] = {};
    int depth_ = 0;
    float bound_ = 0.0f;
};

// Whether the operations go together: each is in its ranges, has as many inputs as the one before has outputs, and
// agrees with Places; the stack is empty at the end, and there are as many outputs as the header says. Returns the
// index of the first operation that does not fit; header.operations if all do.
std::uint32_t first_bad_operation(const Header& header, const Operation* operations) noexcept;

// Kernels read up to 16 numbers behind a plane, with no effect.
constexpr std::uint64_t behind_plane(const Shape& shape) { return shape.pixels() > 1 ? 16 : 0; }

// The plane that a convolution reads: a border of zeros to the left and right and, for 8 bits, where numbers are bytes,
// also above and below. Without one, 32 and 16 bits read the input itself.
struct Bordered {
    std::uint64_t width, height;
    std::uint64_t floats; // of memory; 0: the input itself
};
constexpr Bordered bordered_of(const Operation& o)
{
    const bool is_bytes = o.bits == 8;
    const std::uint64_t width = o.in.width + 2 * std::uint64_t{o.x.padding},
                        height = o.in.height + (is_bytes ? 2 * std::uint64_t{o.y.padding} : 0);
    const std::uint64_t numbers = width * height * o.in.channels;
    // Up to 3 bytes behind the last one are read.
    if (is_bytes) return {width, height, round_up(numbers / 4 + 2, 16)};
    return {width, height, o.x.padding > 0 ? round_up(numbers, 16) : 0};
}

// Where the places begin in a workspace of one example, in floats; multiply by the lanes for a workspace of more.
struct PlaceSizes {
    std::uint32_t begin[max_places];
    std::uint32_t end;
    std::uint32_t rows; // floats of scratch memory that a batch needs besides, for any number of lanes, or that one
                        // example of planes needs
    bool has_planes;    // a plane as input, or operations for planes
    std::uint32_t most_lanes; // of a batch; 1: examples are computed one by one
};
PlaceSizes place_sizes(const Header& header) noexcept;

} // namespace nib::infer
