// The cost of folding, measured over a split and stored in the file.
#pragma once

#include "deploy/fold.hpp"
#include "io/dataset.hpp"
#include "net/model.hpp"

namespace nib {

struct Certificate {
    std::uint64_t examples;
    // Mean losses of the model and of the folded file: cross-entropy in nats; for numbers the squared difference, in
    // deviations if the network ends with `unscale`. Without smoothing and class weights.
    double loss_before, loss_after;
    double largest_logit_difference; // absolute, of an output
    double equal_argmax;             // share of examples with the same most likely symbol or class; 1 for numbers
};

// The allowed change of the loss if the caller sets no limit. Rounding alone changes lecture-deep's by 1e-8; narrower
// weights are requested knowing that they cost more.
constexpr double default_loss_limit(nib_weights weights) { return weights == NIB_WEIGHTS_F32 ? 1e-5 : 0.005; }

// Runs both models over the whole split. The same bits for any number of threads. Throws as evaluate() of a model.
Certificate certify(const Model& model, const infer::View& folded, const Dataset& data, nib_split split, int threads);

// fold() with a certificate in the file. Throws as fold() and certify(), NIB_ERR_DIVERGED if a logit is not finite, and
// NIB_ERR_MISMATCH if the losses differ by more than limit. For numbers, limit is a fraction of the loss if that is
// above 1.
Buffer<char> fold_certified(const Model& model, const FoldAs& as, const Dataset& data, nib_split split, double limit,
                            int threads, Memory* memory);

} // namespace nib
