#include "net/design.hpp"

#include "base/error.hpp"
#include "net/text.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace nib {

namespace {

const char* text_of(Task task) { return task == Task::classes ? "classes" : "numbers to learn"; }

// Takes the shape through the items up to one that does not accept it, and counts those that did.
bool walk(const std::vector<LayerSpec>& items, LayerShape& shape, std::size_t& accepted)
{
    for (const LayerSpec& each : items) {
        if (each.kind->is_residual) {
            if (!walk(each.main, shape, accepted)) return false;
            continue;
        }
        const std::optional<LayerShape> out = each.kind->shape(each, shape);
        if (!out) return false;
        shape = *out;
        ++accepted;
    }
    return true;
}

// The first of the inputs with which the list gets furthest.
InputSpec input_for(const std::vector<LayerSpec>& items, const std::vector<InputSpec>& inputs)
{
    const InputSpec* best = &inputs.front();
    std::size_t most = 0;
    for (const InputSpec& each : inputs) {
        LayerShape shape = each.kind->shape(each.options);
        std::size_t accepted = 0;
        walk(items, shape, accepted);
        if (accepted > most) best = &each;
        most = std::max(accepted, most);
    }
    return *best;
}

InputSpec input_of(const ModelSpec& spec, const DataShape& data)
{
    const std::vector<InputSpec> inputs = spec.input.kind->fitted(spec.input, data);
    if (!inputs.empty()) return input_for(spec.layers, inputs);
    const std::string given = print_input(spec.input);
    if (data.is_text)
        throw Error(NIB_ERR_INVALID_ARGUMENT, "input: %s: the data are text: expected symbols", given.c_str());
    throw Error(NIB_ERR_INVALID_ARGUMENT, "input: %s: the data are rows of %td numbers: expected floats %td",
                given.c_str(), data.features, data.features);
}

LossSpec loss_of(const ModelSpec& spec, Task task)
{
    LossSpec loss = spec.loss;
    for (const LossKind* each : spec.losses)
        if (loss.kind == nullptr && each->task == task) loss = initial_word(*each);
    if (loss.kind->task == task) return loss;
    throw Error(NIB_ERR_INVALID_ARGUMENT, "loss: %s takes %s: the data have %s", loss.kind->word.name,
                text_of(loss.kind->task), text_of(task));
}

std::ptrdiff_t outputs_of(const LossSpec& loss, std::ptrdiff_t learned)
{
    if (const std::optional<std::ptrdiff_t> outputs = loss.kind->outputs(learned)) return *outputs;
    throw Error(NIB_ERR_INVALID_ARGUMENT, "loss: %s takes %s: the data have %td", loss.kind->word.name,
                loss.kind->expects, learned);
}

} // namespace

DataShape shape_of(const DataFormat& format)
{
    if (const auto* vocabulary = std::get_if<Vocabulary>(&format))
        return {.is_text = true, .features = 0, .task = Task::classes, .learned = vocabulary->size()};
    const Schema& schema = std::get<Schema>(format);
    const std::size_t learned = schema.task == Task::classes ? schema.classes.size() : schema.targets.size();
    return {.is_text = false,
            .features = schema.features(),
            .task = schema.task,
            .learned = static_cast<std::ptrdiff_t>(learned)};
}

DataShape shape_of(const Dataset& data)
{
    DataShape shape = shape_of(data.format());
    if (const DataTable* table = data.table()) shape.row_shape = table->row_shape();
    return shape;
}

ModelDesign::ModelDesign(ModelSpec spec, const DataShape& data)
    : seed(spec.seed),
      input(input_of(spec, data)),
      loss(loss_of(spec, data.task)),
      network(std::move(spec.layers), input.kind->shape(input.options), outputs_of(loss, data.learned), data.task),
      layout(network)
{
}

} // namespace nib
