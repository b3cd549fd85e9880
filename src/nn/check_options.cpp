#include "nn/check_options.hpp"

#include "base/check.hpp"

#include <cstdint>

namespace nib {

namespace {

template <class Options, class Number>
void check_integer(const WholeNumber<Options, Number>& number, const Options& options)
{
    check_range(number.name, options.*number.field, number.low, number.high);
}

} // namespace

void check_options(const nib_model_options& o)
{
    for (const auto& each : model_integers) check_integer(each, o);
    check_enum("activation", o.activation, NIB_IDENTITY);

    check_enum("bn_variance", o.bn_variance, NIB_BN_UNBIASED);
    check_enum("bn_running", o.bn_running, NIB_BN_RUNNING_STD);
    check_not_negative("bn_eps", o.bn_eps);
    check_positive("bn_momentum", o.bn_momentum);
    if (o.bn_momentum > 1)
        throw Error(NIB_ERR_INVALID_ARGUMENT, "bn_momentum is %g: expected 1 at most", o.bn_momentum);

    check_enum("hidden_init", o.hidden_init, NIB_WEIGHT_FAN_IN);
    check_not_negative("hidden_gain", o.hidden_gain);
    check_finite("hidden_bias_scale", o.hidden_bias_scale);
    check_enum("output_init", o.output_init, NIB_WEIGHT_FAN_IN);
    check_not_negative("output_gain", o.output_gain);
    check_finite("output_bias_scale", o.output_bias_scale);
    check_finite("output_bn_gain", o.output_bn_gain);
}

void check_options(const nib_train_options& o, const nib_model_options& model)
{
    for (const auto& each : train_integers) check_integer(each, o);
    check_integer(train_batch_size, o);
    if (o.batch_size < 2 && (model.batchnorm != 0 || model.output_batchnorm != 0))
        throw Error(NIB_ERR_INVALID_ARGUMENT, "batch_size is 1: batch normalisation needs 2 at least");
    check_enum("optimizer", o.optimizer, NIB_ADAMW);
    check_enum("schedule", o.schedule, NIB_SCHEDULE_COSINE);
    check_positive("learning_rate", o.learning_rate);
    check_positive("decay_factor", o.decay_factor);
    check_not_negative("min_learning_rate", o.min_learning_rate);
    check_not_negative("adam_beta1", o.adam_beta1);
    check_not_negative("adam_beta2", o.adam_beta2);
    if (o.adam_beta1 >= 1 || o.adam_beta2 >= 1)
        throw Error(NIB_ERR_INVALID_ARGUMENT, "adam_beta1 is %g and adam_beta2 %g: expected numbers below 1",
                    o.adam_beta1, o.adam_beta2);
    check_positive("adam_eps", o.adam_eps);
    if (static_cast<float>(o.adam_eps) == 0)
        throw Error(NIB_ERR_INVALID_ARGUMENT, "adam_eps is %g: expected 1e-45 at least, the smallest float",
                    o.adam_eps);
    check_not_negative("weight_decay", o.weight_decay);
}

} // namespace nib
