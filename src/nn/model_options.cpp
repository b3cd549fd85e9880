#include "nn/model_options.hpp"

#include "activations/description.hpp"

namespace nib {

namespace {

using O = nib_model_options;

constexpr const char* variances[] = {"biased", "unbiased"};
constexpr const char* runnings[] = {"variance", "std"};
constexpr const char* inits[] = {"scaled", "fan-in"};

constexpr const char* network = "Network";
constexpr const char* initialisation = "Initialisation";

constexpr Need some_batchnorm = {{"batchnorm", "output_batchnorm"}, 1};
constexpr Need hidden_bias = {{"batchnorm"}, 0};
constexpr Need output_bias = {{"output_batchnorm"}, 0};
constexpr Need output_norm = {{"output_batchnorm"}, 1};

constexpr Field fields[] = {
    number_field<&O::context_length>("context_length", {1, 256}, 8, "symbols that the network sees",
                                     {"--context", network, "context"}),
    number_field<&O::embedding_size>("embedding_size", {1, 4096}, 24, "numbers that stand for a symbol",
                                     {"--embedding", network, "embedding"}),
    number_field<&O::hidden_size>("hidden_size", {1, 65536}, 256, "neurons of a hidden layer",
                                  {"--hidden", network, "hidden"}),
    number_field<&O::hidden_layers>("hidden_layers", {0, 64}, 2, "hidden layers",
                                    {"--hidden-layers", network, "hidden layers"}),
    word_field<&O::activation>("activation", activations::words, NIB_TANH, "of the hidden layers",
                               {"--activation", network, "activation"}),
    flag_field<&O::batchnorm>("batchnorm", 1, "batch normalisation of the hidden layers;\noff: of the output too",
                              {"--batchnorm", network, "batchnorm"}),
    flag_field<&O::output_batchnorm>("output_batchnorm", 0, "batch normalisation of the output"),
    word_field<&O::bn_variance>("bn_variance", variances, NIB_BN_BIASED,
                                "of the batch, in training: over n, or over n - 1",
                                {"--bn-variance", network, "bn variance"}, some_batchnorm),
    word_field<&O::bn_running>("bn_running", runnings, NIB_BN_RUNNING_VARIANCE, "what the running average is taken of",
                               {nullptr, nullptr, "bn running"}, some_batchnorm),
    number_field<&O::bn_momentum>("bn_momentum", {0, 1, true}, 0.1, "share of the batch in the running statistics",
                                  {"--bn-momentum", network, ", momentum"}, some_batchnorm),
    number_field<&O::bn_eps>("bn_eps", number_from_zero, 1e-5, "added to the variance", {nullptr, nullptr, "bn eps"},
                             some_batchnorm),

    word_field<&O::hidden_init>(
        "hidden_init", inits, NIB_WEIGHT_FAN_IN,
        "hidden weights: normal numbers times the gain,\nor those over the square root of the fan-in",
        {"--weight-init", initialisation, "hidden init"}),
    number_field<&O::hidden_gain>("hidden_gain", number_from_zero, 0,
                                  "of the hidden weights; 0: the activation's own,\nwith which sums keep their size",
                                  {"--gain", initialisation, ", gain"}),
    number_field<&O::hidden_bias_scale>("hidden_bias_scale", any_number, -1,
                                        "of the hidden biases; negative: zeros, not drawn",
                                        {nullptr, nullptr, ", bias"}, hidden_bias),
    word_field<&O::output_init>("output_init", inits, NIB_WEIGHT_FAN_IN, "the same of the output weights",
                                {nullptr, nullptr, "output init"}),
    number_field<&O::output_gain>("output_gain", number_from_zero, 0.1, "of the output weights",
                                  {"--output-gain", initialisation, ", gain"}),
    number_field<&O::output_bias_scale>("output_bias_scale", any_number, -1,
                                        "of the output's biases; negative: zeros, not drawn",
                                        {nullptr, nullptr, ", bias"}, output_bias),
    number_field<&O::output_bn_gain>("output_bn_gain", any_number, 1,
                                     "weight that the output's batch normalisation begins with",
                                     {nullptr, nullptr, "output bn"}, output_norm),
    number_field<&O::seed>("seed", any_number, 2147483647, "of the random stream", {"--seed", initialisation, "seed"}),
};

} // namespace

std::span<const Field> model_fields() { return fields; }

nib_model_options initial_model_options()
{
    nib_model_options options{};
    options.struct_size = sizeof options;
    set_initial(fields, &options);
    return options;
}

void check_options(const nib_model_options& options) { check_fields(fields, &options); }

} // namespace nib
