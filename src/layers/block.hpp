// linear, batchnorm and activation, or any part of that, as one: the activation is computed while the rows are in the
// nearest cache.
#pragma once

#include "net/evaluation.hpp"
#include "net/model.hpp"

namespace nib {

// Nodes of a network, one behind the other; those that are missing are null.
struct Block {
    const Node* linear;
    const Node* norm;
    const Node* activation;

    int nodes() const noexcept { return (linear != nullptr) + (norm != nullptr) + (activation != nullptr); }
};

// The block that begins with a node, of at most so many nodes. A linear without a bias takes the batchnorm behind it;
// a batchnorm, and a linear with a bias, takes the activation behind it.
Block block_at(std::span<const Node> nodes, int most);

// LayerKind's, for the three.
int block_takes(std::span<const Node> nodes);
void evaluate_block(const Model& model, std::size_t node, int nodes, const Evaluation& e);

void plan_block(std::size_t node, int nodes, Planner& planner);
void plan_block_few(std::size_t node, int nodes, Planner& planner);

bool has_bias(const Node& linear);
nib_activation activation_of(const Block& block); // NIB_IDENTITY without one

// Scale and shift that a batchnorm is in evaluation mode: y = scale x + shift.
// Number: float or double.
template <class Number>
void evaluation_affine(const Model& model, std::size_t node, Number* scale, Number* shift) noexcept;

} // namespace nib
