// The multilayer perceptron that options such as --hidden describe. It is printed as the text of a network.
#pragma once

#include "option_infos.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace nib::cli {

// embedding, flatten, layers x (linear, batchnorm, activation), linear, batchnorm. Words are numbers of the lists that
// template_infos names. Some values have an effect only with others: the biases' only without batch normalisation.
struct MlpTemplate {
    std::int32_t embedding = 24;
    std::int32_t hidden = 256; // width of each hidden layer
    std::int32_t layers = 2;
    std::int32_t activation = 0;
    std::int32_t batchnorm = 1; // after each hidden linear, in place of a bias
    std::int32_t output_batchnorm = 0;
    std::int32_t bn_variance = 0;
    std::int32_t bn_running = 0;
    double bn_eps = 1e-5;
    double bn_momentum = 0.1;

    std::int32_t weight_init = 1;
    double gain = 0; // 0: the activation's own
    double bias_scale = -1;
    std::int32_t output_init = 1;
    double output_gain = 0.1;
    double output_bias_scale = -1;
    double output_bn_gain = 1; // the initial weight of the last batchnorm
};

// The members that the command line has options for, and the members that they depend on.
OptionInfos template_infos();

// Returns none if the preset's network is not such a template, or if there is no such preset.
std::optional<MlpTemplate> template_of(const std::string& preset);

std::string text_of(const MlpTemplate& network);

// The same for rows of numbers: without embedding and flatten, and by default linear 64 gain=0.577, relu, linear
// gain=0.1.
MlpTemplate template_of_rows();
std::string text_of_rows(const MlpTemplate& network);

} // namespace nib::cli
