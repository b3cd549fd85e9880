// Lists of layers in many orders, over symbols.
#pragma once

#include "activations.hpp"

#include <string>
#include <vector>

namespace nib::test {

// Every layer before and behind every other, alone and where several are computed at once.
inline std::vector<std::string> any_lists()
{
    std::vector<std::string> all = {
        "flatten, linear",
        "flatten, linear bias=off",
        "flatten, linear bias=on, batchnorm",
        "flatten, linear 17, batchnorm, linear 9 bias=off, tanh, linear, batchnorm eps=0.1, identity",
        "flatten, batchnorm, relu, batchnorm running=std, batchnorm, linear 16, linear 15 bias=off, linear",
        "tanh, sigmoid, flatten, silu, linear 5, tanh, relu, batchnorm, elu, linear",
        "flatten, flatten, linear 6, flatten, linear",
        "residual(tanh), residual(identity | residual(relu)), flatten, linear",
        "flatten, linear 33, residual(linear 33, batchnorm, relu), residual(batchnorm), tanh, linear",
        "flatten, residual(linear 18, tanh, linear 20 | linear 20), batchnorm, residual(residual(linear 20), tanh), "
        "linear",
        "flatten, residual(flatten), residual(identity | identity), linear 7, residual(flatten | linear 7), linear",
        "flatten, linear, residual(batchnorm, gelu)",
    };
    for (const nib_activation activation : all_activations()) {
        const std::string word = activation_text(activation);
        all.push_back("flatten, linear 18, " + word + ", batchnorm eps=0.1, " + word + ", linear 18, batchnorm, " +
                      word + ", " + word + ", linear");
    }
    for (std::string& each : all) each.insert(0, "embedding 5, ");
    return all;
}

} // namespace nib::test
