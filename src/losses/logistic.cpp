// The cross-entropy of two classes from one output, the logit of the second class: torch.nn.BCEWithLogitsLoss.
#include "losses/element.hpp"
#include "losses/list.hpp"

namespace nib {

namespace {

std::optional<std::ptrdiff_t> outputs(std::ptrdiff_t classes)
{
    return classes == 2 ? std::optional<std::ptrdiff_t>(1) : std::nullopt;
}

float compute(const SpecOptions&, const LossBatch& b)
{
    for (std::ptrdiff_t i = 0; i < b.examples; ++i) b.workspace[i] = static_cast<float>(b.classes[i]);
    kernels::ElementLoss loss = element_loss_of(b, kernels::LossFunction::logistic);
    loss.targets = b.workspace;
    return b.kernels.element_loss(loss);
}

} // namespace

constinit const LossKind logistic_loss = {
    .word = {.name = "logistic", .help = "cross-entropy of two classes, with one output"},
    .task = Task::classes,
    .link = Link::sigmoid,
    .outputs = outputs,
    .expects = "two classes",
    .compute = compute,
};

} // namespace nib
