// batchnorm: each number minus its mean over the minibatch, divided by its deviation (torch.nn.BatchNorm1d).
#pragma once

namespace nib {

// The variance used as divisor in training: over n (PyTorch's BatchNorm1d), or over n - 1. The running variance is
// always over n - 1.
enum class BatchVariance : int { biased, unbiased };

// The quantity of which the running average is kept. With std, evaluation divides by it, and eps is not used.
enum class RunningOf : int { variance, std };

struct BatchnormOptions {
    double eps;
    double momentum;
    BatchVariance variance;
    RunningOf running;
    double gain; // the initial weight
};

} // namespace nib
