// Uses that a program makes of a file that was accepted: none of it may fail but as the header says.
#pragma once

#include "fuzz/files/corpus.hpp"
#include "fuzz/random.hpp"

#include <string>

namespace nib::fuzz {

// second_path: a file to write to and to read. random: of what takes long, one thing.
void use_model(Random& random, nib_context* context, nib_model* model, const std::string& second_path);
void use_trainer(const Run& run, const std::string& second_path);
void use_folded(nib_context* context, nib_folded* folded, const std::string& bytes, const std::string& second_path);
void use_dataset(nib_context* context, const nib_dataset* dataset);

// As a C program uses a file in its own memory: opens it and draws items. Answers whether it opens.
bool use_in_place(const std::string& bytes);

// Parameters and logits of a model as a number.
std::uint32_t fingerprint(nib_model* model);

} // namespace nib::fuzz
