// The header and the operations that a network is folded to, derived from shapes alone.
#pragma once

#include "base/buffer.hpp"
#include "net/fold_list.hpp"
#include "net/layer_kind.hpp"
#include "nib/nib.h"

namespace nib {

struct FoldPlan {
    Buffer<char> head; // infer::Header and infer::Operations, the beginning of the file
    std::vector<FoldedOperation> operations;

    const infer::Header& header() const noexcept { return *reinterpret_cast<const infer::Header*>(head.data()); }
};

struct FoldShape {
    const Network& network;
    infer::Answers answers;
    nib_encoding encoding;                // for text
    std::size_t name_bytes, schema_bytes; // for a table: class_names.hpp
    std::size_t text_bytes;               // of the network's text
    nib_weights weights;
    nib_first_layer first_layer;
};

// The kind of predictions of a network that was trained with this loss.
infer::Answers answers_of(bool is_text, const LossKind& loss);
Link link_of(infer::Answers answers);

// Throws NIB_ERR_UNSUPPORTED, naming the layer, for 8-bit weights with more inputs than their sums have room for, for a
// table of a network whose first layer behind the embedding is not a linear, and for a network without operations.
FoldPlan plan_fold(const FoldShape& shape, Memory* memory);

} // namespace nib
