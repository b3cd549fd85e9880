// The kernels as one table of functions per instruction set. The layers call these functions.
//
// Activations are feature-major, [feature][example]: a "row" is one feature (one neuron) over the minibatch, a whole
// number of 16-float blocks long. Examples past the batch's end are padding: kernels may write anything there and never
// let it into a sum. Strides are in floats, between rows.
//
// No kernel allocates, throws or keeps state; any number of threads may call one with outputs that do not overlap.
#pragma once

#include "kernels/window.hpp"
#include "nib/nib.h"

#include <cstddef>
#include <cstdint>

namespace nib::kernels {

enum class ProductOp {
    store,      // C = sum
    accumulate, // C = C + sum, the chain going on from C
    add_scaled  // C = fma(alpha, sum, C)
};

// C (m, n) (op)= A (m, k) B (k, n). Nothing past column n is touched.
struct Product {
    std::ptrdiff_t m, n, k;
    const float* a;
    std::ptrdiff_t a_stride;
    bool a_along_k; // A(m, k) = a[m * a_stride + k]; otherwise a[k * a_stride + m]
    const float* b;
    std::ptrdiff_t b_stride;
    float* c;
    std::ptrdiff_t c_stride;
    ProductOp op;
    float alpha; // for add_scaled
    // The sum over k as a tree of several: piece i is k in [cuts[i] - cuts[0], cuts[i + 1] - cuts[0]), a chain of its
    // own, and the pieces are added up in pairs, the pairs in pairs and so on. pieces is a power of two up to
    // most_pieces; a_along_k is set then, and op is not accumulate.
    std::ptrdiff_t pieces = 1;
    const std::ptrdiff_t* cuts = nullptr; // pieces + 1
};

inline constexpr std::ptrdiff_t most_piece_levels = 8, most_pieces = 1 << most_piece_levels;

// Places of planes that are read through a window's taps, and of the ones that are written. A column is a block of 16
// floats: `blocks` of them lie side by side for each pixel of each line. Numbers behind the examples are written too.
struct TapsPlaces {
    std::ptrdiff_t tap_rows, tap_columns;
    std::ptrdiff_t in_tap_row, in_tap_column; // from one tap to the next
    std::ptrdiff_t lines, pixels, blocks;
    std::ptrdiff_t in_line, in_pixel, out_line, out_pixel; // from one line or pixel to the next
};

// C[m][column] = the sum over the taps, and over k within a tap, of A(m, tap, k) times B(tap, k)[column]. B is read,
// and C is written; without taps C becomes 0, or stays.
struct TapsProduct : TapsPlaces {
    std::ptrdiff_t m, depth; // rows of C; k of a tap
    const float* a;
    // Within a tap, A(m, k) is a[m * a_stride + k] if a_along_k, else a[k * a_stride + m].
    std::ptrdiff_t a_stride, a_tap_row, a_tap_column; // the steps between taps may be negative or 0
    const float* b;
    std::ptrdiff_t b_step; // from one k to the next
    float* c;
    std::ptrdiff_t c_row;
    bool accumulate; // the sums start from C
    bool a_along_k;
    bool is_a_far; // A comes from distant memory and B from a near cache, not the other way round; along k then
};

// The largest number that the taps, at least one, meet in x for each column of y; and the way back, which adds dy to dx
// at the first tap that met it. Of several numbers among which one is NaN, any may be the largest.
struct TapsMax : TapsPlaces {
    const float* x;
    float* y;        // on the way back it is read alone
    const float* dy; // null on the way forward, and so is dx
    float* dx;
};

// The gradient of filters over few channels: dw[o][tap][c] = the sum of dz[o] times what the tap meets in channel c,
// over all pixels and examples. Example i is summed in lane i % 16, pixel by pixel and within a pixel block by block;
// then simd::sum adds the lanes.
struct NarrowWeights {
    WindowAxis y, x;
    std::ptrdiff_t examples, stride; // floats of a pixel
    std::ptrdiff_t channels, outputs;
    const float* in; // (channels, pixels, stride)
    const float* dz; // (outputs, pixels, stride)
    float* dw;       // (outputs, dw_stride)
    std::ptrdiff_t dw_stride;
    float* sums; // 16 floats for each tap and channel of most_narrow_outputs outputs
};

// The largest number of outputs whose sums are made together.
inline constexpr std::ptrdiff_t most_narrow_outputs = 4;

// y = activation(x), over whole rows.
struct Activate {
    std::ptrdiff_t rows, examples, stride;
    nib_activation activation;
    const float* x;
    float* y; // may be x
};

// da = dy activation'(a) for activations that ran as a separate pass; a = gamma x + shift is computed anew.
struct ActivateBackward {
    std::ptrdiff_t rows, examples, stride;
    const float* dy; // the sum of `parts` arrays, added in order; null: 1, so that da is the slope
    std::ptrdiff_t parts, part_stride;
    const float* y;
    const float* x;
    const float* gamma; // null: 1
    const float* shift; // null: none
    nib_activation activation;
    float* da;     // may be dy, if dy is one array
    float* dy_sum; // null, or where the summed dy is stored
};

// y = activation(scale z + shift), one scale and shift a row: a bias, or batch normalisation in evaluation mode.
struct Affine {
    std::ptrdiff_t rows, examples, stride;
    const float* z;
    const float* scale; // null: 1
    const float* shift;
    nib_activation activation;
    float* y; // may be z
};

// Batch normalisation in training mode, then the activation, of each row:
//   x = (z - mean) / sqrt(var + eps),  y = activation(gamma x + beta)      (Ioffe and Szegedy 2015, arXiv:1502.03167)
struct NormForward {
    std::ptrdiff_t rows, examples, stride; // at least 2 examples
    float* z;                              // in: the Linear's output; out: x, for the backward pass
    const float* gamma;
    const float* beta;
    float eps;
    bool unbiased; // var is over examples - 1, not examples
    nib_activation activation;
    float* y;
    float* inverse_std; // out: 1 / sqrt(var + eps)
    float* mean;        // out
    float* spread;      // out: variance over examples - 1, for the running statistics; or its root
    bool spread_is_std;
    // A row may be several runs of `examples`, pixel_stride floats apart: those of a channel's pixels. Statistics are
    // over all of them.
    std::ptrdiff_t pixels = 1, pixel_stride = 0;
    // If these rows are only a part of the examples: the mean and the sum of squared differences from it of each row,
    // of all of them, and how many numbers these are of. Null: they are computed.
    const float* all_means = nullptr;
    const float* all_scatters = nullptr;
    std::ptrdiff_t all_examples = 0;
    std::ptrdiff_t pieces = 1; // as Moments's
    const std::ptrdiff_t* cuts = nullptr;
};

// Which part of the way back to compute, if the examples' sums come from several arrays: da and its sums; dz from da
// and the sums of all examples; or both at once.
enum class NormPart { whole, sums, rest };

// The way back through activation and batch normalisation, or through activation and bias if gamma is null:
//   da = dy activation'(y),  dbeta = sum da,  dgamma = sum da x,
//   dz = gamma inverse_std (da - dbeta / n - x dgamma / (n or n - 1))
struct NormBackward {
    std::ptrdiff_t rows, examples, stride;
    const float* dy; // the sum of `parts` arrays, added in order, part_stride floats apart
    std::ptrdiff_t parts, part_stride;
    const float* y;
    const float* x; // if gamma is null, z: the Linear's output
    const float* gamma;
    const float* inverse_std;
    bool unbiased;
    nib_activation activation;
    float* dz;     // may be dy, if dy is one array
    float* dy_sum; // null, or where the summed dy is stored, for diagnostics
    float* dgamma;
    float* dbeta;                                // or the bias's gradient
    std::ptrdiff_t pixels = 1, pixel_stride = 0; // as NormForward's
    // sums leaves da in dz. rest takes it from there, and reads dgamma and dbeta, which are of all_examples numbers.
    NormPart part = NormPart::whole;
    std::ptrdiff_t all_examples = 0;
    std::ptrdiff_t pieces = 1; // as Moments's: the sums of each are added up in that tree
    const std::ptrdiff_t* cuts = nullptr;
};

// The same for row-major arrays, (examples, stride), with tanh. A call covers some features, which lie side by side in
// the lanes. Variances are over examples. Memory past the last feature is not touched; arrays need no alignment.
struct RowNormForward {
    std::ptrdiff_t examples, features, stride;
    const float* z;
    const float* gamma;
    const float* beta;
    float eps;
    float* x; // may be z, and so may y
    float* y;
    float* mean;
    float* inverse_std;
    float* workspace; // 16 floats for each feature, the number of features rounded up to a multiple of 16
    bool past_caches; // x and y are larger than the caches, every row is at a multiple of 64 bytes, neither is z
};

// The same in evaluation mode: y = tanh(scale z + shift).
struct RowAffine {
    std::ptrdiff_t examples, features, stride;
    const float* z;
    const float* scale;
    const float* shift;
    float* y; // may be z
    bool past_caches;
};

struct RowNormBackward {
    std::ptrdiff_t examples, features, stride;
    const float* dy;
    const float* y;
    const float* x;
    const float* gamma;
    const float* inverse_std;
    float* dz; // may be dy, y or x
    float* dgamma;
    float* dbeta;
    float* workspace; // twice the size of RowNormForward's
    bool past_caches;
};

// The size, in numbers, from which an array is taken to be larger than the caches: 32 MiB.
inline constexpr std::ptrdiff_t stream_from = 1 << 23;

// Each row's mean and sum of squared differences from it.
struct Moments {
    std::ptrdiff_t rows, examples, stride;
    const float* x;
    float* mean;
    float* scatter;
    std::ptrdiff_t pixels = 1, pixel_stride = 0; // as NormForward's
    // The examples as a tree of several pieces: piece i is those in [cuts[i] - cuts[0], cuts[i + 1] - cuts[0]), and has
    // moments of its own, which are joined in pairs, the pairs in pairs and so on. Pieces begin at multiples of 16 and
    // are not empty; their number is a power of two up to most_pieces.
    std::ptrdiff_t pieces = 1;
    const std::ptrdiff_t* cuts = nullptr; // pieces + 1
};

// Normalisation over the features of each example, that is, down the rows:
//   layernorm: x_hat = (x - mean) / sqrt(var + eps),  y = gamma x_hat + beta     (Ba et al. 2016, arXiv:1607.06450)
//   rmsnorm:   x_hat = x / sqrt(mean square + eps),   y = gamma x_hat   (Zhang and Sennrich 2019, arXiv:1910.07467)
// var is over all rows. Rows are dealt out to several threads, in groups that depend on the shape alone. On the way
// forward each group runs column_moments; then the threads meet, all groups are joined by join_columns, and each thread
// runs standardise on its own rows. On the way back each group runs standardise_sums; then the threads meet, and each
// runs standardise_backward on its own rows. An array of columns has one number an example and is as long as a row: a
// whole number of blocks.

// Each example's mean over the rows and sum of squared differences from it.
struct ColumnMoments {
    std::ptrdiff_t rows, examples, stride; // at least 1 row
    const float* x;
    float* mean;    // columns; null: 0, so that scatter is the sum of squares, for rmsnorm
    float* scatter; // columns
};

// Joins the moments of several groups of rows into those of all rows.
struct JoinColumns {
    std::ptrdiff_t groups, examples;  // at least 1 group
    const std::ptrdiff_t* group_rows; // how many rows each group has
    std::ptrdiff_t group_stride;      // from a group's columns to the next one's
    const float* group_mean;          // (groups, group_stride); null: rmsnorm
    const float* group_scatter;       // (groups, group_stride)
    float eps;
    float* mean;        // columns; untouched for rmsnorm
    float* inverse_std; // columns: 1 / sqrt(scatter / rows + eps)
};

struct Standardise {
    std::ptrdiff_t rows, examples, stride;
    const float* x;
    const float* mean; // columns; null: rmsnorm
    const float* inverse_std;
    const float* gamma; // one a row, and so is beta
    const float* beta;  // null: none
    float* x_hat;       // kept for the way back; may be x, or y, which then holds only y
    float* y;           // may be x
};

// The way back for one group of rows: g = dy gamma,  dgamma = sum dy x_hat,  dbeta = sum dy.
struct StandardiseSums {
    std::ptrdiff_t rows, examples, stride;
    const float* dy; // the sum of `parts` arrays, added in order, part_stride floats apart
    std::ptrdiff_t parts, part_stride;
    const float* x_hat;
    const float* gamma;
    float* g; // may be dy, if dy is one array
    float* dgamma;
    float* dbeta;  // null: none
    float* sum_g;  // columns: the sum of g over the rows; null: rmsnorm
    float* sum_gx; // columns: the sum of g x_hat
};

// The rest of the way back: dx = inverse_std (g - sum g / features - x_hat sum g x_hat / features).
struct StandardiseBackward {
    std::ptrdiff_t rows, examples, stride;
    std::ptrdiff_t features;             // rows of all groups
    std::ptrdiff_t groups, group_stride; // at least 1 group
    const float* sum_g;                  // (groups, group_stride), added in order; null: rmsnorm
    const float* sum_gx;                 // (groups, group_stride)
    const float* inverse_std;            // columns
    const float* x_hat;
    const float* g;
    float* dx; // may be g or x_hat
};

// y = x scale for a number that is kept, otherwise 0; on the way back the same for dy. Number (row, example) has its
// own random word: word row % 4 of Philox4x32-10 with key (seed, layer) and counter (example, row / 4, step). The step
// takes two words, the low one first.
struct Dropout {
    std::ptrdiff_t rows, examples, stride;
    std::ptrdiff_t first_row;         // the first row's number in its layer
    std::ptrdiff_t first_example = 0; // the first example's number in the minibatch
    std::ptrdiff_t rows_at_once = 1;  // x and y have so many rows for each, which share its words
    const float* x;                   // the sum of `parts` arrays, added in order, part_stride floats apart
    std::ptrdiff_t parts, part_stride;
    float* y;                // may be x, if x is one array
    float scale;             // 1 / (1 - p)
    std::uint32_t threshold; // floor(p 2^32): a number is kept if its word is at least this
    std::uint32_t seed, layer;
    std::uint64_t step;
};

// Cross-entropy, and its gradient with respect to the logits: (softmax(logits) - onehot) / weight. The loss is
// sum(w loss) / weight, the mean over all examples; over some of them, their part of it. With smoothing s the target
// probabilities are (1 - s) onehot
// + s / classes (Szegedy et al. 2016, arXiv:1512.00567).
struct CrossEntropy {
    std::ptrdiff_t classes, examples, stride;
    const float* logits; // (classes, stride)
    const std::int32_t* targets;
    const float* weights = nullptr; // (stride), not negative; null: each is 1
    float weight = 0; // all examples' weights added up, or their number; 0 gives a loss and a gradient of 0
    float smoothing = 0;
    float* workspace;                   // 2 * stride floats
    std::ptrdiff_t first_row, last_row; // the rows of the gradient to write
    float* gradient;                    // (classes, stride); null: only the loss is computed
};

// The mean over examples and outputs of a loss of each output z and its target t, and its gradient with respect to z.
// With weights the loss is sum(w loss) / (sum(w) rows).
//   squared:  (z - t)^2
//   huber:    (z - t)^2 / 2 where |z - t| is below delta, otherwise delta (|z - t| - delta / 2)   (Huber 1964)
//   logistic: log(1 + exp(z)) - z t, t being 0 or 1: the cross-entropy of sigmoid(z)
enum class LossFunction { squared, huber, logistic };

struct ElementLoss {
    LossFunction function;
    float delta; // for huber
    std::ptrdiff_t rows, examples, stride;
    const float* z;                     // (rows, stride)
    const float* targets;               // (rows, stride)
    const float* weights;               // (stride), not negative; null: each is 1
    float weight;                       // their sum, or the number of examples; 0 gives a loss and a gradient of 0
    std::ptrdiff_t first_row, last_row; // the rows of the gradient to write
    float* gradient;                    // (rows, stride); null: only the loss is computed
};

// One step of n numbers by SGD with momentum, as PyTorch's torch.optim.SGD does it; velocity is 0 before the first
// step:
//   velocity = fma(momentum, velocity, g),  w = fma(-learning_rate, velocity, w)
struct Momentum {
    std::ptrdiff_t n;
    float* w;
    const float* g;
    float* velocity;
    float momentum, learning_rate;
};

// One AdamW step of n numbers, as PyTorch's torch.optim.AdamW does it (arXiv:1711.05101).
struct AdamW {
    std::ptrdiff_t n;
    float* w;
    const float* g;
    float* m;
    float* v;
    float decay;          // 1 - lr weight_decay
    float fresh1, fresh2; // 1 - beta1, 1 - beta2: the share of the new gradient in the moments
    float eps;
    float step_size;               // lr / (1 - beta1^t)
    float inverse_sqrt_correction; // 1 / sqrt(1 - beta2^t)
};

// Kernels for few examples. Activations lie by example, (examples, stride), and the features side by side in the lanes,
// because so few examples would fill few lanes. The arithmetic and the bits are those of the kernels above. Arrays of
// features, including gamma, are whole blocks of 16; the numbers behind the last feature may be anything, and take part
// in the computation.
inline constexpr std::ptrdiff_t few_examples = 14;
inline constexpr std::ptrdiff_t fewest_examples = 5; // for few_update

// z = z + shift: the bias.
struct FewShift {
    std::ptrdiff_t examples, features, stride;
    const float* shift;
    float* z;
};

// The part of NormForward before the activation: a = gamma x + beta.
struct FewNormForward {
    std::ptrdiff_t examples, features, stride; // at least 2 examples
    float* z;                                  // in: the Linear's output; out: x, for the backward pass
    const float* gamma;
    const float* beta;
    float eps;
    bool unbiased;
    float* a;
    float* inverse_std; // out, and so are mean and spread
    float* mean;
    float* spread;
    bool spread_is_std;
};

// The way back from there, or through the bias if gamma is null, which leaves da as it is.
struct FewNormBackward {
    std::ptrdiff_t examples, features, stride;
    float* da; // out: dz
    const float* x;
    const float* gamma;
    const float* inverse_std;
    bool unbiased;
    float* dgamma;
    float* dbeta; // or the bias's gradient
};

// C (m, n) = fma(alpha, A^T B, C) for A (examples, m) and B (examples, n), n a multiple of 16: an update of weights,
// for at most fewest_examples examples.
struct FewUpdate {
    std::ptrdiff_t m, n, examples;
    const float* a;
    std::ptrdiff_t a_stride;
    const float* b;
    std::ptrdiff_t b_stride;
    float* c;
    std::ptrdiff_t c_stride;
    float alpha;
};

// The update of any number of examples, and the first columns of the moved C once more, transposed: (columns,
// transposed_stride), of which whole blocks of 16 are written.
struct FewUpdateTransposed {
    FewUpdate update;
    std::ptrdiff_t columns;
    float* transposed;
    std::ptrdiff_t transposed_stride;
};

inline constexpr std::ptrdiff_t most_moved = 2; // examples of a few_forward that moves

// z = x W^T + shift, of weights that lie transposed, (inputs, weight_stride), after these have moved, where `moves`, as
// FewUpdate's C by the examples of the step before. outputs is a multiple of 16. There are Table::most_passed examples
// at most, and most_moved where `moves`.
struct FewForward {
    std::ptrdiff_t examples, inputs, outputs;
    const float* x;
    std::ptrdiff_t x_stride;
    float* weight;
    std::ptrdiff_t weight_stride;
    const float* shift; // null: none
    float* z;
    std::ptrdiff_t z_stride;
    bool moves;
    const float* x_before; // (examples, x_before_stride)
    std::ptrdiff_t x_before_stride;
    const float* dz_before; // (examples, dz_before_stride)
    std::ptrdiff_t dz_before_stride;
    float alpha;
};

// dx = dz W of the weights before they move as FewUpdate's C, (outputs, weight_stride), by dz and x. The neurons'
// groups are summed apart and added in order. inputs is a multiple of 16. There are Table::most_passed examples at
// most.
struct FewBackward {
    std::ptrdiff_t examples, inputs, outputs, groups;
    const float* dz;
    std::ptrdiff_t dz_stride;
    const float* x;
    std::ptrdiff_t x_stride;
    float* weight;
    std::ptrdiff_t weight_stride;
    float* dx;
    std::ptrdiff_t dx_stride;
    float alpha;
};

// CrossEntropy with neither weights nor smoothing.
struct FewCrossEntropy {
    std::ptrdiff_t classes, examples, stride;
    const float* logits; // (examples, stride), and so is the gradient
    const std::int32_t* targets;
    float* gradient;
};

struct Table {
    const char* isa;          // "avx512", "avx2", "sse2", "neon64", "neon", "scalar"
    std::ptrdiff_t tile_rows; // rows that the product computes at a time
    std::ptrdiff_t tile_columns;
    std::ptrdiff_t most_passed; // examples that few_forward and few_backward take
    void (*product)(const Product&);
    void (*taps_product)(const TapsProduct&);
    void (*taps_max)(const TapsMax&);
    void (*taps_max_back)(const TapsMax&);
    void (*narrow_weights)(const NarrowWeights&);
    void (*activate)(const Activate&);
    void (*activate_backward)(const ActivateBackward&);
    void (*affine)(const Affine&);
    void (*norm_forward)(const NormForward&);
    void (*norm_backward)(const NormBackward&, const float* shift); // shift: for activations that need a
    void (*row_norm_forward)(const RowNormForward&);
    void (*row_affine)(const RowAffine&);
    void (*row_norm_backward)(const RowNormBackward&);
    void (*moments)(const Moments&);
    void (*column_moments)(const ColumnMoments&);
    void (*join_columns)(const JoinColumns&);
    void (*standardise)(const Standardise&);
    void (*standardise_sums)(const StandardiseSums&);
    void (*standardise_backward)(const StandardiseBackward&);
    void (*dropout)(const Dropout&);
    float (*cross_entropy)(const CrossEntropy&);
    float (*element_loss)(const ElementLoss&);
    void (*few_shift)(const FewShift&);
    void (*few_norm_forward)(const FewNormForward&);
    void (*few_norm_backward)(const FewNormBackward&);
    void (*few_update)(const FewUpdate&);
    void (*few_update_transposed)(const FewUpdateTransposed&);
    void (*few_forward)(const FewForward&);
    void (*few_backward)(const FewBackward&);
    float (*few_cross_entropy)(const FewCrossEntropy&);
    void (*add)(std::ptrdiff_t n, const float* a, const float* b, float* y); // y = a + b; y may be a or b
    void (*sum_parts)(std::ptrdiff_t n, const float* parts, std::ptrdiff_t count, std::ptrdiff_t part_stride,
                      float* sum);
    void (*transpose)(std::ptrdiff_t rows, std::ptrdiff_t columns, const float* from, std::ptrdiff_t from_stride,
                      float* to, std::ptrdiff_t to_stride);
    void (*sgd)(std::ptrdiff_t n, float learning_rate, const float* g, float* w); // w = fma(-lr, g, w)
    void (*momentum)(const Momentum&);
    void (*adamw)(const AdamW&);
    // average += momentum (x - average): running statistics.
    void (*blend)(std::ptrdiff_t n, float momentum, const float* x, float* average);
    void (*scale)(std::ptrdiff_t n, float factor, float* x); // x = x factor
    // The sum of x^2: number i goes to lane i % 16 by fma, and the lanes are added by the tree of simd::sum.
    float (*sum_of_squares)(std::ptrdiff_t n, const float* x);
    // y[i] = tanh(x[i]), ...; y may be x. Accuracy: math.hpp.
    void (*tanh)(std::ptrdiff_t n, const float* x, float* y);
    void (*exp)(std::ptrdiff_t n, const float* x, float* y);
    void (*log)(std::ptrdiff_t n, const float* x, float* y);
};

// The table in use: the best one that the processor supports, or the one that NIB_ISA names in the environment at the
// first call. Null if NIB_ISA names one that the processor or the build does not have. Callable from any thread.
const Table* table() noexcept;

// The table of an instruction set by name, or null. Callable from any thread.
const Table* table_of(const char* isa) noexcept;

} // namespace nib::kernels
