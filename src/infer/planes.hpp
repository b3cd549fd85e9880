// Operations on planes, of one example or of a batch.
#pragma once

#include "infer/engine.hpp"

namespace nib::infer {

// One pass through the operations: its model, its contexts, its memory.
struct EnginePass {
    const View& view;
    const std::int32_t* ids; // (context length, lanes)
    std::ptrdiff_t lanes;
    const Workspace& workspace;

    float* place(int i) const noexcept
    {
        return workspace.memory + static_cast<std::ptrdiff_t>(view.places.begin[i]) * lanes;
    }
    float* rows() const noexcept { return workspace.memory + workspace.plan.rows; }
};

// Turns a row's numbers from the order (channel, y, x) into (y, x, channel).
void load_plane(const Shape& shape, const float* row, float* x) noexcept;

// Runs a convolution or a depthwise one, with the addition and the relu right behind it, if they are in place. Returns
// the last operation that has been run.
const Operation* run_convolution(const EnginePass& pass, const Operation* o) noexcept;

// Runs a pool or flatten.
void run_on_plane(const EnginePass& pass, const Operation& o) noexcept;

} // namespace nib::infer
