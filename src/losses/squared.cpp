// The mean of the squared differences: torch.nn.MSELoss.
#include "losses/element.hpp"
#include "losses/list.hpp"

namespace nib {

namespace {

float compute(const SpecOptions&, const LossBatch& b)
{
    return b.kernels.element_loss(element_loss_of(b, kernels::LossFunction::squared));
}

} // namespace

constinit const LossKind squared_loss = {
    .word = {.name = "squared", .help = "the mean of the squared differences"},
    .task = Task::numbers,
    .link = Link::identity,
    .outputs = output_for_each,
    .expects = "numbers to learn",
    .compute = compute,
};

} // namespace nib
