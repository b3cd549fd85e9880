// Corrects, after a change of a folded file's operations, the members that follow from them: otherwise nothing after
// them would ever be read.
#pragma once

#include "infer/places.hpp"

#include <cstddef>

namespace nib::fuzz {

// Does nothing if infer::Places, which is for valid operations, could not go through them.
inline void mend_places(const infer::Header& header, infer::Operation* operations, std::size_t count)
{
    using infer::OperationKind;
    int depth = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const infer::Operation& o = operations[i];
        if (static_cast<std::uint32_t>(o.kind) >= infer::operation_kinds || o.inputs == 0) return;
        const bool has_groups = o.kind == OperationKind::convolution || o.kind == OperationKind::depthwise;
        if (has_groups && (o.groups == 0 || o.out.channels < o.groups)) return;
        if (o.activation > static_cast<std::uint32_t>(activations::last_activation)) return;
        if (o.kind == OperationKind::swap && depth == 0) return;
        depth += o.kind == OperationKind::keep ? 1 : o.kind == OperationKind::add ? -1 : 0;
        if (depth < 0 || depth > infer::max_depth) return;
    }
    infer::Places places(header);
    for (std::size_t i = 0; i < count; ++i) places.next(operations[i]);
}

} // namespace nib::fuzz
