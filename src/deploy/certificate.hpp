// What folding cost, measured over a split and kept in the file.
#pragma once

#include "deploy/fold.hpp"
#include "io/dataset.hpp"
#include "net/model.hpp"

namespace nib {

struct Certificate {
    std::uint64_t examples;
    // Mean losses of the model and of the folded file: cross-entropy in nats, of numbers the squared difference, in
    // deviations where the network ends with `unscale`. Without smoothing and class weights.
    double loss_before, loss_after;
    double largest_logit_difference; // absolute, of an output
    double equal_argmax; // share of the examples whose most likely symbol or class is the same; of numbers 1
};

// By how much folding may change the loss where the caller sets no limit. Rounding alone changes lecture-deep's by
// 1e-8; fewer bits are asked for at a price.
constexpr double default_loss_limit(nib_weights weights) { return weights == NIB_WEIGHTS_F32 ? 1e-5 : 0.005; }

// Runs both over the whole split. The same bits for any number of threads. Throws as evaluate() of a model.
Certificate certify(const Model& model, const infer::View& folded, const Dataset& data, nib_split split, int threads);

// fold() with a certificate in the file. Throws as fold() and certify(), NIB_ERR_DIVERGED where a logit is not finite,
// and NIB_ERR_MISMATCH where the losses differ by more than limit; of numbers, by that part of them where they are
// above 1.
Buffer<char> fold_certified(const Model& model, const FoldAs& as, const Dataset& data, nib_split split, double limit,
                            int threads, Memory* memory);

} // namespace nib
