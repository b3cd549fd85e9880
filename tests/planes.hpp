// Networks over series and pictures, and tables of random ones.
#pragma once

#include "numbers.hpp"
#include "tables.hpp"

#include <string>
#include <utility>
#include <vector>

namespace nib::test {

struct PlanesCase {
    std::string input, network;
    std::size_t features; // of a row
};

// Rows of random numbers with a class each.
inline Dataset random_planes(std::size_t features, std::size_t rows, std::int32_t classes = 3)
{
    Numbers numbers(static_cast<std::uint32_t>(features + rows));
    TableRows made = empty_rows(rows, features);
    made.classes = Buffer<std::int32_t>(rows, heap());
    for (float& each : made.x.span()) each = numbers(1.0f);
    for (std::int32_t& each : made.classes.span()) each = numbers.between(0, classes - 1);
    Schema schema;
    schema.columns.resize(features);
    schema.targets = {"class"};
    for (std::int32_t c = 0; c < classes; ++c) schema.classes.push_back(std::string("c").append(std::to_string(c)));
    return table_of(std::move(schema), std::move(made));
}

// Convolutions of every combination of stride, padding, dilation and groups, on odd sizes.
inline std::vector<PlanesCase> convolution_cases()
{
    std::vector<PlanesCase> all;
    for (const char* const stride : {"1", "2", "3x1"}) {
        for (const char* const padding : {"0", "1", "2x1"}) {
            for (const char* const dilation : {"1", "2", "1x3"}) {
                for (const int groups : {1, 2, 6}) {
                    const std::string options = std::string(" stride=") + stride + " padding=" + padding +
                                                " dilation=" + dilation + " groups=" + std::to_string(groups);
                    all.push_back({"floats 6x5x7", "conv2d 6 3x2" + options + ", tanh, flatten, linear", 6 * 5 * 7});
                }
            }
        }
    }
    for (const char* const options : {"stride=3", "padding=4", "dilation=3 padding=1", "groups=5", "groups=1 bias=off"})
        all.push_back({"floats 5x23", std::string("conv1d 10 5 ") + options + ", tanh, flatten, linear", 5 * 23});
    return all;
}

// Layers over planes in many orders.
inline std::vector<PlanesCase> planes_cases()
{
    std::vector<PlanesCase> all;
    const auto picture = [&](const char* network) { all.push_back({"floats 3x9x8", network, 3 * 9 * 8}); };
    const auto series = [&](const char* network) { all.push_back({"floats 4x19", network, 4 * 19}); };
    picture("conv2d 8 3x3 stride=2 padding=1, batchnorm eps=0.1, relu, conv2d 16 3 padding=1, batchnorm eps=0.1, "
            "tanh, flatten, linear");
    picture("conv2d 17 3x3, batchnorm eps=0.1, gelu, conv2d 19 2x2, silu, global-average, linear");
    picture("standardize, conv2d 16 1x1, batchnorm eps=0.1, residual(conv2d 16 3 padding=1, batchnorm eps=0.1, relu, "
            "conv2d 16 3 padding=1, batchnorm eps=0.1), relu, global-average, linear");
    picture("conv2d 6 3 padding=1, relu, residual(conv2d 12 3 stride=2 padding=1, batchnorm eps=0.1 | "
            "conv2d 12 1 stride=2, batchnorm eps=0.1), relu, avgpool 2x3 stride=2 padding=1, flatten, linear");
    picture("maxpool 3 stride=2 padding=1, conv2d 5 2, elu, maxpool 2x1, flatten, linear 7, tanh, linear");
    picture("batchnorm eps=0.1, conv2d 24 3 groups=3, dropout 0.3 of=channels, sigmoid, dropout 0.2, avgpool 2, "
            "flatten, layernorm, linear");
    picture("conv2d 9 3 groups=3 padding=1, identity, conv2d 9 3 groups=9 padding=1, batchnorm eps=0.1, relu6, "
            "conv2d 20 1, flatten, relu, residual(identity), dropout 0.1, linear 8, batchnorm eps=0.1, linear");
    picture("relu, tanh, flatten, linear");
    picture("residual(identity), relu, residual(relu | identity), tanh, flatten, linear");
    picture("conv2d 18 3 padding=1, conv2d 3 3 bias=off, global-average");
    picture("conv2d 3 9x8, flatten");
    picture("conv2d 1 9x6, flatten");
    series("conv1d 6 5 padding=2, batchnorm eps=0.1, relu, maxpool 2, conv1d 33 3, leaky-relu, avgpool 3 stride=1, "
           "flatten, linear");
    series("residual(conv1d 4 3 padding=1 | conv1d 4 1), softplus, maxpool 4 stride=3 padding=2, batchnorm eps=0.1, "
           "global-average, linear");
    series("flatten, batchnorm eps=0.1, linear 16, relu, linear");
    return all;
}

} // namespace nib::test
