// The kernels as one table of functions per instruction set: what the layers call.
//
// Activations are feature-major, [feature][example]: a "row" is one feature (one neuron) over the minibatch, a whole
// number of 16-float blocks long. Examples past the batch's end are padding: kernels may write anything there and never
// let it into a sum. Strides are in floats, between rows.
//
// No kernel allocates, throws or keeps state; any number of threads may call one with outputs that do not overlap.
#pragma once

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
};

// y = activation(x), of whole rows.
struct Activate {
    std::ptrdiff_t rows, examples, stride;
    nib_activation activation;
    const float* x;
    float* y; // may be x
};

// da = dy activation'(a) of rows that were activated by themselves, where a = gamma x + shift is computed anew.
struct ActivateBackward {
    std::ptrdiff_t rows, examples, stride;
    const float* dy; // the sum of `parts` arrays, added in order; null: 1, which makes da the slope
    std::ptrdiff_t parts, part_stride;
    const float* y;
    const float* x;
    const float* gamma; // null: 1
    const float* shift; // null: none
    nib_activation activation;
    float* da;     // may be dy, where that is one array
    float* dy_sum; // null, or where dy goes once summed
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
};

// The way back through activation and batch normalisation, or through activation and bias where gamma is null:
//   da = dy activation'(y),  dbeta = sum da,  dgamma = sum da x,
//   dz = gamma inverse_std (da - dbeta / n - x dgamma / (n or n - 1))
struct NormBackward {
    std::ptrdiff_t rows, examples, stride;
    const float* dy; // the sum of `parts` arrays, added in order, part_stride floats apart
    std::ptrdiff_t parts, part_stride;
    const float* y;
    const float* x; // with gamma null, z: the Linear's output
    const float* gamma;
    const float* inverse_std;
    bool unbiased;
    nib_activation activation;
    float* dz;     // may be dy, where that is one array
    float* dy_sum; // null, or where dy goes once summed, for diagnostics
    float* dgamma;
    float* dbeta; // or the bias's gradient
};

// The same of row-major arrays, (examples, stride), with tanh: some features, which lie side by side in the lanes.
// Variances are over examples. Nothing past the last feature is touched, arrays need no alignment.
struct RowNormForward {
    std::ptrdiff_t examples, features, stride;
    const float* z;
    const float* gamma;
    const float* beta;
    float eps;
    float* x; // may be z, as y may
    float* y;
    float* mean;
    float* inverse_std;
    float* workspace; // 16 floats for each feature and what fills them up to a multiple of 16
    bool past_caches; // x and y are larger than the caches, at multiples of 64 bytes as each row is, and not z
};

// In evaluation mode: y = tanh(scale z + shift).
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
    float* workspace; // twice RowNormForward's
    bool past_caches;
};

// Numbers from which on an array is taken to be larger than the caches: 32 MiB.
inline constexpr std::ptrdiff_t stream_from = 1 << 23;

// Each row's mean and sum of squared differences from it.
struct Moments {
    std::ptrdiff_t rows, examples, stride;
    const float* x;
    float* mean;
    float* scatter;
};

// Normalisation over the features of each example, that is down the rows:
//   layernorm: x_hat = (x - mean) / sqrt(var + eps),  y = gamma x_hat + beta     (Ba et al. 2016, arXiv:1607.06450)
//   rmsnorm:   x_hat = x / sqrt(mean square + eps),   y = gamma x_hat   (Zhang and Sennrich 2019, arXiv:1910.07467)
// var is over all rows. Rows lie with several threads, in groups that the shape alone decides: column_moments of each
// group, then the threads meet, join_columns of all groups, and standardise of own rows. On the way back
// standardise_sums of each group, then they meet, and standardise_backward of own rows. An array of columns has one
// number an example, and is as long as a row: a whole number of blocks.

// Each example's mean over the rows and sum of squared differences from it.
struct ColumnMoments {
    std::ptrdiff_t rows, examples, stride; // at least 1 row
    const float* x;
    float* mean;    // columns; null: 0, so that scatter is the sum of squares, for rmsnorm
    float* scatter; // columns
};

// Moments of several groups of rows as those of all rows.
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
    const float* gamma; // one a row, as beta
    const float* beta;  // null: none
    float* x_hat;       // kept for the way back; may be x, or y, which then holds y alone
    float* y;           // may be x
};

// The way back as far as one group of rows goes: g = dy gamma,  dgamma = sum dy x_hat,  dbeta = sum dy.
struct StandardiseSums {
    std::ptrdiff_t rows, examples, stride;
    const float* dy; // the sum of `parts` arrays, added in order, part_stride floats apart
    std::ptrdiff_t parts, part_stride;
    const float* x_hat;
    const float* gamma;
    float* g; // may be dy, where that is one array
    float* dgamma;
    float* dbeta;  // null: none
    float* sum_g;  // columns: the sum of g over the rows; null: rmsnorm
    float* sum_gx; // columns: that of g x_hat
};

// The rest of it: dx = inverse_std (g - sum g / features - x_hat sum g x_hat / features).
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

