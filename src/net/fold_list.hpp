// The operations that a network becomes in a folded file, derived from its shapes alone.
#pragma once

#include "infer/format.hpp"
#include "kernels/convolution.hpp"
#include "net/network.hpp"

#include <cstddef>
#include <vector>

namespace nib {

// The shape of a value in a folded file; 0 for symbols.
infer::Shape folded_shape(const LayerShape& shape) noexcept;

struct FoldedOperation {
    infer::Operation operation;
    std::vector<std::size_t> nodes; // the nodes whose numbers it carries, in their order
};

class FoldList {
public:
    // Walks through the network's items. bits: the bits of a weight.
    FoldList(const Network& network, std::uint32_t bits);

    const std::vector<FoldedOperation>& operations() const noexcept { return operations_; }

    // Makes one table of the embedding and the linear behind it. Returns false if no linear stands right behind the
    // embedding.
    bool make_table();

    // For LayerKind::fold. The node must be the one that is being folded.
    void add(infer::OperationKind kind, const Node& node, std::uint32_t activation = 0);
    // A dense operation right behind a flatten takes its place: its weights are in the order of the planes.
    void add_weights(infer::OperationKind kind, const Node& node);
    // A convolution whose channels are all by themselves becomes a depthwise one.
    void add_convolution(const Node& node, const kernels::WindowAxis& y, const kernels::WindowAxis& x,
                         std::ptrdiff_t groups);
    void add_pool(infer::OperationKind kind, const Node& node, const kernels::WindowAxis& y,
                  const kernels::WindowAxis& x);
    // Nothing is added if the numbers are a row already.
    void add_flatten(const Node& node);
    void add_normalise(const Node& node, bool centred, double eps);
    // Folds into the weights of the operation right before; adds a separate operation if that has no weights.
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
