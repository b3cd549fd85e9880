/*
 * nib/infer.h: run a folded model (.nib file), in memory that the caller gives. C99; libnib_infer.a.
 *
 * The way through, of a model of text:  nib_infer_workspace -> nib_infer_open -> nib_infer_logits, or
 *                                       nib_infer_sampler_init -> nib_infer_sampler_next, or nib_infer_sample
 *                  of one of a table:   nib_infer_workspace -> nib_infer_open -> nib_infer_classify or nib_infer_run
 *
 * Rules that hold for every function, unless its comment says otherwise:
 *   - It returns a nib_status; only NIB_OK means that the outputs were written. Any call can return
 *     NIB_ERR_INVALID_ARGUMENT: a NULL pointer, a value out of its range. NIB_ERR_MISMATCH: a function for the other
 *     kind of model.
 *   - No heap, no files, no global state, no C library but memcpy and memset. Nothing is printed.
 *   - No call needs more than 16 KB of stack (measured: 11, for nib_infer_sample).
 *   - Whatever floating-point environment the calling thread has set, results are those of round-to-nearest with
 *     numbers below 2^-126 kept, and no exception is a signal (on x86, ARM and RISC-V). What was found is put back,
 *     flags of exceptions included.
 *   - The file is used where it lies: mapped, in flash, or a C array. It must stay there and unchanged, at a multiple of
 *     NIB_INFER_ALIGNMENT, as long as a model opened on it is used.
 *   - An opened model is only read: any number of threads may share one, each with a workspace of its own. Copying
 *     the struct copies the handle. There is nothing to close.
 *   - A workspace is scratch memory at a multiple of NIB_INFER_ALIGNMENT. It keeps nothing between two calls. Too
 *     small or misaligned: NIB_ERR_WORKSPACE.
 *   - Results have the same bits on every instruction set with fused multiply-add, alone or in a batch; but "neon" takes
 *     numbers below 2^-126 for zeros.
 */
#ifndef NIB_INFER_H
#define NIB_INFER_H

#include "nib/status.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NIB_INFER_ALIGNMENT 64

/* Examples, contexts or rows, that are computed at a time, at most: a larger workspace gains nothing. */
#define NIB_INFER_MAX_BATCH 64

/* A model opened on a file. The contents are private. */
typedef struct nib_infer_model {
    uint64_t opaque[24];
} nib_infer_model;

/* The bytes of workspace for batch contexts, items or rows at a time, from the beginning of a file. batch 1 needs the least; more
 * than NIB_INFER_MAX_BATCH need no more than that. size: of the file. NIB_ERR_FORMAT: not a .nib file that this version
 * knows, or of another size. Only sizes are checked. */
NIB_API nib_status nib_infer_workspace(const void *file, size_t size, size_t batch, size_t *bytes);

/* Checks the whole file (sizes, checksum, that every number is finite, and its test vector, which is computed anew) and
 * opens it. The workspace is needed during the call only; that of batch 1 suffices. NIB_ERR_FORMAT: damaged, of another
 * kind, or of a later version; NIB_ERR_WORKSPACE. */
NIB_API nib_status nib_infer_open(const void *file, size_t size, void *workspace, size_t workspace_bytes,
                                  nib_infer_model *model);

/* The instruction set in use: "avx512", "avx2", "sse2", "neon64", "neon" (of 32-bit ARM) or "scalar"; nib_infer_open
 * takes the best that the processor has. Static storage. */
NIB_API const char *nib_infer_isa(const nib_infer_model *model);

/* NIB_ERR_UNSUPPORTED: this processor or build does not have it. */
NIB_API nib_status nib_infer_set_isa(nib_infer_model *model, const char *isa);

typedef struct nib_infer_info {
    size_t struct_size;                 /* set it to sizeof(nib_infer_info) before the call */
    int32_t context_length, vocabulary; /* of a model of text; of one of a table 0 */
    int32_t features;                   /* numbers that a row of a table has; of text 0 */
    int32_t outputs;                    /* numbers that an example gives: the vocabulary of text, classes, or numbers; 1 of a
                                         * model of two classes that was trained with the logistic loss */
    int32_t classes;                    /* of a table; of numbers and of text 0 */
    int32_t operations;     /* that the file has */
    int32_t bytes_encoding; /* 0: symbols are Unicode code points, written as UTF-8; 1: bytes */
    int32_t weight_bits;    /* 32: float, 16: bfloat16, 8: integers with a scale per output */
    int32_t symbol_bytes;   /* of the longest symbol, 1..4; of a table 0 */
    uint64_t file_bytes;
    uint64_t multiply_adds; /* an example */

    /* What folding cost, measured over certificate_examples examples; 0: it was not measured. */
    uint64_t certificate_examples;
    double loss_before, loss_after;  /* mean loss of the trained model and of this file; nats, but of numbers */
    double largest_logit_difference; /* absolute, of an output */
    double equal_argmax;             /* share of the examples, 0..1; of numbers 1 */
} nib_infer_info;

