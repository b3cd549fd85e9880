/*
 * nib/infer.h: run a folded model (.nib file), in memory that the caller gives. C99; libnib_infer.a.
 *
 * The usual order, for a model of text:  nib_infer_workspace -> nib_infer_open -> nib_infer_logits, or
 *                                        nib_infer_sampler_init -> nib_infer_sampler_next, or nib_infer_sample
 *                  for one of a table:   nib_infer_workspace -> nib_infer_open -> nib_infer_classify or nib_infer_run
 *
 * Rules that hold for every function, unless its comment says otherwise:
 *   - It returns a nib_status; only NIB_OK means that the outputs were written. Any call can return
 *     NIB_ERR_INVALID_ARGUMENT (a NULL pointer, a value out of its range) and NIB_ERR_MISMATCH (the function is for the
 *     other kind of model).
 *   - No heap, no files, no global state, no C library but memcpy and memset. Nothing is printed.
 *   - No call needs more than 16 KB of stack (measured: 11, for nib_infer_sample).
 *   - Whatever floating-point environment the calling thread has set, results are those of round-to-nearest with
 *     numbers below 2^-126 kept, and no exception raises a signal (on x86, ARM and RISC-V). Afterwards the thread's
 *     environment is restored, exception flags included.
 *   - The file is used in place: mapped, in flash, or as a C array. It must stay there unchanged, at a multiple of
 *     NIB_INFER_ALIGNMENT, as long as a model opened on it is used.
 *   - An opened model is never written to: any number of threads may share one, each with its own workspace. Copying
 *     the struct copies the handle. There is nothing to close.
 *   - A workspace is scratch memory at a multiple of NIB_INFER_ALIGNMENT. It keeps nothing between two calls. If it is
 *     too small or misaligned, the call returns NIB_ERR_WORKSPACE.
 *   - Results have the same bits on every instruction set with fused multiply-add, alone or in a batch, except that
 *     "neon" treats numbers below 2^-126 as zeros.
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

/* The most examples (contexts or rows) that are computed at a time: a larger workspace gains nothing. Series and
 * pictures are computed in the lanes, up to 32 at a time, from 8 examples on, if the weights have 32 bits, no convolution has
 * groups or a dilation along x, and planes of 16 examples have at most 512 KiB; others one at a time. */
#define NIB_INFER_MAX_BATCH 64

/* A model opened on a file. The contents are private. */
typedef struct nib_infer_model {
    uint64_t opaque[24];
} nib_infer_model;

/* The bytes of workspace for batch contexts, items or rows at a time; the beginning of a file is enough. batch 1
 * needs the least; more than NIB_INFER_MAX_BATCH needs no more than that. size: of the file. NIB_ERR_FORMAT: not a
 * .nib file that this version knows, or of another size. Only sizes are checked. */
NIB_API nib_status nib_infer_workspace(const void *file, size_t size, size_t batch, size_t *bytes);

/* Checks the whole file (sizes, checksum, that every number is finite, and its test vector, which is recomputed) and
 * opens it. The workspace is needed only during the call; that of batch 1 is enough. NIB_ERR_FORMAT: damaged, of
 * another kind, or of a later version; NIB_ERR_WORKSPACE. */
NIB_API nib_status nib_infer_open(const void *file, size_t size, void *workspace, size_t workspace_bytes,
                                  nib_infer_model *model);

/* The instruction set in use: "avx512", "avx2", "sse2", "neon64", "neon" (on 32-bit ARM) or "scalar"; nib_infer_open
 * takes the best one that the processor supports. Static storage. */
NIB_API const char *nib_infer_isa(const nib_infer_model *model);

/* Selects an instruction set. NIB_ERR_UNSUPPORTED: this processor or build does not have it. */
NIB_API nib_status nib_infer_set_isa(nib_infer_model *model, const char *isa);

typedef struct nib_infer_info {
    size_t struct_size;                 /* set it to sizeof(nib_infer_info) before the call */
    int32_t context_length, vocabulary; /* of a model of text; 0 for a table */
    int32_t features;                   /* numbers in a row of a table; 0 for text */
    int32_t outputs;                    /* outputs of an example: the vocabulary for text, classes, or numbers; 1 for
                                         * a model of two classes that was trained with the logistic loss */
    int32_t classes;                    /* of a table; 0 for numbers and for text */
    int32_t operations;     /* number of operations in the file */
    int32_t bytes_encoding; /* 0: symbols are Unicode code points, written as UTF-8; 1: bytes */
    int32_t weight_bits;    /* 32: float, 16: bfloat16, 8: integers with a scale per output */
    int32_t symbol_bytes;   /* of the longest symbol, 1..4; 0 for a table */
    uint64_t file_bytes;
    uint64_t multiply_adds; /* for one example */

    /* The cost of folding, measured over certificate_examples examples; 0: it was not measured. */
    uint64_t certificate_examples;
    double loss_before, loss_after;  /* mean loss of the trained model and of this file; in nats, except for numbers */
    double largest_logit_difference; /* absolute, of an output */
    double equal_argmax;             /* share of the examples, 0..1; 1 for numbers */
} nib_infer_info;

