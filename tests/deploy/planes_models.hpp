// Models over series and pictures to fold, trained for some steps.
#pragma once

#include "deploy/table_models.hpp"
#include "planes.hpp"

namespace nib::test {

inline Model trained_planes(const PlanesCase& of, const Dataset& data)
{
    Model model = new_model(table_spec(of.network, "cross-entropy", of.input), data);
    nib_train_options options = training_with(NIB_ADAMW, 16, 1e-2);
    options.steps = 5;
    Trainer(model, data, options, 1, heap()).run(options.steps, nullptr);
    return model;
}

// Series and pictures through the layers that fold, on sizes that fill no register.
inline std::vector<PlanesCase> folding_cases()
{
    std::vector<PlanesCase> all = planes_cases();
    const std::vector<PlanesCase> convolutions = convolution_cases();
    for (std::size_t i = 0; i < convolutions.size(); i += 7) all.push_back(convolutions[i]);
    all.push_back({"floats 2x12x5",
                   "conv2d 6 3 padding=1, relu, flatten, batchnorm eps=0.1, residual(linear 360), relu, "
                   "linear",
                   120});
    all.push_back({"floats 6x10",
                   "conv1d 6 3 groups=6 padding=1, batchnorm eps=0.1, relu, residual(conv1d 6 3 groups=6 "
                   "padding=1, relu | conv1d 6 1), relu, flatten, linear",
                   60});
    return all;
}

} // namespace nib::test
