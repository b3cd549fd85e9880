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

// Copies the numbers `features` of the examples to `to` (features.size(), stride).
void gather_rows(const kernels::Table& kernels, const DataTable& table, nib_split split,
                 std::span<const std::uint32_t> numbers, Range features, std::ptrdiff_t stride, float* to) noexcept;

// The examples' targets and weights. An array that the table has no use for may be null.
struct GatheredTargets {
    std::int32_t* classes; // (numbers.size())
    float* targets;        // (targets, stride)
    float* weights;        // (stride)
};
void gather_targets(const DataTable& table, nib_split split, std::span<const std::uint32_t> numbers,
                    std::ptrdiff_t stride, const GatheredTargets& to) noexcept;

// For a network that ends with `unscale`, scales the numbers to learn, (outputs, stride), to those that the network
// learns; otherwise does nothing.
void scale_targets(const Model& model, std::ptrdiff_t count, std::ptrdiff_t stride, float* targets) noexcept;

} // namespace nib
