// Batch normalisation with tanh on plain arrays, (examples, features) and dense: groups of features are turned into the
// feature-major rows that the table's kernels take, and back, a group at a time within the second cache.
#pragma once

#include "base/buffer.hpp"
#include "kernels/table.hpp"

#include <cstddef>

namespace nib::kernels {

// All arrays are (examples, features) or (features).
struct RowMajorNorm {
    std::ptrdiff_t examples, features;
    const float* z;
    const float* gamma;
    const float* beta;
    float eps;
    float* x; // may be z, as y may
    float* y;
    float* mean;
    float* inverse_std;
};

// In evaluation mode, with given statistics.
struct RowMajorAffine {
    std::ptrdiff_t examples, features;
    const float* z;
    const float* gamma;
    const float* beta;
    const float* mean;
    const float* variance;
    float eps;
    float* y;
};

struct RowMajorNormBackward {
    std::ptrdiff_t examples, features;
    const float* dy;
    const float* y;
    const float* x;
    const float* gamma;
    const float* inverse_std;
    float* dz;
    float* dgamma;
    float* dbeta;
};

// threads, workspace and memory as for sgemm().
void norm_forward(const Table& table, const RowMajorNorm& t, int threads, Buffer<float>& workspace, Memory* memory);
void affine(const Table& table, const RowMajorAffine& t, int threads, Buffer<float>& workspace, Memory* memory);
void norm_backward(const Table& table, const RowMajorNormBackward& t, int threads, Buffer<float>& workspace,
                   Memory* memory);

} // namespace nib::kernels
