// batchnorm: each number less its mean over the minibatch, over its deviation (torch.nn.BatchNorm1d).
#pragma once

namespace nib {

// The variance that is divided by while training: over n (PyTorch's BatchNorm1d), or over n - 1. The running one is
// always over n - 1.
enum class BatchVariance : int { biased, unbiased };

// The running average is taken of one of these. With std, evaluation divides by it, and eps is not used.
enum class RunningOf : int { variance, std };

struct BatchnormOptions {
    double eps;
    double momentum;
    BatchVariance variance;
    RunningOf running;
    double gain; // the weight to begin with
};

} // namespace nib
