// Batch normalisation fused with the activation that follows it, forward and backward, a row (one neuron over the
// minibatch) at a time. A row of up to some thousand examples stays in the nearest cache between the passes over it.
//
// Kernels copy their arguments first: for all that GCC knows, a vector store may overwrite the caller's struct, which
// GCC would then read again for each block. Without the copy the way back took 1.1 times as long.
#pragma once

#include "kernels/activation.hpp"
#include "kernels/pieces.hpp"
#include "kernels/stream.hpp"

namespace nib::kernels {

// Some examples of a row: all of them, or a piece.
struct ExampleRun {
    std::ptrdiff_t first, count;
};

// f(offset, partial) for each block of a run. partial is std::true_type for a last block that reaches into the padding.
template <class A, class F>
NIB_INLINE void for_blocks(std::ptrdiff_t examples, F f)
{
    std::ptrdiff_t i = 0;
    for (; i + 16 <= examples; i += 16) f(i, std::false_type{});
    if (i < examples) f(i, std::true_type{});
}

// f(offset, how many examples begin there, partial) for each block of these examples. With pixels, a row is several
// runs of examples, pixel_stride floats apart.
template <class A, bool pixels, class Rows, class F>
NIB_INLINE void for_row_blocks(const Rows& t, const ExampleRun& run, F f)
{
    const std::ptrdiff_t count = pixels ? t.pixels : 1;
    for (std::ptrdiff_t pixel = 0; pixel < count; ++pixel) {
        const std::ptrdiff_t begin = pixels ? pixel * t.pixel_stride + run.first : run.first;
        for_blocks<A>(run.count,
                      [&](std::ptrdiff_t i, auto partial) NIB_INLINE_LAMBDA { f(begin + i, run.count - i, partial); });
    }
}

// The numbers of a row that a mean is over, and the floats from its first number to its last one.
template <class Rows>
NIB_INLINE std::ptrdiff_t row_examples(const Rows& t)
{
    return t.pixels * t.examples;
}
template <class Rows>
NIB_INLINE std::ptrdiff_t row_span(const Rows& t)
{
    return (t.pixels - 1) * t.pixel_stride + t.examples;
}

// x where the lane is an example, 0 where it is padding.
template <class A, class Partial>
NIB_INLINE FloatBlock<A> examples_only(Partial, std::ptrdiff_t left, const FloatBlock<A>& x)
{
    if constexpr (Partial::value) return select(first<A>(static_cast<int>(left)), x, zero<A>());
    return x;
}

// f(row, std::integral_constant<int, 4 or 1>) over rows [0, rows).
template <class F>
NIB_INLINE void for_rows(std::ptrdiff_t rows, F f)
{
    std::ptrdiff_t row = 0;
    for (; row + 4 <= rows; row += 4) f(row, std::integral_constant<int, 4>{});
    for (; row < rows; ++row) f(row, std::integral_constant<int, 1>{});
}

// A piece of the examples, of rows that have several.
template <class Rows>
NIB_INLINE ExampleRun run_of(const Rows& t, std::ptrdiff_t piece)
{
    return {t.cuts[piece] - t.cuts[0], t.cuts[piece + 1] - t.cuts[piece]};
}

// The factors by which moments of pieces are joined, by the right one's first piece. They are computed once a call, and
// not for every group of rows. Those past the last piece are not set.
template <class A>
struct PieceFactors {
    JoinFactors of[most_pieces];

