// Normalisation over the features of each example, shared by layernorm and rmsnorm: y = gamma x_hat + beta. x_hat has
// mean 0 and deviation 1 over the features, or mean square 1.
#pragma once

#include "net/evaluation.hpp"
#include "net/planner.hpp"

namespace nib {

// The options of both layers.
struct FeatureNormOptions {
    double eps;
};

// The members of LayerKind, for both layers. The node's tensors are gamma and, if the mean is subtracted, beta.
void initialise_feature_norm(Model& model, std::size_t node); // every gamma is 1
void evaluate_feature_norm(const Model& model, std::size_t node, int nodes, const Evaluation& e);
void plan_feature_norm(std::size_t node, int nodes, Planner& planner);
void plan_feature_norm_few(std::size_t node, int nodes, Planner& planner);
std::ptrdiff_t multiply_adds_of_norm(const Node& node);

} // namespace nib
