// Batch normalisation with tanh on plain dense arrays of shape (examples, features), on several threads.
#pragma once

#include "base/buffer.hpp"
#include "kernels/table.hpp"

namespace nib::kernels {

// t covers all features and sets neither workspace nor past_caches. threads, workspace and memory are as for sgemm().
void norm_forward(const Table& table, const RowNormForward& t, int threads, Buffer<float>& workspace, Memory* memory);
void norm_backward(const Table& table, const RowNormBackward& t, int threads, Buffer<float>& workspace, Memory* memory);

// The arguments in evaluation mode, with given statistics.
struct RowNormEvaluate {
    std::ptrdiff_t examples, features;
    const float* z;
    const float* gamma;
    const float* beta;
    const float* mean;
    const float* variance;
    float eps;
    float* y; // may be z
};
void norm_evaluate(const Table& table, const RowNormEvaluate& t, int threads, Buffer<float>& workspace, Memory* memory);

} // namespace nib::kernels
