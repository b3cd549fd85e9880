#include "net/model_options.hpp"

#include "net/text.hpp"

namespace nib {

namespace {

using O = nib_model_options;

constexpr Field fields[] = {
    text_field<&O::network>("network",
                            "embedding 24, flatten, linear 256, batchnorm, tanh, linear 256, batchnorm, tanh, "
                            "linear gain=0.1",
                            "the layers", {"--network", "Network", "network"}),
    text_field<&O::input>("input", "symbols", "inputs of the network: symbols context=N, floats N",
                          {"--input", "Network", "input"}),
    text_field<&O::loss>("loss", "", "loss to minimise: cross-entropy smoothing=X, logistic,\nsquared, huber delta=X",
                         {"--loss", "Network", "loss"}),
    number_field<&O::seed>("seed", any_number, 2147483647, "seed of the random stream",
                           {"--seed", "Initialisation", "seed"}),
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

ModelSpec read_options(const nib_model_options& options, const SpecWords& words)
{
    nib_model_options given = options;
    if (given.loss == nullptr) given.loss = "";
    check_fields(fields, &given);
    ModelSpec spec{
        parse_network(options.network, words), parse_input(options.input, words), {}, words.losses, options.seed};
    if (given.loss[0] != '\0') spec.loss = parse_loss(given.loss, words);
    return spec;
}

} // namespace nib
