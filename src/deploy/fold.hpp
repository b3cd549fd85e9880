// Converts a trained model to the bytes of a folded file.
#pragma once

#include "deploy/fold_plan.hpp"
#include "infer/view.hpp"
#include "net/model.hpp"

namespace nib {

// How a model is folded.
struct FoldAs {
    nib_weights weights = NIB_WEIGHTS_F32;
    nib_first_layer first_layer = NIB_FIRST_LAYER_SMALLEST;
};

// A folded file without its checksum, into which a certificate can still be written. The view points into the file, and
// stays valid if the file is moved.
struct Draft {
    Buffer<char> file;
    infer::View view;

    infer::Header& header() noexcept { return *reinterpret_cast<infer::Header*>(file.data()); }
};

// Folds the network in evaluation mode, and writes it in the format of infer/format.hpp, without a certificate, with a
// test vector of 8 examples or as many as fit. Throws NIB_ERR_DIVERGED if one of its numbers or an output of the test
// vector is not finite, and whatever plan_fold throws.
Draft draft(const Model& model, Memory* memory, const FoldAs& as);

// Writes the checksum of a file whose other bytes are complete.
void seal(Buffer<char>& file);

// The sealed result of draft().
Buffer<char> fold(const Model& model, Memory* memory, const FoldAs& as = {});

// The engine's kernels for the instruction set that the library uses, NIB_ISA included.
const infer::EngineTable* infer_kernels();

} // namespace nib
