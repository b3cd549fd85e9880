// From a trained model to the bytes of a folded file.
#pragma once

#include "infer/view.hpp"
#include "net/model.hpp"

namespace nib {

// The first layer and the embedding become a table of what each symbol adds at each place, where that takes no more
// than this: it is read a few rows at a time, but it has to lie in flash. 1 MiB is 8 places of 27 symbols for 1,200
// neurons.
inline constexpr std::size_t table_limit = std::size_t{1} << 20;

// A folded file without its checksum, in which a certificate can still be written. The view points into the file, and
// stays right where the file is moved.
struct Draft {
    Buffer<char> file;
    infer::View view;

    infer::Header& header() noexcept { return *reinterpret_cast<infer::Header*>(file.data()); }
};

// Folds the network in evaluation mode, W' = W s and b' = beta + (b - mean) s in double, and writes it as
// infer/format.hpp says, without a certificate, with a test vector of 8 contexts. Weights are rounded to nearest; the
// table stays float. Throws NIB_ERR_DIVERGED where a number of it or a logit of the test vector is not finite,
// NIB_ERR_UNSUPPORTED for 8-bit weights of more inputs than their sums have room for.
Draft draft(const Model& model, Memory* memory, nib_weights weights);

// Writes the checksum of a file whose other bytes are complete.
void seal(Buffer<char>& file);

// draft(), sealed.
Buffer<char> fold(const Model& model, Memory* memory, nib_weights weights = NIB_WEIGHTS_F32);

// The engine's kernels of the instruction set that the library uses, NIB_ISA included.
const infer::EngineTable* infer_kernels();

} // namespace nib
