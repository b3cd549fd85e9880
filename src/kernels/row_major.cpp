#include "kernels/row_major.hpp"

#include "base/parallel.hpp"
#include "kernels/workspace.hpp"

#include <algorithm>
#include <cmath>

namespace nib::kernels {
namespace {

using Index = std::ptrdiff_t;

// Numbers of the array from which a second thread pays: some 10 us of one.
constexpr Index parallel_from = 1 << 16;

constexpr Index most_features = 64; // four cache lines of each row at a time

// Groups of features, each as `arrays` blocks of feature-major rows.
struct Groups {
    Index examples, features;
    Index stride; // of a feature's row
    Index width;  // features of a group, a multiple of 16
    Index arrays;

    Groups(Index e, Index f, Index count) : examples(e), features(f), stride((e + 15) / 16 * 16), arrays(count)
    {
        constexpr Index floats = 1 << 16; // 256 KB an array
        width = std::clamp(floats / std::max<Index>(stride, 1) / 16 * 16, Index{16}, most_features);
    }
    Index floats() const { return arrays * width * stride + 2 * most_features; }
};

// f(first, count, rows) for each group of count features: rows are the arrays, one every width * stride floats, and
// behind them 2 * most_features floats.
template <class F>
void for_groups(const Groups& groups, int threads, Buffer<float>& workspace, Memory* memory, F f)
{
    const Index count = (groups.features + groups.width - 1) / groups.width;
    if (groups.examples * groups.features < parallel_from) threads = 1;
    threads = static_cast<int>(std::min<Index>(threads, std::max<Index>(count, 1)));
    grow(workspace, groups.floats() * threads, memory);
    parallel(threads, [&](int thread, int granted) {
        float* rows = workspace.data() + thread * groups.floats();
        for (Index i = thread; i < count; i += granted) {
            const Index first = i * groups.width;
            f(first, std::min(groups.width, groups.features - first), rows);
        }
    });
}

void take(const Table& table, const Groups& g, Index first, Index count, const float* from, float* rows)
{
    table.transpose(g.examples, count, from + first, g.features, rows, g.stride);
}

void give(const Table& table, const Groups& g, Index first, Index count, const float* rows, float* to)
{
    table.transpose(count, g.examples, rows, g.stride, to + first, g.features);
}

} // namespace

void norm_forward(const Table& table, const RowMajorNorm& t, int threads, Buffer<float>& workspace, Memory* memory)
{
    const Groups groups(t.examples, t.features, 2);
    for_groups(groups, threads, workspace, memory, [&](Index first, Index count, float* rows) {
        float* y = rows + groups.width * groups.stride;
        take(table, groups, first, count, t.z, rows);
        table.norm_forward({.rows = count,
                            .examples = t.examples,
                            .stride = groups.stride,
                            .z = rows,
                            .gamma = t.gamma + first,
                            .beta = t.beta + first,
                            .eps = t.eps,
                            .unbiased = false,
                            .activation = Activation::tanh,
                            .y = y,
                            .inverse_std = t.inverse_std + first,
                            .mean = t.mean + first,
                            .spread = y + groups.width * groups.stride,
                            .spread_is_std = false});
        give(table, groups, first, count, rows, t.x);
        give(table, groups, first, count, y, t.y);
    });
}

void affine(const Table& table, const RowMajorAffine& t, int threads, Buffer<float>& workspace, Memory* memory)
{
    const Groups groups(t.examples, t.features, 1);
    for_groups(groups, threads, workspace, memory, [&](Index first, Index count, float* rows) {
        float* scale = rows + groups.width * groups.stride;
        float* shift = scale + most_features;
        for (Index i = 0; i < count; ++i) {
            scale[i] = t.gamma[first + i] / std::sqrt(t.variance[first + i] + t.eps);
            shift[i] = t.beta[first + i] - t.mean[first + i] * scale[i];
        }
        take(table, groups, first, count, t.z, rows);
        table.affine({.rows = count,
                      .examples = t.examples,
                      .stride = groups.stride,
                      .z = rows,
                      .scale = scale,
                      .shift = shift,
                      .activation = Activation::tanh,
                      .y = rows});
        give(table, groups, first, count, rows, t.y);
    });
}

void norm_backward(const Table& table, const RowMajorNormBackward& t, int threads, Buffer<float>& workspace,
                   Memory* memory)
{
    const Groups groups(t.examples, t.features, 4);
    for_groups(groups, threads, workspace, memory, [&](Index first, Index count, float* rows) {
        const Index size = groups.width * groups.stride;
        float *dy = rows, *y = dy + size, *x = y + size, *dz = x + size;
        take(table, groups, first, count, t.dy, dy);
        take(table, groups, first, count, t.y, y);
        take(table, groups, first, count, t.x, x);
        table.norm_backward({.rows = count,
                             .examples = t.examples,
                             .stride = groups.stride,
                             .dy = dy,
                             .parts = 1,
                             .part_stride = 0,
                             .y = y,
                             .x = x,
                             .gamma = t.gamma + first,
                             .inverse_std = t.inverse_std + first,
                             .unbiased = false,
                             .activation = Activation::tanh,
                             .dz = dz,
                             .dy_sum = nullptr,
                             .dgamma = t.dgamma + first,
                             .dbeta = t.dbeta + first});
        give(table, groups, first, count, dz, t.dz);
    });
}

} // namespace nib::kernels