NIB_API nib_status nib_infer_get_info(const nib_infer_model *model, nib_infer_info *info);

/* contexts (count, context_length) of ids below the vocabulary's size, oldest first, 0 before the beginning; logits
 * (count, vocabulary). As many contexts are computed at a time as the workspace has room for. */
NIB_API nib_status nib_infer_logits(const nib_infer_model *model, const int32_t *contexts, size_t count, float *logits,
                                    void *workspace, size_t workspace_bytes);

/* x (count, features), rows in the units of the data, as the columns stand in nib_model_column (nib.h); y (count, outputs):
 * logits of the classes, or numbers in the unit of what was learned. Of one output for two classes, the logarithm of the
 * second's probability over the first's. As many rows are computed at a time as the workspace has room for. Infinities
 * are computed with; a row that has a NaN gives NaN in all outputs. x and y do not overlap. */
NIB_API nib_status nib_infer_run(const nib_infer_model *model, const float *x, size_t count, float *y, void *workspace,
                                 size_t workspace_bytes);

/* classes (count): of each row the class of the greatest logit, the first of equals; no exponential is computed. A row that
 * has a NaN gives 0. NIB_ERR_MISMATCH: the model has no classes. */
NIB_API nib_status nib_infer_classify(const nib_infer_model *model, const float *x, size_t count, int32_t *classes,
                                      void *workspace, size_t workspace_bytes);

/* A class as it was written in the data, UTF-8, length bytes without NUL, in the file. index: 0..classes - 1; each name before
 * it is passed over. NIB_ERR_MISMATCH: the model has no classes. */
NIB_API nib_status nib_infer_class_name(const nib_infer_model *model, int32_t index, const char **text, size_t *length);

/* The natural logarithm of the probability of an item: of each of its symbols and the end mark behind them. text need
 * not end with NUL. NIB_ERR_MISMATCH: a symbol that the vocabulary lacks. */
NIB_API nib_status nib_infer_log_probability(const nib_infer_model *model, const char *text, size_t length,
                                             double *log_probability, void *workspace, size_t workspace_bytes);

typedef struct nib_infer_sampler_options {
    size_t struct_size; /* set it to sizeof(nib_infer_sampler_options) before nib_infer_sampler_options_default */
    uint64_t seed;      /* default 0; nib_infer_sampler_init takes the lower 32 bits, nib_infer_sample all */
    float temperature;  /* > 0; logits are divided by it; default 1 */
    int32_t max_length; /* symbols an item at most, start included, 1..4096 (default): a longer one is ended there */
    const char *start;  /* text that each item begins with, part of the item; NULL (default): none. Not copied */
} nib_infer_sampler_options;

/* Fills in everything but struct_size. */
NIB_API nib_status nib_infer_sampler_options_default(nib_infer_sampler_options *options);

/* One item after the other from one Mersenne Twister; the draw is PyTorch's torch.multinomial on one thread, so that a
 * PyTorch program with the same seed draws the same. The contents are private. */
typedef struct nib_infer_sampler {
    uint64_t opaque[344];
} nib_infer_sampler;

/* The sampler keeps a copy of the model's handle, and points to the start text. NIB_ERR_MISMATCH: start has a symbol that
 * the vocabulary lacks. */
NIB_API nib_status nib_infer_sampler_init(nib_infer_sampler *sampler, const nib_infer_model *model,
                                          const nib_infer_sampler_options *options);

/* The next item: length bytes, without NUL. capacity: at least max_length * symbol_bytes. The workspace of batch 1
 * suffices. */
NIB_API nib_status nib_infer_sampler_next(nib_infer_sampler *sampler, char *text, size_t capacity, size_t *length,
                                          void *workspace, size_t workspace_bytes);

/* Many items by a counter-based stream (Philox4x32-10): item i of a seed is the same whatever other items are asked for, in
 * what pieces, with what workspace, and in which thread. Items first to first + count - 1: item i begins at
 * text + (i - first) * stride, lengths[i - first] are its bytes, without NUL; stride: at least max_length * symbol_bytes.
 * As many are drawn at a time as the workspace has room for; where one ends, the next takes its place. Probabilities
 * are met to 2^-23. NIB_ERR_MISMATCH: start has a symbol that the vocabulary lacks. */
NIB_API nib_status nib_infer_sample(const nib_infer_model *model, const nib_infer_sampler_options *options,
                                    uint64_t first, size_t count, char *text, size_t stride, uint32_t *lengths,
                                    void *workspace, size_t workspace_bytes);

#ifdef __cplusplus
}
#endif

#endif
