#pragma once

#include "base/buffer.hpp"

#include <cstddef>

namespace nib::kernels {

// At least `floats` of memory to work in, whatever they hold. Throws std::bad_alloc, workspace being empty then.
inline void grow(Buffer<float>& workspace, std::ptrdiff_t floats, Memory* memory)
{
    if (workspace.size() >= static_cast<std::size_t>(floats)) return;
    { // the old one goes first
        const Buffer<float> old = std::move(workspace);
    }
    workspace = Buffer<float>(static_cast<std::size_t>(floats), memory);
}

} // namespace nib::kernels
