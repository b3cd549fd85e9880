// Runs a folded model on a chunk of a data set's examples.
#pragma once

#include "base/buffer.hpp"
#include "infer/engine.hpp"
#include "io/dataset.hpp"
#include "net/chunks.hpp"

namespace nib {

// A thread's scratch memory for one chunk at a time. The view and the data set must outlive it; the data set must be of
// the kind that the view's file is for.
class FoldedChunk {
public:
    FoldedChunk(const infer::View& view, const Dataset& data, Memory* memory);

    // Outputs (chunk.size, outputs) of some examples of a split; valid until the next call.
    const float* outputs(nib_split split, const Chunk& chunk);

    const std::int32_t* contexts() const noexcept { return contexts_.data(); } // for text
    const std::int32_t* classes() const noexcept { return classes_.data(); }   // (chunk.size), or the next symbols

private:
    const infer::View& view_;
    const Dataset& data_;
    Buffer<std::int32_t> contexts_, classes_;
    Buffer<float> rows_, outputs_;
    Buffer<char> memory_;
    infer::Workspace workspace_{};
};

} // namespace nib
