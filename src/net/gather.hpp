// Examples of a table as the rows of feature-major activations.
#pragma once

#include "io/table.hpp"
#include "kernels/table.hpp"
#include "net/model.hpp"
#include "net/shares.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace nib {

// Numbers `features` of the examples: to (features.size(), stride).
void gather_rows(const kernels::Table& kernels, const DataTable& table, nib_split split,
                 std::span<const std::uint32_t> numbers, Range features, std::ptrdiff_t stride, float* to) noexcept;

// What is learned from them; an array that the table has no use for may be null.
struct GatheredTargets {
    std::int32_t* classes; // (numbers.size())
    float* targets;        // (targets, stride)
    float* weights;        // (stride)
};
void gather_targets(const DataTable& table, nib_split split, std::span<const std::uint32_t> numbers,
                    std::ptrdiff_t stride, const GatheredTargets& to) noexcept;

// Makes numbers to learn, (outputs, stride), those that a network learns which ends with `unscale`; others stay.
void scale_targets(const Model& model, std::ptrdiff_t count, std::ptrdiff_t stride, float* targets) noexcept;

} // namespace nib
