// Conditions that must hold for a file that was accepted.
#pragma once

#include "nib/nib.h"

#include <string>

namespace nib::fuzz {

// A model has exactly the tensors of its network and of its training; its numbers are finite and its variances not
// negative. If they are moderate too, its results are finite.
void require_sound_model(nib_model* model, const std::string& bytes);

// For a checkpoint that was resumed: the same for the optimiser's numbers.
void require_sound_checkpoint(const std::string& bytes);

// For a checkpoint that was read: its options are valid for a model and a trainer.
void require_sound_options(const nib_model_options& model, const nib_train_options& train);

} // namespace nib::fuzz