// y = x scale where a number is kept, otherwise 0; on the way back the same of dy. Number (row, example) has its own
// random word: word row % 4 of Philox4x32-10 with key (seed, layer) and counter (example, row / 4, step), the step
// taking two words, the low one first.
struct Dropout {
    std::ptrdiff_t rows, examples, stride;
    std::ptrdiff_t first_row; // the first row's number in its layer
    const float* x;           // the sum of `parts` arrays, added in order, part_stride floats apart
    std::ptrdiff_t parts, part_stride;
    float* y;                // may be x, where that is one array
    float scale;             // 1 / (1 - p)
    std::uint32_t threshold; // floor(p 2^32): what is kept has a word of at least that
    std::uint32_t seed, layer;
    std::uint64_t step;
};

// Mean cross-entropy over the examples, and its gradient by the logits: (softmax(logits) - onehot) / examples. With
// weights it is sum(w loss) / sum(w). With smoothing s the wanted probabilities are (1 - s) onehot + s / classes
// (Szegedy et al. 2016, arXiv:1512.00567).
struct CrossEntropy {
    std::ptrdiff_t classes, examples, stride;
    const float* logits; // (classes, stride)
    const std::int32_t* targets;
    const float* weights = nullptr; // (stride), not negative; null: each is 1
    float weight = 0;               // their sum, or the number of examples; 0 gives a loss and a gradient of 0
    float smoothing = 0;
    float* workspace;                   // 2 * stride floats
    std::ptrdiff_t first_row, last_row; // which rows of the gradient to write
    float* gradient;                    // (classes, stride); null: the loss alone
};

// The mean over examples and outputs of a loss of each output z and its target t, and its gradient by z. With weights
// it is sum(w loss) / (sum(w) rows).
//   squared:  (z - t)^2
//   huber:    (z - t)^2 / 2 where |z - t| is below delta, otherwise delta (|z - t| - delta / 2)   (Huber 1964)
//   logistic: log(1 + exp(z)) - z t, t being 0 or 1: the cross-entropy of sigmoid(z)
enum class LossFunction { squared, huber, logistic };

struct ElementLoss {
    LossFunction function;
    float delta; // of huber
    std::ptrdiff_t rows, examples, stride;
    const float* z;                     // (rows, stride)
    const float* targets;               // (rows, stride)
    const float* weights;               // (stride), not negative; null: each is 1
    float weight;                       // their sum, or the number of examples; 0 gives a loss and a gradient of 0
    std::ptrdiff_t first_row, last_row; // which rows of the gradient to write
    float* gradient;                    // (rows, stride); null: the loss alone
};

// One step of n numbers by SGD with momentum, as PyTorch's torch.optim.SGD does it, velocity being 0 before the first:
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

// Of few examples, activations lie by example, (examples, stride), and the features side by side in the lanes: examples
// would fill few of them. The arithmetic and the bits are those of the kernels above. Arrays of features, gamma's as
// well, are whole blocks of 16; what is behind the last feature may be anything, and is computed with.
inline constexpr std::ptrdiff_t few_examples = 14;
inline constexpr std::ptrdiff_t fewest_examples = 5; // of few_update

// z = z + shift: the bias.
struct FewShift {
    std::ptrdiff_t examples, features, stride;
    const float* shift;
    float* z;
};

// NormForward as far as the activation: a = gamma x + beta.
struct FewNormForward {
    std::ptrdiff_t examples, features, stride; // at least 2 examples
    float* z;                                  // in: the Linear's output; out: x, for the backward pass
    const float* gamma;
    const float* beta;
    float eps;
    bool unbiased;
    float* a;
    float* inverse_std; // out, as mean and spread
    float* mean;
    float* spread;
    bool spread_is_std;
};

// The way back from there, or through the bias where gamma is null, which leaves da as it is.
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

// C (m, n) = fma(alpha, A^T B, C) of A (examples, m) and B (examples, n), n a multiple of 16: an update of weights. At
// most fewest_examples.
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

inline constexpr std::ptrdiff_t most_passed = 2; // examples of few_forward and few_backward

// z = x W^T + shift, of weights that lie transposed, (inputs, weight_stride), after these have moved, where `moves`, as
// FewUpdate's C by the examples of the step before. outputs is a multiple of 16.
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
// groups are summed apart and added in order. inputs is a multiple of 16.
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
    const float* logits; // (examples, stride), as the gradient
    const std::int32_t* targets;
    float* gradient;
};

struct Table {
    const char* isa;          // "avx512", "avx2", "sse2", "neon64", "neon", "scalar"
    std::ptrdiff_t tile_rows; // rows that the product handles at a time
    std::ptrdiff_t tile_columns;
    void (*product)(const Product&);
    void (*activate)(const Activate&);
    void (*activate_backward)(const ActivateBackward&);
    void (*affine)(const Affine&);
    void (*norm_forward)(const NormForward&);
    void (*norm_backward)(const NormBackward&, const float* shift); // beta or the bias, for activations that need a
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

// The table in use: the best one that the processor has, or what NIB_ISA names in the environment at the first call.
// Null where NIB_ISA names one that the processor or the build does not have. Any thread.
const Table* table() noexcept;

// The table of an instruction set by name, or null. Any thread.
const Table* table_of(const char* isa) noexcept;

} // namespace nib::kernels
