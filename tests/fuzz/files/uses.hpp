// Uses that a program makes of an accepted file: each may fail only as the header documents.
#pragma once

#include "fuzz/files/corpus.hpp"
#include "fuzz/random.hpp"

#include <string>

namespace nib::fuzz {

// second_path: a file to write and to read. random: chooses one of the slow uses.
void use_model(Random& random, nib_context* context, nib_model* model, const std::string& second_path);
void use_trainer(const Run& run, const std::string& second_path);
void use_folded(nib_context* context, nib_folded* folded, const std::string& bytes, const std::string& second_path);
void use_dataset(nib_context* context, const nib_dataset* dataset);

// Uses the file as a C program uses one in its own memory: opens it and draws items. Returns whether it opens.
bool use_in_place(const std::string& bytes);

// Parameters and logits of a model, reduced to a number.
std::uint32_t fingerprint(nib_model* model);

} // namespace nib::fuzz
