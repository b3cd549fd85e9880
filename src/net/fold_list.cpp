#include "net/fold_list.hpp"

#include <utility>

namespace nib {

using infer::Operation;
using infer::OperationKind;

namespace {

Operation operation_of(OperationKind kind, const Node& node)
{
    return {.kind = kind,
            .inputs = static_cast<std::uint32_t>(node.in.rows()),
            .outputs = static_cast<std::uint32_t>(node.out.rows())};
}

} // namespace

FoldList::FoldList(const Network& network, std::uint32_t bits) : network_(network), bits_(bits)
{
    add_items(network.items());
}

// The nodes stand in the order of this walk; a residual's own node stands behind those of its items.
void FoldList::add_items(const std::vector<LayerSpec>& items)
{
    for (const LayerSpec& item : items) {
        std::uint32_t kept = 0; // numbers of the residual's input
        if (item.kind->is_residual) {
            kept = static_cast<std::uint32_t>(network_.nodes()[node_].in.rows());
            operations_.push_back({{.kind = OperationKind::keep, .inputs = kept, .outputs = kept}, {}});
            add_items(item.main);
            const auto rows = static_cast<std::uint32_t>(network_.nodes()[node_ - 1].out.rows());
            if (!item.shortcut.empty()) {
                operations_.push_back({{.kind = OperationKind::swap, .inputs = rows, .outputs = rows}, {}});
                add_items(item.shortcut);
            }
            add(OperationKind::add, network_.nodes()[node_]);
        } else if (item.kind->fold != nullptr) {
            item.kind->fold(network_.nodes()[node_], *this);
        }
        ++node_;
    }
}

void FoldList::push(const Operation& operation) { operations_.push_back({operation, {node_}}); }

void FoldList::add(OperationKind kind, const Node& node, std::uint32_t activation)
{
    Operation operation = operation_of(kind, node);
    operation.activation = activation;
    push(operation);
}

void FoldList::add_weights(OperationKind kind, const Node& node)
{
    Operation operation = operation_of(kind, node);
    operation.bits = bits_;
    push(operation);
}

void FoldList::add_normalise(const Node& node, bool centred, double eps)
{
    Operation operation = operation_of(OperationKind::normalise, node);
    operation.centred = centred ? 1 : 0;
    operation.eps = static_cast<float>(eps);
    push(operation);
}

void FoldList::add_scale_shift(const Node& node)
{
    const auto takes_it = [](OperationKind kind) {
        return kind == OperationKind::dense || kind == OperationKind::scale_shift;
    };
    if (!operations_.empty() && takes_it(operations_.back().operation.kind))
        operations_.back().nodes.push_back(node_);
    else
        add(OperationKind::scale_shift, node);
}

bool FoldList::make_table()
{
    if (operations_.size() < 2 || operations_[0].operation.kind != OperationKind::lookup ||
        operations_[1].operation.kind != OperationKind::dense)
        return false;
    FoldedOperation& dense = operations_[1];
    dense.operation.kind = OperationKind::table;
    dense.operation.inputs = operations_[0].operation.inputs;
    dense.nodes.insert(dense.nodes.begin(), operations_[0].nodes.front());
    operations_.erase(operations_.begin());
    return true;
}

} // namespace nib
