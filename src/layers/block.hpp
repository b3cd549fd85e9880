// linear or convolution, batchnorm and activation, or any part of that sequence, computed as one: the activation is computed while the
// rows are in the nearest cache.
#pragma once

#include "net/evaluation.hpp"
#include "net/model.hpp"

namespace nib {

// Consecutive nodes of a network; those that are missing are null.
struct Block {
    const Node* linear; // or a convolution
    const Node* norm;
    const Node* activation;

    int nodes() const noexcept { return (linear != nullptr) + (norm != nullptr) + (activation != nullptr); }
};

// The block that begins with the first node, of at most `most` nodes. A linear without a bias takes in the batchnorm
// behind it. A batchnorm, or a linear with a bias, takes in the activation behind it.
Block block_at(std::span<const Node> nodes, int most);

// The members of LayerKind, for all three layers.
int block_takes(std::span<const Node> nodes);
void evaluate_block(const Model& model, std::size_t node, int nodes, const Evaluation& e);

void plan_block(std::size_t node, int nodes, Planner& planner);
void plan_block_few(std::size_t node, int nodes, Planner& planner);

bool has_bias(const Node& weights); // of a linear or a convolution
nib_activation activation_of(const Block& block); // NIB_IDENTITY if there is none

// The scale and shift of a batchnorm in evaluation mode: y = scale x + shift. Number: float or double.
template <class Number>
void evaluation_affine(const Model& model, std::size_t node, Number* scale, Number* shift) noexcept;

} // namespace nib