    template <class Rows>
    NIB_INLINE explicit PieceFactors(const Rows& t)
    {
        for_joins(t.pieces, [&](std::ptrdiff_t left, std::ptrdiff_t right, std::ptrdiff_t size) NIB_INLINE_LAMBDA {
            of[right] = join_factors((t.cuts[right] - t.cuts[left]) * t.pixels,
                                     (t.cuts[right + size] - t.cuts[right]) * t.pixels);
        });
    }
};

template <class A, bool pixels, int rows>
NIB_INLINE void means(const Moments& t, const ExampleRun& run, const float* x, float* mean)
{
    FloatBlock<A> totals[rows];
    for (auto& each : totals) each = zero<A>();
    for_row_blocks<A, pixels>(t, run, [&](std::ptrdiff_t i, std::ptrdiff_t left, auto partial) NIB_INLINE_LAMBDA {
#pragma GCC unroll 4
        for (int r = 0; r < rows; ++r) {
            totals[r] = totals[r] + examples_only<A>(partial, left, load<A>(x + r * t.stride + i));
        }
    });
    sums(totals, mean);
    for (int r = 0; r < rows; ++r) mean[r] /= static_cast<float>(t.pixels * run.count);
}

// The sums of squared differences from the means.
template <class A, bool pixels, int rows>
NIB_INLINE void scatters(const Moments& t, const ExampleRun& run, const float* x, const float* mean, float* scatter)
{
    FloatBlock<A> totals[rows];
    for (auto& each : totals) each = zero<A>();
    for_row_blocks<A, pixels>(t, run, [&](std::ptrdiff_t i, std::ptrdiff_t left, auto partial) NIB_INLINE_LAMBDA {
#pragma GCC unroll 4
        for (int r = 0; r < rows; ++r) {
            const FloatBlock<A> d = load<A>(x + r * t.stride + i) - broadcast<A>(mean[r]);
            const FloatBlock<A> valid = examples_only<A>(partial, left, d);
            totals[r] = fma(valid, valid, totals[r]);
        }
    });
    sums(totals, scatter);
}

// The moments of some rows in pieces, joined in a tree. The means of all pieces come first, as in moments_of.
template <class A, bool pixels, int rows>
NIB_INLINE void moments_in_pieces(const Moments& t, const PieceFactors<A>& factors, const float* x, float* mean,
                                  float* scatter)
{
    float mean_of[most_pieces][rows], scatter_of[most_pieces][rows];
    for (std::ptrdiff_t piece = 0; piece < t.pieces; ++piece)
        means<A, pixels, rows>(t, run_of(t, piece), x, mean_of[piece]);
    for (std::ptrdiff_t piece = 0; piece < t.pieces; ++piece)
        scatters<A, pixels, rows>(t, run_of(t, piece), x, mean_of[piece], scatter_of[piece]);
    for_joins(t.pieces, [&](std::ptrdiff_t left, std::ptrdiff_t right, std::ptrdiff_t) NIB_INLINE_LAMBDA {
        for (int r = 0; r < rows; ++r) {
            join_moments(factors.of[right], mean_of[left][r], scatter_of[left][r], mean_of[right][r],
                         scatter_of[right][r]);
        }
    });
    std::copy_n(mean_of[0], rows, mean);
    std::copy_n(scatter_of[0], rows, scatter);
}

template <class A, bool pixels>
NIB_INLINE void moments_of(const Moments& t, const PieceFactors<A>& factors)
{
    if (t.pieces > 1) {
        return for_rows(t.rows, [&](std::ptrdiff_t row, auto count) NIB_INLINE_LAMBDA {
            moments_in_pieces<A, pixels, count.value>(t, factors, t.x + row * t.stride, t.mean + row, t.scatter + row);
        });
    }
    const ExampleRun all = {0, t.examples};
    // The means of a whole group first: those of four rows take some 60 cycles to arrive, in which others begin.
    for_groups(t.rows, t.stride, [&](std::ptrdiff_t first, std::ptrdiff_t rows) NIB_INLINE_LAMBDA {
        const float* x = t.x + first * t.stride;
        for_rows(rows, [&](std::ptrdiff_t row, auto count) NIB_INLINE_LAMBDA {
            means<A, pixels, count.value>(t, all, x + row * t.stride, t.mean + first + row);
        });
        for_rows(rows, [&](std::ptrdiff_t row, auto count) NIB_INLINE_LAMBDA {
            scatters<A, pixels, count.value>(t, all, x + row * t.stride, t.mean + first + row, t.scatter + first + row);
        });
    });
}

template <class A>
void moments_by_factors(const Moments& given, const PieceFactors<A>& factors)
{
    const Moments t = given;
    t.pixels == 1 ? moments_of<A, false>(t, factors) : moments_of<A, true>(t, factors);
}

template <class A>
void moments(const Moments& t)
{
    moments_by_factors<A>(t, PieceFactors<A>(t));
}

// Takes mean and scatter of a group; sets 1 / std for each row, and the spread for the running statistics.
template <class A>
NIB_INLINE void finish_statistics(const NormForward& t, std::ptrdiff_t row, std::ptrdiff_t rows, const float* mean,
                                  const float* scatter, float* inverse_std)
{
    const float n = static_cast<float>(t.all_means ? t.all_examples : row_examples(t));
    float spread[group_rows];
    for (std::ptrdiff_t r = 0; r < rows; r += 16) {
        const FloatBlock<A> total = load<A>(scatter + r);
        const FloatBlock<A> sample_variance = total / broadcast<A>(n - 1.0f);
        const FloatBlock<A> variance = t.unbiased ? sample_variance : total / broadcast<A>(n);
        store<A>(inverse_std + r, broadcast<A>(1.0f) / sqrt(variance + broadcast<A>(t.eps)));
        store<A>(spread + r, t.spread_is_std ? sqrt(sample_variance) : sample_variance);
    }
    for (std::ptrdiff_t r = 0; r < rows; ++r) {
        t.mean[row + r] = mean[r];
        t.spread[row + r] = spread[r];
        t.inverse_std[row + r] = inverse_std[r];
    }
}

// Replaces z by x and sets y, for one row. far: the array does not stay in the second cache; the row that lies `ahead`
// floats further on is then prefetched, since tanh leaves memory idle. This makes a step of 8192 examples 1.04 times as
// fast.
template <class A, class Activation, bool far>
NIB_INLINE void normalise(const NormForward& t, std::ptrdiff_t row, float mean, float inverse_std, std::ptrdiff_t ahead,
                          bool past_caches)
{
    const FloatBlock<A> gamma = broadcast<A>(t.gamma[row]), beta = broadcast<A>(t.beta[row]);
    float* z = t.z + row * t.stride;
    float* y = t.y + row * t.stride;
    for (std::ptrdiff_t i = 0; i < row_span(t); i += 16) {
        if constexpr (far) __builtin_prefetch(z + ahead + i, 0, 2);
        const FloatBlock<A> x = (load<A>(z + i) - broadcast<A>(mean)) * broadcast<A>(inverse_std);
        store<A>(z + i, x);
        const FloatBlock<A> result = Activation::forward(fma(gamma, x, beta));
        if (far && past_caches) {
            stream<A>(y + i, result);
        } else {
            store<A>(y + i, result);
        }
    }
}

inline constexpr std::ptrdiff_t far_norm = 1 << 19; // floats: 2 MiB

template <class A, class Activation, bool far>
void norm_forward_rows(const NormForward& given)
{
    const NormForward t = given;
    const std::ptrdiff_t group = rows_at_once(t.stride);
    const PieceFactors<A> factors(t);
    const bool past_caches = far && t.rows * t.stride >= stream_from && t.stride % 16 == 0 &&
                             reinterpret_cast<std::uintptr_t>(t.y) % 64 == 0;
    for (std::ptrdiff_t first = 0; first < t.rows; first += group) {
        const std::ptrdiff_t rows = t.rows - first < group ? t.rows - first : group;
        float mean[group_rows] = {}, scatter[group_rows] = {}, inverse_std[group_rows];
        if (t.all_means) {
            std::copy_n(t.all_means + first, rows, mean);
            std::copy_n(t.all_scatters + first, rows, scatter);
        } else {
            moments_by_factors<A>({.rows = rows,
                                   .examples = t.examples,
                                   .stride = t.stride,
                                   .x = t.z + first * t.stride,
                                   .mean = mean,
                                   .scatter = scatter,
                                   .pixels = t.pixels,
                                   .pixel_stride = t.pixel_stride,
                                   .pieces = t.pieces,
                                   .cuts = t.cuts},
                                  factors);
        }
        finish_statistics<A>(t, first, rows, mean, scatter, inverse_std);
        for (std::ptrdiff_t r = 0; r < rows; ++r) {
            const std::ptrdiff_t row = first + r, ahead = row + group < t.rows ? group * t.stride : 0;
            normalise<A, Activation, far>(t, row, mean[r], inverse_std[r], ahead, past_caches);
        }
    }
    if (past_caches) stream_end();
}

template <class A>
void norm_forward(const NormForward& t);

template <class A>
void norm_forward_apart(const NormForward& t)
{
    for_groups(t.rows, t.stride, [&](std::ptrdiff_t first, std::ptrdiff_t rows) NIB_INLINE_LAMBDA {
        NormForward group = t;
        group.rows = rows;
        group.z += first * t.stride;
        group.y += first * t.stride;
        for (const float** each : {&group.gamma, &group.beta}) *each += first;
        if (t.all_means)
            for (const float** each : {&group.all_means, &group.all_scatters}) *each += first;
        for (float** each : {&group.inverse_std, &group.mean, &group.spread}) *each += first;
        group.activation = NIB_IDENTITY;
        norm_forward<A>(group);
        activate<A>({rows, row_span(t), t.stride, t.activation, group.y, group.y});
    });
}

template <class A>
void norm_forward(const NormForward& t)
{
    const bool far = t.rows * t.stride >= far_norm;
    with_fused(
        t.activation,
        [&]<class Activation>() NIB_INLINE_LAMBDA {
            far ? norm_forward_rows<A, Activation, true>(t) : norm_forward_rows<A, Activation, false>(t);
        },
        [&]() NIB_INLINE_LAMBDA { norm_forward_apart<A>(t); });
}

// Turns dy of a run of some rows into da, and sums da and da x of each row. plain: dy has one part, and nobody wants
// its sum.
template <class A, class Activation, bool norm, bool plain, bool pixels, int rows>
NIB_INLINE void activation_backward(const NormBackward& t, const ExampleRun& run, std::ptrdiff_t row, float* sum_da,
                                    float* sum_da_x)
{
    FloatBlock<A> dbeta[rows], dgamma[rows];
    for (auto& each : dbeta) each = zero<A>();
    for (auto& each : dgamma) each = zero<A>();
    for_row_blocks<A, pixels>(t, run, [&](std::ptrdiff_t i, std::ptrdiff_t left, auto partial) NIB_INLINE_LAMBDA {
#pragma GCC unroll 4
        for (int r = 0; r < rows; ++r) {
            const std::ptrdiff_t at = (row + r) * t.stride + i;
            const FloatBlock<A> dy = plain ? load<A>(t.dy + at) : sum_of_parts<A>(t.dy + at, t.parts, t.part_stride);
            if (!plain && t.dy_sum) store<A>(t.dy_sum + at, dy);
            static_assert(Activation::fused); // a fused activation needs no a
            const FloatBlock<A> all = Activation::backward(dy, zero<A>(), load<A>(t.y + at));
            const FloatBlock<A> da = examples_only<A>(partial, left, all);
            dbeta[r] = dbeta[r] + da;
            if constexpr (norm) {
                dgamma[r] = fma(da, examples_only<A>(partial, left, load<A>(t.x + at)), dgamma[r]);
            }
            store<A>(t.dz + at, da);
        }
    });
    sums(dbeta, sum_da);
    if constexpr (norm) sums(dgamma, sum_da_x);
}

// The same of all examples, which may be in pieces.
template <class A, class Activation, bool norm, bool plain, bool pixels, int rows>
NIB_INLINE void activation_backward_rows(const NormBackward& t, std::ptrdiff_t row, float* sum_da, float* sum_da_x)
{
    if (t.pieces == 1) [[likely]] {
        return activation_backward<A, Activation, norm, plain, pixels, rows>(t, {0, t.examples}, row, sum_da, sum_da_x);
    }
    float da[most_pieces][rows], da_x[most_pieces][rows];
    for (std::ptrdiff_t piece = 0; piece < t.pieces; ++piece) {
        const ExampleRun run = run_of(t, piece);
        activation_backward<A, Activation, norm, plain, pixels, rows>(t, run, row, da[piece], da_x[piece]);
    }
    for_joins(t.pieces, [&](std::ptrdiff_t left, std::ptrdiff_t right, std::ptrdiff_t) NIB_INLINE_LAMBDA {
        for (int r = 0; r < rows; ++r) {
            da[left][r] += da[right][r];
            if constexpr (norm) da_x[left][r] += da_x[right][r];
        }
    });
    std::copy_n(da[0], rows, sum_da);
    if constexpr (norm) std::copy_n(da_x[0], rows, sum_da_x);
}

// Replaces da by dz = scale (da - mean_da - x slope).
template <class A>
NIB_INLINE void normalisation_backward(const NormBackward& t, std::ptrdiff_t row, float sum_da, float sum_da_x)
{
    const float n = static_cast<float>(t.part == NormPart::rest ? t.all_examples : row_examples(t));
    const FloatBlock<A> scale = broadcast<A>(t.gamma[row] * t.inverse_std[row]);
    const FloatBlock<A> mean_da = broadcast<A>(sum_da / n);
    const FloatBlock<A> slope = broadcast<A>(-(sum_da_x / (t.unbiased ? n - 1.0f : n)));
    const float* x = t.x + row * t.stride;
    float* dz = t.dz + row * t.stride;
    for (std::ptrdiff_t i = 0; i < row_span(t); i += 16) {
        store<A>(dz + i, scale * fma(load<A>(x + i), slope, load<A>(dz + i) - mean_da));
    }
}

template <class A, class Activation, bool norm, bool plain, bool pixels = false>
void norm_backward_rows(const NormBackward& given)
{
    const NormBackward t = given;
    const std::ptrdiff_t group = rows_at_once(t.stride);
    for (std::ptrdiff_t first = 0; first < t.rows; first += group) {
        const std::ptrdiff_t rows = t.rows - first < group ? t.rows - first : group;
        float sum_da_x[group_rows];
        for_rows(rows, [&](std::ptrdiff_t row, auto count) NIB_INLINE_LAMBDA {
            activation_backward_rows<A, Activation, norm, plain, pixels, count.value>(
                t, first + row, t.dbeta + first + row, sum_da_x + row);
        });
        if constexpr (norm) {
            for (std::ptrdiff_t r = 0; r < rows; ++r) {
                t.dgamma[first + r] = sum_da_x[r];
                if (t.part == NormPart::whole) normalisation_backward<A>(t, first + r, t.dbeta[first + r], sum_da_x[r]);
            }
        }
    }
}

template <class A>
void norm_backward(const NormBackward& t, const float* shift);

// For activations that are not fused: da is computed into dz's place and is then the only dy of the way back.
template <class A>
void norm_backward_apart(const NormBackward& t, const float* shift)
{
    for_groups(t.rows, t.stride, [&](std::ptrdiff_t first, std::ptrdiff_t rows) NIB_INLINE_LAMBDA {
        const std::ptrdiff_t at = first * t.stride;
        NormBackward group = t;
        group.rows = rows;
        group.y += at;
        group.x += at;
        group.dz += at;
        group.dbeta += first;
        if (t.gamma) {
            group.gamma += first;
            group.inverse_std += first;
            group.dgamma += first;
        }
        activate_backward<A>({.rows = rows,
                              .examples = row_span(t),
                              .stride = t.stride,
                              .dy = t.dy + at,
                              .parts = t.parts,
                              .part_stride = t.part_stride,
                              .y = group.y,
                              .x = group.x,
                              .gamma = group.gamma,
                              .shift = shift + first,
                              .activation = t.activation,
                              .da = group.dz,
                              .dy_sum = t.dy_sum ? t.dy_sum + at : nullptr});
        group.dy = group.dz;
        group.parts = 1;
        group.dy_sum = nullptr;
        group.activation = NIB_IDENTITY;
        norm_backward<A>(group, shift);
    });
}

template <class A>
void norm_backward(const NormBackward& t, const float* shift)
{
    if (t.part == NormPart::rest) {
        for (std::ptrdiff_t row = 0; row < t.rows; ++row)
            normalisation_backward<A>(t, row, t.dbeta[row], t.dgamma[row]);
        return;
    }
    with_fused(
        t.activation,
        [&]<class Activation>() NIB_INLINE_LAMBDA {
            if (t.pixels > 1) {
                if (!t.gamma) return norm_backward_rows<A, Activation, false, false, true>(t);
                return norm_backward_rows<A, Activation, true, false, true>(t);
            }
            if (!t.gamma) return norm_backward_rows<A, Activation, false, false>(t);
            // With blocks of several registers the fast form gains nothing, and is as large as the other.
            if constexpr (parts<A> == 1) {
                if (t.parts == 1 && !t.dy_sum) return norm_backward_rows<A, Activation, true, true>(t);
            }
            norm_backward_rows<A, Activation, true, false>(t);
        },
        [&]() NIB_INLINE_LAMBDA { norm_backward_apart<A>(t, shift); });
}

} // namespace nib::kernels
