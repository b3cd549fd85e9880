// Conditions that hold for a file that was accepted.
#pragma once

#include "nib/nib.h"

#include <string>

namespace nib::fuzz {

// A model's tensors are all the network's and those of its training, its numbers are finite and its variances not
// negative; where they are moderate too, what it computes is finite.
void require_sound_model(nib_model* model, const std::string& bytes);

// For a checkpoint that was resumed: the optimiser's numbers as well.
void require_sound_checkpoint(const std::string& bytes);

// For one that was read: its options are those of a model and of a trainer.
void require_sound_options(const nib_model_options& model, const nib_train_options& train);

} // namespace nib::fuzz
