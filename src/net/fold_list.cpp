#include "net/fold_list.hpp"

#include <utility>

namespace nib {

using infer::Operation;
using infer::OperationKind;

namespace {

infer::Axis axis_of(const kernels::WindowAxis& w)
{
    return {static_cast<std::uint32_t>(w.taps), static_cast<std::uint32_t>(w.stride),
            static_cast<std::uint32_t>(w.padding), static_cast<std::uint32_t>(w.dilation)};
}

Operation operation_of(OperationKind kind, const LayerShape& in, const LayerShape& out)
{
    Operation operation{.kind = kind,
                        .inputs = static_cast<std::uint32_t>(in.rows()),
                        .outputs = static_cast<std::uint32_t>(out.rows())};
    operation.in = folded_shape(in);
    operation.out = folded_shape(out);
    return operation;
}

Operation operation_of(OperationKind kind, const Node& node) { return operation_of(kind, node.in, node.out); }

} // namespace

infer::Shape folded_shape(const LayerShape& shape) noexcept
{
    if (shape.kind == ShapeKind::symbols) return {};
    const auto extent = [](std::ptrdiff_t n) { return static_cast<std::uint32_t>(n); };
    if (!shape.is_planes()) return {extent(shape.rows()), 1, 1};
    return {extent(shape.channels), extent(shape.height), extent(shape.width)};
}

FoldList::FoldList(const Network& network, std::uint32_t bits) : network_(network), bits_(bits)
{
    add_items(network.items());
}

// The nodes stand in the order of this walk; a residual's own node stands behind those of its items.
void FoldList::add_items(const std::vector<LayerSpec>& items)
{
    for (const LayerSpec& item : items) {
        if (item.kind->is_residual) {
            const LayerShape kept = network_.nodes()[node_].in;
            operations_.push_back({operation_of(OperationKind::keep, kept, kept), {}});
            add_items(item.main);
            const LayerShape made = network_.nodes()[node_ - 1].out;
            if (!item.shortcut.empty()) {
                operations_.push_back({operation_of(OperationKind::swap, made, made), {}});
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
    if (!operations_.empty() && operations_.back().operation.kind == OperationKind::flatten) {
        operation.in = operations_.back().operation.in;
        operations_.pop_back();
    }
    push(operation);
}

void FoldList::add_convolution(const Node& node, const kernels::WindowAxis& y, const kernels::WindowAxis& x,
                               std::ptrdiff_t groups)
{
    Operation operation = operation_of(OperationKind::convolution, node);
    operation.bits = bits_;
    operation.groups = static_cast<std::uint32_t>(groups);
    operation.y = axis_of(y);
    operation.x = axis_of(x);
    const bool is_depthwise = groups > 1 && groups == node.in.channels && groups == node.out.channels;
    if (is_depthwise && infer::is_depthwise_in_range(operation)) operation.kind = OperationKind::depthwise;
    push(operation);
}

void FoldList::add_pool(OperationKind kind, const Node& node, const kernels::WindowAxis& y,
                        const kernels::WindowAxis& x)
{
    Operation operation = operation_of(kind, node);
    operation.y = axis_of(y);
    operation.x = axis_of(x);
    push(operation);
}

void FoldList::add_flatten(const Node& node)
{
    const Operation operation = operation_of(OperationKind::flatten, node);
    if (operation.in.pixels() > 1) push(operation);
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
        return kind == OperationKind::dense || kind == OperationKind::scale_shift ||
               kind == OperationKind::convolution || kind == OperationKind::depthwise;
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
    dense.operation.in = {};
    dense.nodes.insert(dense.nodes.begin(), operations_[0].nodes.front());
    operations_.erase(operations_.begin());
    return true;
}

} // namespace nib
