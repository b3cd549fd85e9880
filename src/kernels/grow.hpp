#pragma once

#include "base/buffer.hpp"

#include <cstddef>

namespace nib::kernels {

// Makes workspace hold at least `floats` floats of any value. Throws std::bad_alloc, after which workspace is empty.
inline void grow(Buffer<float>& workspace, std::ptrdiff_t floats, Memory* memory)
{
    if (workspace.size() >= static_cast<std::size_t>(floats)) return;
    { // the old memory is freed first
        const Buffer<float> old = std::move(workspace);
    }
    workspace = Buffer<float>(static_cast<std::size_t>(floats), memory);
}

} // namespace nib::kernels
