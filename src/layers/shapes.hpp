// LayerKind::shape for layers that keep the shape of their input.
#pragma once

#include "net/layer_kind.hpp"

namespace nib {

// A row of numbers, (N).
inline std::optional<LayerShape> same_row(const LayerSpec&, const LayerShape& in)
{
    return in.kind == ShapeKind::flat ? std::optional(in) : std::nullopt;
}

// Such a row, or planes.
inline std::optional<LayerShape> same_row_or_planes(const LayerSpec&, const LayerShape& in)
{
    return in.kind == ShapeKind::flat || in.is_planes() ? std::optional(in) : std::nullopt;
}

// Numbers of any shape.
inline std::optional<LayerShape> same_numbers(const LayerSpec&, const LayerShape& in)
{
    return in.kind != ShapeKind::symbols ? std::optional(in) : std::nullopt;
}

} // namespace nib
