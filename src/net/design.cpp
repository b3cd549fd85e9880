#include "net/design.hpp"

#include "base/error.hpp"
#include "net/text.hpp"

#include <optional>
#include <utility>

namespace nib {

namespace {

const char* text_of(Task task) { return task == Task::classes ? "classes" : "numbers to learn"; }

InputSpec input_of(const ModelSpec& spec, const DataShape& data)
{
    if (const std::optional<InputSpec> input = spec.input.kind->fitted(spec.input, data)) return *input;
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
    if (const auto* vocabulary = std::get_if<Vocabulary>(&format)) return {true, 0, Task::classes, vocabulary->size()};
    const Schema& schema = std::get<Schema>(format);
    const std::size_t learned = schema.task == Task::classes ? schema.classes.size() : schema.targets.size();
    return {false, schema.features(), schema.task, static_cast<std::ptrdiff_t>(learned)};
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
