#include "deploy/network_plan.hpp"

#include "base/error.hpp"
#include "infer/engine.hpp"
#include "net/text.hpp"

#include <utility>

namespace nib {

namespace {

std::int64_t multiply_adds_of(const Network& network)
{
    std::int64_t total = 0;
    for (const Node& node : network.nodes())
        if (node.kind->multiply_adds != nullptr) total += node.kind->multiply_adds(node);
    return total;
}

// The data that a network is planned for, of which nothing else is known.
DataShape shape_for(const ModelSpec& spec, std::ptrdiff_t outputs)
{
    const LayerShape input = spec.input.kind->shape(spec.input.options);
    if (input.kind == ShapeKind::symbols) return {true, 0, Task::classes, outputs};
    throw Error(NIB_ERR_UNSUPPORTED, "input: %s: the sizes of folded tables are not known",
                print_input(spec.input).c_str());
}

} // namespace

NetworkPlan plan_network(ModelSpec spec, std::int32_t outputs, const FoldAs& as, Memory* memory)
{
    const DataShape data = shape_for(spec, outputs);
    const ModelDesign design(std::move(spec), data);
    const Network& network = design.network;
    NetworkPlan plan{.network = print_network(network.items()), .input = print_input(design.input)};
    plan.parameters = design.layout.parameters;
    plan.multiply_adds = multiply_adds_of(network);
    const FoldPlan folded = plan_fold({.network = network,
                                       .context_length = network.input().length,
                                       .vocabulary = outputs,
                                       .encoding = NIB_ENCODING_UTF8, // either gives the same sizes
                                       .text_bytes = plan.network.size(),
                                       .weights = as.weights,
                                       .first_layer = as.first_layer},
                                      memory);
    plan.file_bytes = static_cast<std::size_t>(folded.header().file_bytes);
    plan.workspace_bytes = infer::make_plan(folded.header(), 1).bytes();
    plan.folded_multiply_adds = static_cast<std::int64_t>(infer::multiply_adds(folded.header()));
    return plan;
}

} // namespace nib
