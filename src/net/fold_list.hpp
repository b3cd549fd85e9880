// The operations that a network becomes in a folded file, made of its shapes alone.
#pragma once

#include "infer/format.hpp"
#include "net/network.hpp"

#include <cstddef>
#include <vector>

namespace nib {

struct FoldedOperation {
    infer::Operation operation;
    std::vector<std::size_t> nodes; // those whose numbers it carries, in their order
};

class FoldList {
public:
    // bits: of weights. Walks through the network's items.
    FoldList(const Network& network, std::uint32_t bits);

    const std::vector<FoldedOperation>& operations() const noexcept { return operations_; }

    // The embedding and the linear behind it become one table. False where no linear is right behind the embedding.
    bool make_table();

    // For LayerKind::fold. The node is the one that is being folded.
    void add(infer::OperationKind kind, const Node& node, std::uint32_t activation = 0);
    void add_weights(infer::OperationKind kind, const Node& node);
    void add_normalise(const Node& node, bool centred, double eps);
    // Into the weights of the operation right before; an operation of its own where that has none.
    void add_scale_shift(const Node& node);

private:
    void add_items(const std::vector<LayerSpec>& items);
    void push(const infer::Operation& operation);

    const Network& network_;
    std::uint32_t bits_;
    std::size_t node_ = 0;
    std::vector<FoldedOperation> operations_;
};

} // namespace nib
