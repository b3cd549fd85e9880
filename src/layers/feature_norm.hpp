// Normalisation over the features of each example, which layernorm and rmsnorm share: y = gamma x_hat + beta, where
// x_hat has mean 0 and deviation 1, or mean square 1, over the features.
#pragma once

#include "net/evaluation.hpp"
#include "net/planner.hpp"

namespace nib {

// The node's tensors are gamma and, for a norm that takes the mean off, beta.
struct FeatureNorm {
    bool is_centred; // the mean is taken off
    float eps;
};

void evaluate_feature_norm(const Model& model, std::size_t node, const FeatureNorm& norm, const Evaluation& e);
void plan_feature_norm(std::size_t node, const FeatureNorm& norm, Planner& planner);

// 1 for every gamma.
void initialise_feature_norm(Model& model, std::size_t node);

} // namespace nib
