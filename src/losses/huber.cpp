// The square of small differences, and the absolute value of larger ones: torch.nn.HuberLoss. If the network ends with
// `unscale`, delta is in standard deviations of the number to learn.
#include "losses/element.hpp"
#include "losses/list.hpp"

namespace nib {

namespace {

struct HuberOptions {
    double delta;
};

constexpr Field keys[] = {
    number_field<&HuberOptions::delta>("delta", number_above_zero, 1,
                                       "the difference from which on the loss is linear"),
};

float compute(const SpecOptions& options, const LossBatch& b)
{
    return b.kernels.element_loss(element_loss_of(b, kernels::LossFunction::huber, options.as<HuberOptions>().delta));
}

} // namespace

constinit const LossKind huber_loss = {
    .word = {.name = "huber", .help = "squared for small differences, linear for large ones", .keys = keys},
    .task = Task::numbers,
    .link = Link::identity,
    .outputs = output_for_each,
    .expects = "numbers to learn",
    .compute = compute,
};

} // namespace nib
