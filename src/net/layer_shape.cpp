#include "net/layer_shape.hpp"

namespace nib {

int extents_of(const LayerShape& shape, std::ptrdiff_t (&extents)[3]) noexcept
{
    int count = 0;
    if (shape.is_planes()) extents[count++] = shape.channels;
    if (shape.kind != ShapeKind::flat && shape.kind != ShapeKind::signal) extents[count++] = shape.height;
    if (shape.kind != ShapeKind::symbols) extents[count++] = shape.width;
    return count;
}

std::string text_of(const LayerShape& shape)
{
    if (shape.kind == ShapeKind::symbols) return std::to_string(shape.height) + " symbols";
    std::ptrdiff_t extents[3];
    const int count = extents_of(shape, extents);
    std::string text = "(";
    for (int i = 0; i < count; ++i) text.append(i == 0 ? "" : ", ").append(std::to_string(extents[i]));
    return text.append(")");
}

} // namespace nib
