#include "train/train_metadata.hpp"

#include "io/metadata.hpp"
#include "nn/check_options.hpp"

namespace nib {

namespace {

struct Real {
    const char* key;
    double nib_train_options::*field;
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

constexpr const char* optimizer = "train.optimizer";
constexpr const char* optimizers[] = {"sgd", "adamw"};
constexpr const char* schedule = "train.schedule";
constexpr const char* schedules[] = {"step", "cosine"};

template <class Number>
std::string key_of(const WholeNumber<nib_train_options, Number>& number)
{
    return std::string("train.") + number.name;
}

} // namespace

void put_options(const nib_train_options& options, Metadata& metadata)
{
    for (const auto& each : train_integers) metadata[key_of(each)] = std::to_string(options.*each.field);
    for (const Real& each : reals) metadata[each.key] = shortest(options.*each.field);
    metadata[key_of(train_batch_size)] = std::to_string(options.batch_size);
    metadata[optimizer] = optimizers[options.optimizer];
    metadata[schedule] = schedules[options.schedule];
}

nib_train_options get_train_options(const Safetensors& file, const nib_model_options& model)
{
    nib_train_options options{};
    options.struct_size = sizeof options;
    const auto whole = [&](const auto& each) { return metadata_integer(file, key_of(each), each.low, each.high); };
    for (const auto& each : train_integers) options.*each.field = whole(each);
    for (const Real& each : reals) options.*each.field = metadata_real(file, each.key);
    options.batch_size = static_cast<std::int32_t>(whole(train_batch_size));
    options.optimizer = metadata_word<nib_optimizer>(file, optimizer, optimizers);
    options.schedule = metadata_word<nib_schedule>(file, schedule, schedules);
    try {
        check_options(options, model);
    } catch (const Error& error) {
        throw Error(NIB_ERR_FORMAT, "%s: the metadata's train.%s", file.name().c_str(), error.what());
    }
    return options;
}

} // namespace nib