NIB_API nib_status nib_infer_get_info(const nib_infer_model *model, nib_infer_info *info);

/* contexts (count, context_length) of ids below the vocabulary's size, oldest first, 0 before the beginning; logits
 * (count, vocabulary). As many contexts are computed at a time as the workspace has room for. */
NIB_API nib_status nib_infer_logits(const nib_infer_model *model, const int32_t *contexts, size_t count, float *logits,
                                    void *workspace, size_t workspace_bytes);

/* x (count, features), rows in the units of the data, in the order of nib_model_column (nib.h), planes therefore as
 * (channel, y, x); y (count, outputs):
 * logits of the classes, or numbers in the unit of the learned numbers. If there is one output for two classes, it
 * is the logarithm of the second's probability over the first's. As many rows are computed at a time as the
 * workspace has room for. Infinities take part in the computation; a row with a NaN gives NaN in all outputs. x and
 * y must not overlap. */
NIB_API nib_status nib_infer_run(const nib_infer_model *model, const float *x, size_t count, float *y, void *workspace,
                                 size_t workspace_bytes);

/* classes (count): for each row the class with the greatest logit, the first if several are equal; no exponential is
 * computed. A row with a NaN gives 0. NIB_ERR_MISMATCH: the model has no classes. */
NIB_API nib_status nib_infer_classify(const nib_infer_model *model, const float *x, size_t count, int32_t *classes,
                                      void *workspace, size_t workspace_bytes);

/* A class as it was written in the data, UTF-8, length bytes without NUL, within the file. index: 0..classes - 1;
 * the call goes through the names before it. NIB_ERR_MISMATCH: the model has no classes. */
NIB_API nib_status nib_infer_class_name(const nib_infer_model *model, int32_t index, const char **text, size_t *length);

/* The natural logarithm of the probability of an item: the product over its symbols and the end mark behind them.
 * text need not end with NUL. NIB_ERR_MISMATCH: a symbol that is not in the vocabulary. */
NIB_API nib_status nib_infer_log_probability(const nib_infer_model *model, const char *text, size_t length,
                                             double *log_probability, void *workspace, size_t workspace_bytes);

typedef struct nib_infer_sampler_options {
    size_t struct_size; /* set it to sizeof(nib_infer_sampler_options) before nib_infer_sampler_options_default */
    uint64_t seed;      /* default 0; nib_infer_sampler_init uses the lower 32 bits, nib_infer_sample all */
    float temperature;  /* > 0; logits are divided by it; default 1 */
    int32_t max_length; /* the most symbols of an item, start included, 1..4096 (default): a longer item is cut off
                         * there */
    const char *start;  /* text that each item begins with, which is part of the item; NULL (default): none. Not
                         * copied */
} nib_infer_sampler_options;

/* Fills in everything but struct_size. */
NIB_API nib_status nib_infer_sampler_options_default(nib_infer_sampler_options *options);

/* Draws one item after the other from one Mersenne Twister, as PyTorch's torch.multinomial draws on one thread, so
 * that a PyTorch program with the same seed draws the same. The contents are private. */
typedef struct nib_infer_sampler {
    uint64_t opaque[344];
} nib_infer_sampler;

/* The sampler keeps a copy of the model's handle, and points to the start text. NIB_ERR_MISMATCH: start has a symbol
 * that is not in the vocabulary. */
NIB_API nib_status nib_infer_sampler_init(nib_infer_sampler *sampler, const nib_infer_model *model,
                                          const nib_infer_sampler_options *options);

/* The next item: length bytes, without NUL. capacity: at least max_length * symbol_bytes. The workspace of batch 1
 * is enough. */
NIB_API nib_status nib_infer_sampler_next(nib_infer_sampler *sampler, char *text, size_t capacity, size_t *length,
                                          void *workspace, size_t workspace_bytes);

/* Draws many items by a counter-based stream (Philox4x32-10): item i of a seed does not depend on which other items
 * are drawn, in what pieces, with what workspace, or in which thread. Draws items first to first + count - 1: item i
 * begins at text + (i - first) * stride and has lengths[i - first] bytes, without NUL; stride: at least max_length *
 * symbol_bytes. As many are drawn at a time as the workspace has room for; when one ends, the next takes its place.
 * Probabilities are exact to 2^-23. NIB_ERR_MISMATCH: start has a symbol that is not in the vocabulary. */
NIB_API nib_status nib_infer_sample(const nib_infer_model *model, const nib_infer_sampler_options *options,
                                    uint64_t first, size_t count, char *text, size_t stride, uint32_t *lengths,
                                    void *workspace, size_t workspace_bytes);

#ifdef __cplusplus
}
#endif

#endif
