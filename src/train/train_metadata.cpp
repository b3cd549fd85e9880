#include "train/train_metadata.hpp"

#include "io/metadata.hpp"

namespace nib {

namespace {

struct Integer {
    const char* key;
    std::int64_t nib_train_options::*field;
};
struct Real {
    const char* key;
    double nib_train_options::*field;
};

constexpr Integer integers[] = {
    {"train.steps", &nib_train_options::steps},
    {"train.decay_at", &nib_train_options::decay_at},
    {"train.warmup_steps", &nib_train_options::warmup_steps},
};

constexpr Real reals[] = {
    {"train.learning_rate", &nib_train_options::learning_rate},
    {"train.decay_factor", &nib_train_options::decay_factor},
    {"train.min_learning_rate", &nib_train_options::min_learning_rate},
    {"train.adam_beta1", &nib_train_options::adam_beta1},
    {"train.adam_beta2", &nib_train_options::adam_beta2},
    {"train.adam_eps", &nib_train_options::adam_eps},
    {"train.weight_decay", &nib_train_options::weight_decay},
};

constexpr const char* batch_size = "train.batch_size";
constexpr const char* optimizer = "train.optimizer";
constexpr const char* optimizers[] = {"sgd", "adamw"};
constexpr const char* schedule = "train.schedule";
constexpr const char* schedules[] = {"step", "cosine"};

} // namespace

void put_options(const nib_train_options& options, Metadata& metadata)
{
    for (const Integer& each : integers) metadata[each.key] = std::to_string(options.*each.field);
    for (const Real& each : reals) metadata[each.key] = shortest(options.*each.field);
    metadata[batch_size] = std::to_string(options.batch_size);
    metadata[optimizer] = optimizers[options.optimizer];
    metadata[schedule] = schedules[options.schedule];
}

nib_train_options get_train_options(const Safetensors& file)
{
    nib_train_options options{};
    options.struct_size = sizeof options;
    for (const Integer& each : integers) options.*each.field = metadata_number<std::int64_t>(file, each.key);
    for (const Real& each : reals) options.*each.field = metadata_number<double>(file, each.key);
    options.batch_size = metadata_number<std::int32_t>(file, batch_size);
    options.optimizer = metadata_word<nib_optimizer>(file, optimizer, optimizers);
    options.schedule = metadata_word<nib_schedule>(file, schedule, schedules);
    return options;
}

} // namespace nib
