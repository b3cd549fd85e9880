// Lists of layers in many orders, over symbols.
#pragma once

#include "activations.hpp"
#include "numbers.hpp"

#include <string>
#include <vector>

namespace nib::test {

// Items of any kind for a row of `width` numbers; width becomes that of the last linear.
inline std::string random_items(Numbers& numbers, int& width, int depth)
{
    std::string text;
    for (int items = numbers.between(1, 4); items > 0; --items) {
        const int begin = width;
        std::string item;
        switch (numbers.between(0, depth > 0 ? 6 : 5)) {
        case 0:
        case 1:
            width = numbers.between(1, 40);
            item = "linear " + std::to_string(width) + numbers.one_of({"", "", " bias=off", " bias-init=0.1 bias=on"});
            break;
        case 2:
            item = std::string("batchnorm eps=0.1") + numbers.one_of({"", " momentum=0.5", " variance=unbiased"});
            break;
        case 3:
            item = numbers.one_of({"layernorm eps=0.1", "rmsnorm eps=0.1"});
            break;
        case 4:
            item = numbers.one_of({"dropout 0.2", "identity", "flatten"});
            break;
        case 5:
            item = activation_text(
                static_cast<nib_activation>(numbers.between(0, static_cast<int>(activations::words.size()) - 1)));
            break;
        default: {
            const std::string main = random_items(numbers, width, depth - 1);
            int other = begin;
            const std::string shortcut = random_items(numbers, other, depth - 1);
            item = "residual(" + main;
            if (width != begin) item += " | " + shortcut + ", linear " + std::to_string(width);
            item += ")";
        }
        }
        text += (text.empty() ? "" : ", ") + item;
    }
    return text;
}

inline std::string random_list(Numbers& numbers)
{
    int width = numbers.between(1, 6);
    std::string text = "embedding " + std::to_string(width) + ", ";
    if (numbers.between(0, 2) == 0) text += "tanh, ";
    width *= 3; // the contexts of the tests have three symbols
    text += "flatten, " + random_items(numbers, width, 2) + ", linear";
    return numbers.between(0, 2) == 0 ? text + ", batchnorm eps=0.1" : text;
}

// Every layer before and after every other, alone and computed together; and random lists.
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
    all.push_back(
        "embedding 12, flatten, linear 96, layernorm, gelu, residual(linear 96, batchnorm, silu, dropout 0.1), "
        "linear 48, tanh, batchnorm, linear");
    all.push_back("embedding 3, dropout 0.25, flatten, residual(dropout 0.5 | layernorm), linear 130, layernorm, "
                  "layernorm eps=0.1, dropout, linear, layernorm");
    all.push_back(
        "embedding 4, flatten, rmsnorm, linear 130, rmsnorm eps=0.1, residual(rmsnorm, tanh), linear, rmsnorm");
    Numbers numbers(16);
    for (int i = 0; i < 10; ++i) all.push_back(random_list(numbers));
    return all;
}

} // namespace nib::test
