#include "train/train_options.hpp"

#include "base/error.hpp"
#include "net/segments.hpp"

#include <bit>
#include <cstdint>

namespace nib {

namespace {

using O = nib_train_options;

constexpr const char* optimizers[] = {"sgd", "adamw"};
constexpr const char* class_weights[] = {"none", "balanced"};
constexpr const char* schedules[] = {"step", "cosine", "constant"};

constexpr const char* training = "Training";
constexpr double most = std::int64_t{1} << 40;

constexpr Need step = {{"schedule"}, NIB_SCHEDULE_STEP};
constexpr Need cosine = {{"schedule"}, NIB_SCHEDULE_COSINE};
constexpr Need sgd = {{"optimizer"}, NIB_SGD};
constexpr Need adamw = {{"optimizer"}, NIB_ADAMW};
constexpr FieldRange below_one = {0, 1, false, true};

constexpr Field fields[] = {
    number_field<&O::steps>("steps", {1, most}, 15000, "minibatches to train on", {"--steps", training}),
    number_field<&O::batch_size>("batch_size", {1, 1048576}, 128, "examples of a minibatch", {"--batch", training}),
    number_field<&O::segments>("segments", {1, most_segments}, 1,
                               "pieces of a minibatch that are added up by themselves, a\npower of two: most ranks "
                               "that may train together",
                               {"--segments", training}),
    word_field<&O::optimizer>("optimizer", optimizers, NIB_ADAMW, "how a gradient changes the weights",
                              {"--optimizer", training}),
    number_field<&O::learning_rate>("learning_rate", number_above_zero, 3e-3, "learning rate", {"--lr", training}),
    word_field<&O::schedule>("schedule", schedules, NIB_SCHEDULE_COSINE, "learning rate over the steps",
                             {"--schedule", training}),
    number_field<&O::decay_at>("decay_at", number_from_zero, most, "schedule step: first step of the lower rate",
                               {"--lr-decay-at", training}, step),
    number_field<&O::decay_factor>("decay_factor", number_above_zero, 0.1, "schedule step: lower rate over --lr",
                                   {"--lr-decay", training}, step),
    number_field<&O::min_learning_rate>("min_learning_rate", number_from_zero, 0,
                                        "schedule cosine: learning rate of the last step", {"--lr-min", training},
                                        cosine),
    number_field<&O::warmup_steps>("warmup_steps", number_from_zero, 200,
                                   "steps at the start in which the learning rate rises", {"--warmup", training}),
    // The initial values are PyTorch's, except the weight decay.
    number_field<&O::adam_beta1>("adam_beta1", below_one, 0.9, "adamw: share of the earlier gradients in their mean",
                                 {}, adamw),
    number_field<&O::adam_beta2>("adam_beta2", below_one, 0.999, "adamw: share of the earlier squares in their mean",
                                 {}, adamw),
    number_field<&O::adam_eps>("adam_eps", number_above_zero, 1e-8, "adamw: added to the root of the squares", {},
                               adamw),
    number_field<&O::weight_decay>("weight_decay", number_from_zero, 0.5,
                                   "adamw: each step scales the weights by 1 minus this times\nthe learning rate",
                                   {"--weight-decay", training}, adamw),
    number_field<&O::momentum>("momentum", below_one, 0, "sgd: share of the previous step that is added to each",
                               {"--momentum", training}, sgd),
    number_field<&O::clip_norm>(
        "clip_norm", number_from_zero, 0,
        "largest norm of the gradient of all weights; a longer one\nis scaled down to it; 0: no limit",
        {"--clip-norm", training}),
    word_field<&O::class_weights>("class_weights", class_weights, NIB_CLASS_WEIGHTS_NONE,
                                  "for a table: weights of the classes in the loss", {"--class-weights", training}),
};

// There must be a block of examples for each segment.
void check_segments(const nib_train_options& o)
{
    constexpr std::int32_t block = 16;
    if (!std::has_single_bit(static_cast<std::uint32_t>(o.segments)))
        throw Error(NIB_ERR_INVALID_ARGUMENT, "segments is %d: expected a power of two", o.segments);
    const std::int32_t blocks = (o.batch_size + block - 1) / block;
    if (blocks < o.segments)
        throw Error(NIB_ERR_INVALID_ARGUMENT,
                    "segments is %d: a batch_size of %d has %d blocks of %d examples; expected %d segments at most, or "
                    "a batch_size of %d at least",
                    o.segments, o.batch_size, blocks, block,
                    static_cast<int>(std::bit_floor(static_cast<std::uint32_t>(blocks))), block * (o.segments - 1) + 1);
}

} // namespace

std::span<const Field> train_fields() { return fields; }

nib_train_options initial_train_options()
{
    nib_train_options options{};
    options.struct_size = sizeof options;
    set_initial(fields, &options);
    return options;
}

void check_options(const nib_train_options& o, const Layout& layout)
{
    check_fields(fields, &o);
    if (o.batch_size < 2 && !layout.running.empty())
        throw Error(NIB_ERR_INVALID_ARGUMENT, "batch_size is 1: batch normalisation needs 2 at least");
    if (static_cast<float>(o.adam_eps) == 0)
        throw Error(NIB_ERR_INVALID_ARGUMENT, "adam_eps is %g: expected 1e-45 at least, the smallest float",
                    o.adam_eps);
    check_segments(o);
}

} // namespace nib
