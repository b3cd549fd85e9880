#include "kernels/row_major.hpp"

#include "base/parallel.hpp"
#include "kernels/grow.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <initializer_list>

namespace nib::kernels {
namespace {

using Index = std::ptrdiff_t;

// The array size, in numbers, from which a second thread pays off: about 10 us of work for one thread.
constexpr Index parallel_from = 1 << 16;

// How many features are handled at a time. Their sums, 128 or 256 KB, stay in the second cache. Fewer features would
// jump from page to page of the arrays: with 256, batch normalisation of (8192, 2048) took 1.5 times as long.
constexpr Index most_features = 2048;

// f(first, count, workspace) for strips of `count` features. A strip's workspace has `floats` numbers for each feature.
template <class F>
void for_strips(Index examples, Index features, Index floats, int threads, Buffer<float>& workspace, Memory* memory,
                F f)
{
    if (examples * features < parallel_from) threads = 1;
    const Index share = (features + threads - 1) / threads;
    const Index width = std::clamp((share + 15) / 16 * 16, Index{16}, most_features);
    const Index count = (features + width - 1) / width;
    threads = static_cast<int>(std::clamp<Index>(count, 1, threads));
    grow(workspace, floats * width * threads, memory);
    parallel(threads, [&](int thread, int granted) {
        for (Index i = thread; i < count; i += granted) {
            const Index first = i * width;
            f(first, std::min(width, features - first), workspace.data() + thread * floats * width);
        }
    });
}

// Whether arrays can be stored past the caches. An ordinary store is faster to memory that was read just before.
bool past_caches(Index examples, Index features, std::initializer_list<const float*> inputs,
                 std::initializer_list<const float*> outputs)
{
    const auto unfit = [&](const float* output) {
        return reinterpret_cast<std::uintptr_t>(output) % 64 != 0 || std::ranges::find(inputs, output) != inputs.end();
    };
    return examples * features >= stream_from && features % 16 == 0 && std::ranges::none_of(outputs, unfit);
}

} // namespace

void norm_forward(const Table& table, const RowNormForward& whole, int threads, Buffer<float>& workspace,
                  Memory* memory)
{
    const bool past = past_caches(whole.examples, whole.features, {whole.z}, {whole.x, whole.y});
    for_strips(whole.examples, whole.features, 16, threads, workspace, memory,
               [&](Index first, Index count, float* floats) {
                   RowNormForward t = whole;
                   t.features = count;
                   t.z += first;
                   t.gamma += first;
                   t.beta += first;
                   t.x += first;
                   t.y += first;
                   t.mean += first;
                   t.inverse_std += first;
                   t.workspace = floats;
                   t.past_caches = past;
                   table.row_norm_forward(t);
               });
}

void norm_evaluate(const Table& table, const RowNormEvaluate& t, int threads, Buffer<float>& workspace, Memory* memory)
{
    const bool past = past_caches(t.examples, t.features, {t.z}, {t.y});
    for_strips(t.examples, t.features, 2, threads, workspace, memory, [&](Index first, Index count, float* floats) {
        float *scale = floats, *shift = floats + count;
        for (Index i = 0; i < count; ++i) {
            const Index feature = first + i;
            scale[i] = t.gamma[feature] / std::sqrt(t.variance[feature] + t.eps);
            shift[i] = t.beta[feature] - t.mean[feature] * scale[i];
        }
        table.row_affine({.examples = t.examples,
                          .features = count,
                          .stride = t.features,
                          .z = t.z + first,
                          .scale = scale,
                          .shift = shift,
                          .y = t.y + first,
                          .past_caches = past});
    });
}

void norm_backward(const Table& table, const RowNormBackward& whole, int threads, Buffer<float>& workspace,
                   Memory* memory)
{
    const bool past = past_caches(whole.examples, whole.features, {whole.dy, whole.y, whole.x}, {whole.dz});
    for_strips(whole.examples, whole.features, 32, threads, workspace, memory,
               [&](Index first, Index count, float* floats) {
                   RowNormBackward t = whole;
                   t.features = count;
                   t.dy += first;
                   t.y += first;
                   t.x += first;
                   t.gamma += first;
                   t.inverse_std += first;
                   t.dz += first;
                   t.dgamma += first;
                   t.dbeta += first;
                   t.workspace = floats;
                   t.past_caches = past;
                   table.row_norm_backward(t);
               });
}

} // namespace nib::kernels
