#include "net/layer_shape.hpp"

namespace nib {

std::string text_of(const LayerShape& shape)
{
    const std::string length = std::to_string(shape.length), width = std::to_string(shape.width);
    if (shape.kind == ShapeKind::symbols) return length + " symbols";
    return shape.kind == ShapeKind::flat ? "(" + width + ")" : "(" + length + ", " + width + ")";
}

} // namespace nib
