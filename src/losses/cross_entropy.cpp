// Softmax and cross-entropy: the outputs are logits, one for each class.
#include "losses/list.hpp"
#include "net/loss.hpp"

namespace nib {

namespace {

struct CrossEntropyOptions {
    double smoothing;
};

constexpr Field keys[] = {
    number_field<&CrossEntropyOptions::smoothing>("smoothing", {0, 1, false, true}, 0,
                                                  "share of the wanted probability that all classes get alike"),
};

std::optional<std::ptrdiff_t> outputs(std::ptrdiff_t classes) { return classes; }

float compute(const SpecOptions& options, const LossBatch& b)
{
    const double smoothing = options.as<CrossEntropyOptions>().smoothing;
    return b.kernels.cross_entropy({.classes = b.outputs,
                                    .examples = b.examples,
                                    .stride = b.stride,
                                    .logits = b.z,
                                    .targets = b.classes,
                                    .weights = b.weights,
                                    .weight = b.weight,
                                    .smoothing = b.gradient == nullptr ? 0.0f : static_cast<float>(smoothing),
                                    .workspace = b.workspace,
                                    .first_row = b.own.first,
                                    .last_row = b.own.last,
                                    .gradient = b.gradient});
}

std::optional<float> compute_few(const SpecOptions& options, const LossBatch& b)
{
    if (b.weights != nullptr || options.as<CrossEntropyOptions>().smoothing > 0) return std::nullopt;
    return b.kernels.few_cross_entropy({.classes = b.outputs,
                                        .examples = b.examples,
                                        .stride = b.stride,
                                        .logits = b.z,
                                        .targets = b.classes,
                                        .gradient = b.gradient});
}

} // namespace

constinit const LossKind cross_entropy_loss = {
    .word = {.name = "cross-entropy", .help = "of the softmax of the outputs, one for each class", .keys = keys},
    .task = Task::classes,
    .link = Link::softmax,
    .outputs = outputs,
    .expects = "classes",
    .compute = compute,
    .compute_few = compute_few,
};

} // namespace nib
