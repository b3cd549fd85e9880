// Texts of networks: random valid ones, and odd ones.
#pragma once

#include "activations/description.hpp"
#include "fuzz/random.hpp"

#include <string>

namespace nib::fuzz {

inline std::string some_activation(Random& random)
{
    const std::string word = random.any(activations::descriptions).word;
    return word == "gelu" && random.one_in(2) ? word + " form=tanh" : word;
}

// A linear with a bias, or one with a batchnorm; running=std only if with_std.
inline std::string some_linear(Random& random, const std::string& size, bool with_std)
{
    std::string text = "linear" + size;
    if (random.one_in(4)) text += " gain=" + std::to_string(random.of({0.5, 1.0, 2.0}));
    if (random.one_in(4)) text += " init=scaled";
    if (random.one_in(2)) return random.one_in(3) ? text + " bias-init=0.1" : text;
    text += ", batchnorm";
    if (random.one_in(2)) text += " variance=unbiased";
    if (with_std) text += " running=std";
    if (random.one_in(4)) text += " momentum=0.5 gain=0.5";
    return text;
}

// An embedding, flatten, then linear layers. Each has a batchnorm or a bias and, except the last, an activation.
inline std::string some_perceptron(Random& random, bool with_std)
{
    std::string text = random.of<std::string>({"embedding 1", "embedding 2", "embedding 7", "embedding 16"});
    text += ", flatten, ";
    const std::string size = random.of<std::string>({" 1", " 3", " 12", " 17"});
    const std::size_t layers = random.below(4);
    if (layers > 0) {
        const std::string layer = some_linear(random, size, with_std) + ", " + some_activation(random);
        text += std::to_string(layers) + " x (" + layer + "), ";
    }
    return text + some_linear(random, "", with_std);
}

// The same with layers in other places, and residuals.
inline std::string some_network(Random& random, bool with_std)
{
    std::string text = "embedding 3, flatten";
    for (std::size_t layers = random.below(5); layers > 0; --layers) {
        const std::string linear = some_linear(random, " 6", with_std);
        switch (random.below(5)) {
        case 0:
            text += ", " + some_activation(random);
            break;
        case 1:
            text += ", linear 6, residual(" + linear + ", " + some_activation(random) + ")";
            break;
        case 2:
            text += ", layernorm, dropout " + random.of<std::string>({"0", "0.25", "0.9"});
            break;
        case 3:
            text += ", residual(" + linear + " | linear 6, residual(" + some_activation(random) + "))";
            break;
        default:
            text += ", " + linear;
        }
    }
    return text + ", " + some_linear(random, "", with_std);
}

// Most of these are refused.
constexpr const char* odd_networks[] = {
    nullptr,
    "",
    "%s%n",
    ",",
    "\xff\xfe",
    "linear",
    "embedding",
    "embedding 0, flatten, linear",
    "embedding 2, linear",
    "embedding 2, flatten, linear, tanh, linear",
    "embedding 2, flatten, linear 1",
    "embedding 2, flatten, linear 1e3, linear",
    "embedding 2, flatten, linear gain=nan",
    "embedding 2, flatten, linear gain=1/0",
    "embedding 2, flatten, linear gain=1e300",
    "embedding 2, flatten, linear bias=off bias-init=1",
    "embedding 2, flatten, batchnorm eps=-1, linear",
    "embedding 2, flatten, 1022 x (tanh), linear",
    "embedding 2, flatten, 1021 x (tanh), linear, tanh",
    "embedding 2, flatten, 99999999999999999999 x (tanh), linear",
    "embedding 2, flatten, 40 x (linear 3, tanh), linear # and nothing more",
    "((((((((((((((((((((((((((",
    "residual(residual(residual(residual(",
    "embedding 2, flatten, residual(linear 3), linear",
    "embedding 4096, flatten, 3 x (linear 65536, tanh), linear",
    "symbols context=2",
};

// The same for inputs.
constexpr const char* odd_inputs[] = {
    nullptr, "", "%s%n", "symbols context=0", "symbols context=257", "symbols context=256", "symbols 3", "embedding 2",
};

} // namespace nib::fuzz
