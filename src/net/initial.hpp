// The initial value of a field, used if an item does not give one.
#pragma once

#include "net/layer_kind.hpp"

namespace nib {

// next: the items behind it, in the same group.
inline double initial_of(const LayerKind& kind, const Field& field, std::span<const LayerSpec> next)
{
    return kind.initial == nullptr ? field.initial : kind.initial(field, next);
}

} // namespace nib
