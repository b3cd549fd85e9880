// The header and the operations that a network becomes when it is folded, from shapes alone.
#pragma once

#include "base/buffer.hpp"
#include "net/fold_list.hpp"
#include "nib/nib.h"

namespace nib {

struct FoldPlan {
    Buffer<char> head; // infer::Header and infer::Operations, as the file begins
    std::vector<FoldedOperation> operations;

    const infer::Header& header() const noexcept { return *reinterpret_cast<const infer::Header*>(head.data()); }
};

struct FoldShape {
    const Network& network;
    std::ptrdiff_t context_length, vocabulary;
    nib_encoding encoding;
    std::size_t text_bytes; // of the network's text
    nib_weights weights;
    nib_first_layer first_layer;
};

// Throws NIB_ERR_UNSUPPORTED, naming the layer, for 8-bit weights of more inputs than their sums have room for, and for
// a table of a network whose first layer behind the embedding is no linear.
FoldPlan plan_fold(const FoldShape& shape, Memory* memory);

} // namespace nib
