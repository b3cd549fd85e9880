#include "deploy/network_plan.hpp"

#include "base/error.hpp"
#include "deploy/class_names.hpp"
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

// The data shape for which a network is planned; nothing else is known of the data.
DataShape shape_for(const ModelSpec& spec, std::ptrdiff_t outputs)
{
    const LayerShape input = spec.input.kind->shape(spec.input.options);
    if (input.kind == ShapeKind::symbols)
        return {.is_text = true, .features = 0, .task = Task::classes, .learned = outputs};
    if (input.rows() == 0)
        throw Error(NIB_ERR_INVALID_ARGUMENT, "input: %s: expected how many numbers a row has, as floats 13",
                    print_input(spec.input).c_str());
    if (input.rows() > Schema::most_features)
        throw Error(NIB_ERR_INVALID_ARGUMENT, "input: %s: %td numbers a row: expected at most %td",
                    print_input(spec.input).c_str(), input.rows(), Schema::most_features);
    const Task by_count = outputs == 1 ? Task::numbers : Task::classes;
    return {.is_text = false,
            .features = input.rows(),
            .task = spec.loss.kind == nullptr ? by_count : spec.loss.kind->task,
            .learned = outputs};
}

// A schema for such rows, without names.
Schema schema_for(const DataShape& data)
{
    Schema schema;
    schema.task = data.task;
    schema.columns.resize(static_cast<std::size_t>(data.features));
    for (std::ptrdiff_t i = 0; i < data.features; ++i) schema.columns[static_cast<std::size_t>(i)].place = i;
    const std::ptrdiff_t targets = data.task == Task::classes ? 1 : data.learned;
    for (std::ptrdiff_t i = 0; i < targets; ++i) {
        schema.targets.emplace_back();
        schema.target_places.push_back(data.features + i);
    }
    for (std::ptrdiff_t i = 0; data.task == Task::classes && i < data.learned; ++i)
        schema.classes.push_back(std::to_string(i));
    schema.table_columns = data.features + targets;
    return schema;
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
    const Schema schema = data.is_text ? Schema() : schema_for(data);
    const FoldPlan folded = plan_fold({.network = network,
                                       .answers = answers_of(data.is_text, *design.loss.kind),
                                       .encoding = NIB_ENCODING_UTF8, // either encoding gives the same sizes
                                       .name_bytes = section_of_names(schema.classes).size(),
                                       .schema_bytes = data.is_text ? 0 : text_without_classes(schema).size(),
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
