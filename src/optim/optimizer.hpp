// The update rule: how a parameter, its gradient and a step's learning rate make the new parameter.
#pragma once

#include "base/buffer.hpp"
#include "base/math.hpp"
#include "kernels/table.hpp"
#include "nib/nib.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace nib {

// One of the arenas that an optimiser keeps from step to step, laid out as the parameters are.
struct OptimizerArena {
    const char* name; // prefix of a tensor's name in checkpoints: "adamw.m"
    const char* what; // "a moment of AdamW"
    bool not_negative;
    Buffer<float>* numbers;
};

// SGD, with momentum or without, or AdamW over an arena. Ranges of it may be updated by different threads at once.
class Optimizer {
public:
    // size: floats in the arena.
    Optimizer(const nib_train_options& options, std::size_t size, Memory* memory);

    // Values that all updates of one step share.
    struct Rates {
        float learning_rate;
        kernels::AdamW adamw; // its arrays are not set
    };
    Rates rates(std::int64_t step) const noexcept;

    // True if the update is w = fma(-learning_rate, g, w). The product that makes a weight gradient can do this update
    // itself.
    bool is_linear() const noexcept { return options_.optimizer == NIB_SGD && options_.momentum == 0; }

    // Updates w[offset..offset + n) by g[offset..offset + n). decays: weight decay applies (matrices and embedding).
    void update(const kernels::Table& kernels, const Rates& rates, std::ptrdiff_t offset, std::ptrdiff_t n, bool decays,
                const float* g, float* w) noexcept;

    // The optimiser's arenas: AdamW's moments, or the velocity of SGD with momentum.
    std::vector<OptimizerArena> arenas();

private:
    nib_train_options options_;
    IntegerPower beta1_to_, beta2_to_;
    Buffer<float> m_, v_, velocity_;
};

} // namespace nib
