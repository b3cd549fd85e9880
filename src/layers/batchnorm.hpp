// batchnorm: each number less its mean over the minibatch, over its deviation (torch.nn.BatchNorm1d).
#pragma once

#include "nib/nib.h"

namespace nib {

struct BatchnormOptions {
    double eps;
    double momentum;
    nib_bn_variance variance;
    nib_bn_running running;
    double gain; // the weight to begin with
};

} // namespace nib
