// Normalisation over the features of each example, which layernorm and rmsnorm share: y = gamma x_hat + beta, where
// x_hat has mean 0 and deviation 1, or mean square 1, over the features.
#pragma once

#include "net/evaluation.hpp"
#include "net/planner.hpp"

namespace nib {

// The options of both.
struct FeatureNormOptions {
    double eps;
};

// LayerKind's, for both. The node's tensors are gamma and, where the mean is taken off, beta.
void initialise_feature_norm(Model& model, std::size_t node); // 1 for every gamma
void evaluate_feature_norm(const Model& model, std::size_t node, int nodes, const Evaluation& e);
void plan_feature_norm(std::size_t node, int nodes, Planner& planner);
void plan_feature_norm_few(std::size_t node, int nodes, Planner& planner);
std::ptrdiff_t multiply_adds_of_norm(const Node& node);

} // namespace nib
