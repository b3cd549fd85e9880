/*
 * nib/nib.h: train a small neural network on text or on rows of numbers, on a CPU; fold it, sample from it. C99.
 *
 * The way through:  nib_dataset_load -> nib_model_create -> nib_trainer_create -> nib_trainer_run
 *                   -> nib_model_save,  nib_fold -> nib_folded_save -> nib_sampler_next
 *
 * Rules that hold for every function, unless its comment says otherwise:
 *   - It returns a nib_status; only NIB_OK means that the outputs were written. The sentence behind another
 *     status is nib_context_message() of the context that the handles were made in. Any call can return
 *     NIB_ERR_INVALID_ARGUMENT (a NULL handle or output, a value out of its range), NIB_ERR_NO_MEMORY and
 *     NIB_ERR_INTERNAL; further statuses are named at the function.
 *   - Nothing is printed, no signal is touched, the process is never ended, no exception leaves the library.
 *   - nib computes in round-to-nearest, without signals for floating-point exceptions and with numbers below 2^-126
 *     kept, whatever the calling thread has set (fesetround, feenableexcept, flush-to-zero, denormals-are-zero; on
 *     x86, ARM and RISC-V), and puts back what it found, flags of exceptions included. An allocator's functions run in
 *     that environment where a call that returns a nib_status calls them.
 *   - The calling thread needs 48 KB of stack that are free (measured: 22), or 512 KB where nib was compiled without
 *     optimisation; with less, a call is NIB_ERR_NO_MEMORY. On a stack of the program's own, as a coroutine has it,
 *     nobody checks.
 *   - nib's threads are OpenMP's. Where the system gives fewer than a context asks for (a limit on processes, too little
 *     address space), or where their stacks (OMP_STACKSIZE, ulimit -s) are smaller than those 48 KB, a call goes on with
 *     fewer or with the calling thread alone, to the same results. nib looks before OpenMP starts threads; only if
 *     somebody else takes the last one within those microseconds, or OpenMP code of the program's own has
 *     since ended threads that nib had used, may OpenMP print and end the process.
 *   - After fork(), once a context of more than one thread was made, the child computes with one thread as long as it
 *     lives, to the same results: the parent's threads are not in it. Handles that no thread was using at the fork go on
 *     in both.
 *   - X_create, X_load and nib_fold give a handle that the caller owns and ends with X_destroy;
 *     X_destroy(NULL) does nothing. A handle is ended before its context. A trainer keeps using its model
 *     and data set, and a sampler its model: those are ended after it.
 *   - A context and everything made in it are used by one thread at a time. Different contexts are
 *     independent: any number of threads may each work with its own.
 *   - A path to read from names a file or a pipe. Of a pipe, 1 GiB is read at most, and a signal that the program handles
 *     ends the wait for its writer: NIB_ERR_IO, as for a device, which may have no end.
 *   - Strings are UTF-8 and end with NUL. Arrays are dense and row-major. Sizes are elements, not bytes,
 *     unless the name says bytes.
 *   - A struct that nib reads or writes begins with its own size: set struct_size = sizeof the struct first,
 *     always. Then fill an option struct with its X_default function or nib_preset and change fields. No byte past
 *     struct_size is touched, so that a program built against an older, smaller struct goes on working with
 *     a newer library. A size that no version had is NIB_ERR_INVALID_ARGUMENT. Options that have an X_default
 *     function may be given as NULL for those.
 */
#ifndef NIB_NIB_H
#define NIB_NIB_H

#include "nib/status.h"

#include <stddef.h>
#include <stdint.h>

#define NIB_VERSION_MAJOR 0
#define NIB_VERSION_MINOR 1
#define NIB_VERSION_PATCH 0

#ifdef __cplusplus
extern "C" {
#endif

/* "0.1.0": the version of the library that runs. Static storage; any thread. */
NIB_API const char *nib_version(void);

/* CRC-32C (Castagnoli) of size bytes: the checksum in .nib files, for what a program wants to recognise. Any thread. */
NIB_API uint32_t nib_crc32c(const void *data, size_t size);

/* Text of any origin as it may stand on a terminal. Control characters (C0, DEL, C1), line separators, characters that
 * turn the direction of writing, and bytes that are not UTF-8 become escapes as C has them: a backslash and x1b, or u202e.
 * All else stays, so that visible text is not changed again. text: length bytes, NUL among them too; NULL is no text. At
 * most capacity bytes are written, NUL at their end included, cut between two characters or escapes; visible may be NULL.
 * Returns the bytes of the whole without the NUL, at most four for each of text; capacity or more: it was cut. Any
 * thread. */
NIB_API size_t nib_visible_text(const char *text, size_t length, char *visible, size_t capacity);

/* ---- Context: memory, threads, and the last message ------------------------------------------------ */

typedef struct nib_context nib_context;
typedef struct nib_dataset nib_dataset;
typedef struct nib_model nib_model;
typedef struct nib_trainer nib_trainer;
typedef struct nib_folded nib_folded;
typedef struct nib_sampler nib_sampler;

typedef struct nib_context_options {
    size_t struct_size;
    int32_t threads; /* 1..1024 threads for training and evaluation; 0 (default): every core this process may use, or
                      * one alone for training while that is faster, as on a busy machine: a run tries both from time to
                      * time. The results do not depend on it */

    /* Where arrays come from whose size depends on data or model. NULL (default): the C++ heap. allocate gives
     * size bytes at a multiple of alignment (a power of two), or NULL for no memory; deallocate gets the same
     * size and alignment. Both or neither. They are called from the thread that calls nib. */
    void *(*allocate)(void *user, size_t size, size_t alignment);
    void (*deallocate)(void *user, void *memory, size_t size, size_t alignment);
    void *user;
} nib_context_options;

NIB_API nib_status nib_context_options_default(nib_context_options *options);

/* NIB_ERR_UNSUPPORTED: the environment's NIB_ISA names an instruction set that this processor or build does not have.
 * A failure here has no context to ask: the status is all. */
NIB_API nib_status nib_context_create(const nib_context_options *options, nib_context **context);
NIB_API void nib_context_destroy(nib_context *context);

/* Why the last failing call in this context failed, in a sentence of at most 511 bytes; a longer one ends there, with a
 * whole letter. "" before the first. It may be shown on a terminal: what a file or a path put into it is visible text, as
 * of nib_visible_text. Valid until the next call in the context. */
NIB_API const char *nib_context_message(const nib_context *context);

NIB_API int32_t nib_context_threads(const nib_context *context);

/* The instruction set of the kernels: "avx512", "avx2", "sse2", "neon64" or "scalar". The best one that the
 * processor has, or what the environment variable NIB_ISA names. Static storage. */
NIB_API const char *nib_context_isa(const nib_context *context);

/* Replaces the file at path by size bytes, durably, as every function here writes its file: to ".nib-<process>-<number>.tmp"
 * in the same folder, which must be new, synced, renamed to path, the folder synced. A crash at any moment leaves the old
 * file or the whole new one. A new file gets the process's usual mode, a replaced one keeps its own. A symbolic link is
 * followed: it stays, and the file that it names is replaced. What is no regular file (/dev/stdout, a pipe) is written to
 * directly. data: size bytes, which may be NULL for none. NIB_ERR_IO: the message names path and what the system said;
 * path holds the old file then, the new one if only the sync of the folder failed, and the temporary file is gone. */
NIB_API nib_status nib_write_file(nib_context *context, const char *path, const void *data, size_t size);

/* ---- Data set: one item a line ---------------------------------------------------------------------- */

typedef enum nib_split { NIB_SPLIT_TRAIN = 0, NIB_SPLIT_VAL = 1, NIB_SPLIT_TEST = 2 } nib_split;

typedef enum nib_encoding {
    NIB_ENCODING_UTF8 = 0, /* a symbol is a Unicode code point; invalid UTF-8 is NIB_ERR_DATA */
    NIB_ENCODING_BYTES = 1 /* a symbol is a byte */
} nib_encoding;

typedef struct nib_dataset_options {
    size_t struct_size;
    nib_encoding encoding; /* default NIB_ENCODING_UTF8 */
    uint32_t shuffle_seed; /* default 42: items are shuffled as Python's random.seed(s); random.shuffle(items) does */

    /* NULL (default): the vocabulary is the set of symbols that occur, in ascending order, numbered from 1; 0 is the
     * end mark. A model: its vocabulary and encoding are used, and a symbol it lacks is NIB_ERR_MISMATCH. The data set
     * does not keep the pointer. */
    const nib_model *vocabulary_of;
    const nib_folded *vocabulary_of_folded; /* the same of a folded model; NULL (default). Not both */
} nib_dataset_options;

NIB_API nib_status nib_dataset_options_default(nib_dataset_options *options);

/* Reads a text file of one item a line: lines end with LF or CRLF, empty ones are skipped and counted, a last line needs
 * no end. Items are shuffled and split: train [0, int(0.8 n)), val [int(0.8 n), int(0.9 n)), test the rest, each at
 * least one item. An item of m symbols gives m + 1 examples: each symbol, and the end mark after it, predicted from the
 * symbols before. Memory: about two bytes a symbol and four an item (contexts are gathered when needed).
 * NIB_ERR_IO: cannot be read. NIB_ERR_DATA: empty, fewer than 10 items, an item longer than 4,096 symbols, invalid UTF-8,
 * more than 4,095 different symbols; text in UTF-16 or UTF-32, or of lines that end with CR alone, is called by that
 * name. NIB_ERR_MISMATCH: see vocabulary_of. The message names file and line. */
NIB_API nib_status nib_dataset_load(nib_context *context, const char *path, const nib_dataset_options *options, nib_dataset **dataset);

/* The same of size bytes in memory, which are copied. name stands in messages for the file's. */
NIB_API nib_status nib_dataset_from_memory(nib_context *context, const char *text, size_t size, const char *name,
                                           const nib_dataset_options *options, nib_dataset **dataset);
NIB_API void nib_dataset_destroy(nib_dataset *dataset);

/* Goes through a text's items as a data set reads them (a byte order mark before UTF-8, CRLF, empty lines), in the order
 * of the text; no symbol is looked at. at and line are 0 before the first call, then the caller's place in the text, in
 * bytes, and the number of the item's line, from 1. *item points into text, length bytes; at the end it is NULL and
 * length 0. No memory is allocated. Any thread. */
NIB_API nib_status nib_text_next_item(const char *text, size_t size, nib_encoding encoding, size_t *at, int64_t *line,
                                      const char **item, size_t *length);

typedef struct nib_dataset_info {
    size_t struct_size;
    int64_t items;              /* lines that are not empty */
    int64_t empty_lines;        /* lines that were skipped */
    int64_t longest_item;       /* symbols */
    int32_t vocabulary;         /* symbols and the end mark, 2..4096 */
    int64_t examples[3];        /* indexed by nib_split */
    nib_encoding encoding;
    int64_t checksum;           /* CRC-32C of the data in their shuffled order: 0..2^32 - 1 */

    /* Of a table; of text 0, as what stands above of examples but examples and checksum is 0 of a table. */
    int32_t columns;     /* that are read */
    int32_t features;    /* numbers of a row: a column of words has several */
    int32_t classes;     /* 0: there are numbers to learn */
    int32_t targets;     /* numbers to learn; 0: there are classes */
    int32_t has_weights; /* 1: rows have weights */
    const char *note;    /* what was guessed from a file, a sentence; "": nothing. Lives as long as the data set */
} nib_dataset_info;

NIB_API nib_status nib_dataset_get_info(const nib_dataset *dataset, nib_dataset_info *info);

/* Symbol id as UTF-8 text (at most 4 bytes and NUL), or as the byte; id 0 gives ".". The pointer lives as long as
 * the data set. */
NIB_API nib_status nib_dataset_symbol(const nib_dataset *dataset, int32_t id, const char **text);

/* Of a data set of text. Examples [first, first + count) of a split: contexts (count, context_length) int32 ids, oldest first, 0 before the
 * item's start; targets (count) the id that follows. Either output may be NULL. */
NIB_API nib_status nib_dataset_examples(const nib_dataset *dataset, nib_split split, int64_t first, int64_t count,
                                        int32_t context_length, int32_t *contexts, int32_t *targets);

/* ---- Networks: a list of layers, as a text ------------------------------------------------------------
 *
 *     embedding 24, flatten, 2 x (linear 256, batchnorm, tanh), linear gain=0.1
 *
 * A network is a text that lists layers in the order in which numbers pass through them:
 *
 *     items = item {sep item}      sep: a comma, line ends, or both; one may end the text; # begins a comment
 *     item  = WORD {SIZE} {KEY=VALUE} | COUNT x (items) | residual(items) | residual(items | items)
 *     VALUE = a number, a number / a number, or a word
 *
 * all of it in small letters. COUNT x (...) is that many copies of the items.
 *
 *     embedding E     a vector of E numbers for each symbol, E 1..4096: symbols (T) become (T, E). nn.Embedding
 *     flatten         (T, E) becomes a row (T E), symbol after symbol. nn.Flatten
 *     linear N        y = W x + b from a row, N 1..65536 numbers. nn.Linear
 *         bias=on|off
 *         init=fan-in|scaled   W is drawn as randn * gain / sqrt(numbers of x) (He et al. 2015, arXiv:1502.01852), or
 *                              as randn * gain; default fan-in
 *         gain=G               >= 0
 *         bias-init=S          >= 0: b is drawn as randn * S. Default: b is 0, and nothing is drawn
 *     batchnorm       each number of a row less its mean over the minibatch, over its deviation. nn.BatchNorm1d
 *         eps=X                >= 0, added to the variance; default 1e-5
 *         momentum=M           above 0, up to 1: the minibatch's share in the running statistics; default 0.1
 *         gain=G               the weight to begin with; default 1
 *         variance=biased|unbiased    of a minibatch, in training: over n (default), or over n - 1. The running one is
 *                                     always over n - 1
 *         running=variance|std        of which the running average is taken; default variance. With std, evaluation
 *                                     divides by it, and eps is not used there
 *     layernorm       each number of a row less the row's mean, over its deviation (Ba et al. 2016, arXiv:1607.06450).
 *                     nn.LayerNorm
 *         eps=X                >= 0, added to the variance; default 1e-5
 *     rmsnorm         each number of a row over the root of the row's mean square (Zhang and Sennrich 2019,
 *                     arXiv:1910.07467). nn.RMSNorm
 *         eps=X                >= 0, added to the mean square; default 2^-23
 *     dropout P       in training a number is 0 with probability P, 0 to below 1, default 0.5, and otherwise over 1 - P;
 *                     in evaluation nothing is done. nn.Dropout
 *     residual(items)          x plus what the items make of x (He et al. 2015, arXiv:1512.03385)
 *     residual(items | more)   the sum of what both make of x
 *     standardize     each number of a row less its mean over the training split, over its deviation there. First in the
 *                     list, of an input of floats. What tells of a word or a missing cell stays as it is, and what never
 *                     changes is not divided
 *     unscale         last in the list, of numbers to learn: the network learns them less their mean, over their deviation,
 *                     in the training split, and its outputs are in the data's unit. The loss is of what it reads
 *     tanh, relu, identity, gelu, silu, sigmoid, leaky-relu, elu, hardtanh, softplus, relu6
 *                     activations, element by element, as nib_activation says; gelu form=erf|tanh, default erf
 *
 * Two defaults look ahead, within the same list: a linear's bias is off if the next layer is a batchnorm, otherwise on;
 * its gain is that of the next activation, if nothing but norms and dropout stands between, otherwise 1.
 * The gains are PyTorch's where it has one (tanh 5/3, relu sqrt(2), leaky-relu sqrt(2/1.0001), sigmoid and identity 1),
 * softplus 1, and for the others the number that keeps the mean square of what passes: gelu 1.5335304, silu 1.6765325,
 * elu 1.2451983, hardtanh 1.3920360, relu6 1.4142136.
 *
 * The last linear of the list may lack its size if nothing behind it changes the shape: it is then the data's, one number
 * for each symbol of the vocabulary or class, or as many as there are numbers to learn. A size that is given must equal that.
 *
 * The input is a text of its own: "symbols context=T", the T symbols before the one to come, T 1..256, default 8; or
 * "floats N", a row of N numbers, which may lack N: it is then the data's.
 *
 * The loss is one, too. For classes:
 *
 *     cross-entropy   of the softmax of the outputs, one for each class; the default
 *         smoothing=S          0 to below 1, default 0: in training, the share of the wanted probability that all classes get
 *                              alike (Szegedy et al. 2016, arXiv:1512.00567)
 *     logistic        of two classes: one output, the logit of the second one
 *
 * and for numbers to learn, means over all of them, in deviations of the training split where the list ends with unscale:
 *
 *     squared         the squared difference; the default
 *     huber           half of it where it is below D, otherwise D (|difference| - D / 2). nn.HuberLoss
 *         delta=D              above 0, default 1
 *
 * Where examples have weights, a minibatch's loss is sum(weight loss) / sum(weight).
 *
 * Tensors are named as in the state_dict of a torch.nn.Sequential of the same layers, by position from 0, copies counted
 * one by one: "0.weight" of the embedding, "2.weight" and "2.bias" of a linear at position 2, "3.running_mean"; in a
 * residual at 4 "4.0.weight", and of its second list "4.shortcut.0.weight".
 *
 * A text that is wrong is NIB_ERR_INVALID_ARGUMENT, and in a file NIB_ERR_FORMAT. The message names the place, the word
 * and what was expected, for a word the nearest one too; where shapes do not fit, the layer's position and both shapes:
 *
 *     network, line 1, byte 36: 'batchnrm': expected a layer: embedding, flatten, ... or softplus (batchnorm?)
 *     network, layer 1 (linear): gets (8, 24): expected a row of numbers, (N); flatten makes one
 *
 * Limits: 1,024 layers, 256 KiB of text, as given and as nib prints it, parentheses within parentheses 16 deep. */

/* The activations: y from a. */
typedef enum nib_activation {
    NIB_TANH = 0,
    NIB_RELU = 1,       /* max(a, 0) */
    NIB_IDENTITY = 2,   /* a */
    NIB_GELU = 3,       /* a Phi(a), Phi being the normal distribution: torch.nn.GELU */
    NIB_GELU_TANH = 4,  /* GELU's tanh form: a/2 (1 + tanh(sqrt(2/pi) (a + 0.044715 a^3))) */
    NIB_SILU = 5,       /* a / (1 + exp(-a)) */
    NIB_SIGMOID = 6,    /* 1 / (1 + exp(-a)) */
    NIB_LEAKY_RELU = 7, /* max(a, a / 100) */
    NIB_ELU = 8,        /* a above 0, exp(a) - 1 below */
    NIB_HARDTANH = 9,   /* a, but at least -1 and at most 1 */
    NIB_SOFTPLUS = 10,  /* log(1 + exp(a)) */
    NIB_RELU6 = 11      /* max(a, 0), but at most 6 */
} nib_activation;

/* Strings that a program gives are copied by nib_model_create and need not live longer. Those that nib gives: of
 * nib_preset, static; of nib_model_get_options, the model's, which live as long as it; of nib_checkpoint_read, the
 * context's, which live until its next nib_checkpoint_read. */
typedef struct nib_model_options {
    size_t struct_size;
    const char *network; /* a list of layers, as above */
    const char *input;   /* "symbols context=8", "floats" */
    uint32_t seed;       /* of the random stream (MT19937, PyTorch's randn on one thread) */
    const char *loss;    /* as above; "" (default) or NULL: cross-entropy, or squared where there are numbers to learn */
} nib_model_options;

typedef enum nib_optimizer { NIB_SGD = 0, NIB_ADAMW = 1 } nib_optimizer;

/* The learning rate over the steps. NIB_SCHEDULE_STEP: learning_rate, from decay_at on times decay_factor.
 * NIB_SCHEDULE_COSINE: half a cosine that begins with learning_rate and would reach min_learning_rate at step
 * number `steps`, one past the last. NIB_SCHEDULE_CONSTANT: learning_rate. Each is multiplied by
 * (step + 1) / warmup_steps over the first warmup_steps. */
typedef enum nib_schedule {
    NIB_SCHEDULE_STEP = 0,
    NIB_SCHEDULE_COSINE = 1,
    NIB_SCHEDULE_CONSTANT = 2
} nib_schedule;

/* What the classes of a table weigh in training, times the examples' own weights. */
typedef enum nib_class_weights {
    NIB_CLASS_WEIGHTS_NONE = 0,    /* 1 each */
    NIB_CLASS_WEIGHTS_BALANCED = 1 /* n / (classes * n_c), n_c of n examples being of the class */
} nib_class_weights;

typedef struct nib_train_options {
    size_t struct_size;
    int64_t steps;      /* the whole run, 1..2^40: the schedule's length. It may be run in pieces */
    int32_t batch_size; /* 1..1048576; at least 2 with batch normalisation */
    nib_optimizer optimizer;
    nib_schedule schedule;
    double learning_rate;     /* > 0 */
    int64_t decay_at;         /* NIB_SCHEDULE_STEP; >= 0; steps or later: never */
    double decay_factor;      /* NIB_SCHEDULE_STEP; > 0 */
    double min_learning_rate; /* NIB_SCHEDULE_COSINE; >= 0 */
    int64_t warmup_steps;     /* >= 0 */
    double adam_beta1, adam_beta2, adam_eps; /* NIB_ADAMW (Loshchilov and Hutter 2019, arXiv:1711.05101) */
    double weight_decay; /* NIB_ADAMW: each weight matrix and the embedding lose learning_rate * weight_decay of themselves a step */
    /* NIB_SGD, 0 to below 1: a step adds -learning_rate v to the parameters, v being momentum times that of the step
     * before (0 at first) plus the gradient, as torch.optim.SGD has it. 0 (default): v is the gradient. */
    double momentum;
    /* >= 0. A step's gradient, of all parameters as one vector g, is multiplied by clip_norm / (|g| + 1e-6) where that is
     * below 1, before the optimiser has it: torch.nn.utils.clip_grad_norm_. 0 (default): never. */
    double clip_norm;
    nib_class_weights class_weights;
} nib_train_options;

/* Presets: "default", "mlp", "lecture-original", "lecture-softmax", "lecture-tanh", "lecture-kaiming", "lecture-batchnorm",
 * "lecture-deep". Either output may be NULL; an unknown name is NIB_ERR_INVALID_ARGUMENT. Any thread. */
NIB_API nib_status nib_preset(const char *name, nib_model_options *model, nib_train_options *train);

/* The name of preset index, in the order above; NULL past the last. */
NIB_API const char *nib_preset_name(size_t index);

/* ---- Options described: for a program that sets, shows or stores them without naming each ----------------- */

typedef enum nib_option_kind {
    NIB_OPTION_INT32 = 0,
    NIB_OPTION_UINT32 = 1,
    NIB_OPTION_INT64 = 2,
    NIB_OPTION_DOUBLE = 3,
    NIB_OPTION_FLAG = 4, /* int32_t: 0 or 1 */
    NIB_OPTION_WORD = 5, /* an enumeration, whose values are numbered from 0 */
    NIB_OPTION_TEXT = 6  /* const char *: ends with NUL */
} nib_option_kind;

/* A member of nib_model_options or nib_train_options. Strings and arrays are static. */
typedef struct nib_option_info {
    size_t struct_size;
    const char *name;      /* the member's, in messages, model files and checkpoints too: "batch_size" */
    const char *help;      /* what it is, in a few words; a line ends with LF where a help's column does */
    const char *flag;      /* of the program nib: "--batch"; NULL: it has none */
    const char *group;     /* the flag's heading in a help: "Training"; NULL without a flag */
    const char *label;     /* in a list of values: "network"; ", decay" goes on in the line before; NULL: it has none */
    const char *const *words; /* of the values 0, 1 ...: "sgd", "adamw"; of a flag "off", "on"; NULL for other kinds */
    size_t word_count;
    size_t offset;         /* of the member, in bytes from the struct's start. One past the end of the struct that a program
                            * was compiled with is an option of a newer library: leave it out */
    nib_option_kind kind;
    int32_t low_excluded, high_excluded; /* 1: low, or high, is itself out of range */
    int32_t needed_value;  /* that one of needs must have, or the option has no effect */
    const char *needs[2];  /* names of options; NULL: none */
    double low, high;      /* the least and the greatest value; infinite: none but those of an int64_t, or of the finite
                            * numbers of a double */
    double initial;        /* the value in the preset "mlp" */
    const char *initial_text; /* the same of a text; NULL for other kinds */
} nib_option_info;

/* Option index of nib_model_options, or of nib_train_options, in an order to show them in: every member but struct_size
 * once. NIB_ERR_INVALID_ARGUMENT past the last. Any thread. */
NIB_API nib_status nib_model_option(size_t index, nib_option_info *info);
NIB_API nib_status nib_train_option(size_t index, nib_option_info *info);

/* ---- Models ------------------------------------------------------------------------------------------- */

/* A new model over the data set's vocabulary, or its columns and classes, its parameters drawn in the order of the list, the items of a residual
 * before those of its second list. NIB_ERR_INVALID_ARGUMENT, for the texts too, as above. */
NIB_API nib_status nib_model_create(nib_context *context, const nib_model_options *options, const nib_dataset *dataset,
                                    nib_model **model);
NIB_API void nib_model_destroy(nib_model *model);

/* Writes a safetensors file: tensors named and laid out as PyTorch's state_dict of the same network; in __metadata__
 * vocabulary, options and "checksum", over all tensors and all other metadata. The same model gives the same bytes.
 * Atomic: path holds the old file or the whole new one. NIB_ERR_IO. */
NIB_API nib_status nib_model_save(const nib_model *model, const char *path);

/* NIB_ERR_IO; NIB_ERR_FORMAT: not such a file, or damaged: the tensors are not just those that its options ask for
 * (num_batches_tracked may be missing, what a checkpoint adds may be there), the checksum does not fit, a number is not
 * finite, a running variance is negative, or is 0 where a batchnorm of eps=0 or running=std divides by it, a whole number
 * is out of its range. The message names tensor or key, value and what was expected. A file that was changed on purpose
 * is taken without "checksum" in its metadata. NIB_ERR_MISMATCH: the tensors of a model without options and vocabulary,
 * as PyTorch saves a state_dict. Two things are taken and told by nib_model_info's converted: a prefix that all names
 * have, such as "module." or "_orig_mod.", which must leave the network's names; and parameters and running statistics
 * of F16 or BF16, which floats hold exactly, or of F64, which are rounded to the nearest float; one that is too large
 * for a float is NIB_ERR_FORMAT. */
NIB_API nib_status nib_model_load(nib_context *context, const char *path, nib_model **model);

/* The same of a file's size bytes in memory, which are copied. name stands in messages for the file's. */
NIB_API nib_status nib_model_from_memory(nib_context *context, const void *bytes, size_t size, const char *name,
                                         nib_model **model);

/* Replaces the parameters and running statistics by those of a safetensors file of the same network: a state_dict that
 * PyTorch saved, or a file of nib_model_save; with a prefix or of other floating types, as for nib_model_load. Options,
 * vocabulary and random stream stay. NIB_ERR_IO; NIB_ERR_FORMAT: not such a file, or damaged (checksum, numbers), as for
 * nib_model_load; NIB_ERR_MISMATCH: a tensor is missing, left over, or of another type or shape, or the file has a
 * vocabulary and it is another one. After an error the model is as before. */
NIB_API nib_status nib_model_load_parameters(nib_model *model, const char *path);

/* The same of a file's size bytes in memory, which are not kept. name stands in messages for the file's. */
NIB_API nib_status nib_model_parameters_from_memory(nib_model *model, const void *bytes, size_t size, const char *name);

typedef struct nib_model_info {
    size_t struct_size;
    int32_t vocabulary; /* of a model of a table 0 */
    nib_encoding encoding;
    int64_t parameters; /* trainable numbers */
    int32_t tensors;    /* trainable tensors, for nib_model_tensor */
    int64_t data_checksum; /* nib_dataset_info's, of the data set of the model's last trainer; -1: not known */
    /* What was changed on the way in from the file that parameters or a model were last loaded from: "8 tensors of F16
     * converted to F32; the prefix 'module.' left out of all names". "": nothing. Lives until others are loaded or
     * copied, a trainer resumes, or the model ends. */
    const char *converted;
    int32_t layers; /* for nib_model_layer */
    int64_t steps;  /* of training that its parameters have seen, 0..2^62, by all its trainers; of a file, as it tells */

    /* Of a model of a table; of text 0. */
    int32_t columns;  /* for nib_model_column */
    int32_t features; /* numbers of a row */
    int32_t classes;  /* for nib_model_class; 0: it learns numbers */
    int32_t outputs;  /* of nib_model_predict: a probability for each class, or numbers; of text the vocabulary's size */
} nib_model_info;

NIB_API nib_status nib_model_get_info(const nib_model *model, nib_model_info *info);

/* The options that the model was created with, the texts as nib prints them: on one line, copies written out, defaults
 * left out. Such a text gives the same network, and is printed as it stands. */
NIB_API nib_status nib_model_get_options(const nib_model *model, nib_model_options *options);

typedef struct nib_layer_info {
    size_t struct_size;
    const char *position; /* "4"; in a residual at 4 "4.0", in its second list "4.shortcut.0". Before the names of its tensors */
    const char *word;     /* "linear"; static */
    const char *text;     /* the layer as printed, "linear 96 gain=0.1"; of a residual, whose items are layers too, "residual" */
    int32_t in_rank, out_rank; /* how many of in and of out count, 1..4; the others are 0 */
    int64_t in[4], out[4];     /* shapes of an example: (T) of symbols, (T, E), (N); of a residual both are what it adds up */
    int64_t parameters;        /* trainable numbers */
    int64_t multiply_adds;     /* for one example, forward, in evaluation mode: of linear in * out, of a norm one for each
                                * number; activations, sums and additions of a bias are not counted */
} nib_layer_info;

/* Layer index of 0..layers-1, in the order of the list; a residual follows the layers in it. position and text live as long
 * as the model. */
NIB_API nib_status nib_model_layer(const nib_model *model, int32_t index, nib_layer_info *info);

/* Symbol id as text, as nib_dataset_symbol. */
NIB_API nib_status nib_model_symbol(const nib_model *model, int32_t id, const char **text);

/* The ids of a text's symbols: count of them, of which at most capacity are written. NIB_ERR_MISMATCH: a symbol that the
 * vocabulary lacks, or invalid UTF-8. */
NIB_API nib_status nib_model_encode(const nib_model *model, const char *text, int32_t *ids, size_t capacity, size_t *count);

typedef struct nib_tensor_info {
    size_t struct_size;
    const char *name; /* as in PyTorch's state_dict, for example "2.weight"; lives as long as the model */
    int64_t rows;     /* embedding: (vocabulary, E), 27 x 10; linear: (outputs, inputs); vectors: (n, 1) */
    int64_t columns;
} nib_tensor_info;

/* Trainable tensor index of 0..tensors-1, in state_dict order. values, if not NULL, gets rows * columns floats. */
NIB_API nib_status nib_model_tensor(const nib_model *model, int32_t index, nib_tensor_info *info, float *values);

/* The same way in. A number that is not finite is NIB_ERR_INVALID_ARGUMENT, the message names it, and the tensor stays
 * as it was. Buffers that were derived from the model before (folded models) do not change. */
NIB_API nib_status nib_model_set_tensor(nib_model *model, int32_t index, const float *values);

/* Copies the parameters, the running statistics, nib_model_info's steps and its data_checksum of a model into another one of
 * the same network, input and vocabulary, to the bit: how a program keeps the best model of a run, in one that
 * nib_model_create made of the same options beside it. Options and random stream of `to` stay. Nothing is allocated.
 * The models may be of two contexts, which one thread uses meanwhile; the message of an error is in that of `to`. A
 * trainer of `to` goes on from what was copied, with its own moments. NIB_ERR_MISMATCH: another network, input or
 * vocabulary; `to` is as before. */
NIB_API nib_status nib_model_copy(const nib_model *from, nib_model *to);

/* Logits in evaluation mode (running statistics): contexts (count, context_length) of ids, logits (count, vocabulary). */
NIB_API nib_status nib_model_logits(nib_model *model, const int32_t *contexts, int64_t count, float *logits);

/* Mean loss of an example over a whole split, evaluation mode: of classes and of text in nats, without smoothing and class
 * weights, and with the examples' weights. NIB_ERR_MISMATCH: another vocabulary, or other columns or classes;
 * NIB_ERR_DATA: the data set has no such split;
 * NIB_ERR_DIVERGED: the loss is not finite, since a number of the model, or a logit that it gives, is not. */
NIB_API nib_status nib_model_evaluate(nib_model *model, const nib_dataset *dataset, nib_split split, double *loss);

/* The same over the examples [first, first + count) of the split, as nib_dataset_examples numbers them; count at least 1.
 * A data set's items were shuffled before they were split, so that the first examples of a split are a random sample of
 * its items, and the same one each time. The whole split gives the bits of nib_model_evaluate. */
NIB_API nib_status nib_model_evaluate_range(nib_model *model, const nib_dataset *dataset, nib_split split, int64_t first,
                                            int64_t count, double *loss);

/* The natural logarithm of the probability of an item: of each of its symbols and of the end behind them. length: bytes of
 * text, which need not end with NUL. NIB_ERR_MISMATCH: a symbol that the vocabulary lacks, or invalid UTF-8;
 * NIB_ERR_DIVERGED: a logit is not finite. */
NIB_API nib_status nib_model_log_probability(nib_model *model, const char *text, size_t length, double *log_probability);

/* Replaces the running statistics of every batchnorm, first to last, by those of the whole split in one pass (variance
 * over n - 1). NIB_ERR_MISMATCH: another vocabulary. A model without batch normalisation is left as it is. */
NIB_API nib_status nib_model_calibrate(nib_model *model, const nib_dataset *dataset, nib_split split);

/* ---- Trainer ----------------------------------------------------------------------------------------- */

/* Trains model in place on the train split. Minibatches of text are drawn with replacement from the model's random stream,
 * which goes on where initialisation left it; those of a table without, by a permutation of each epoch that the model's
 * seed and the epoch's number give, one epoch behind the other, so that each minibatch is whole. The result does not depend on the number of threads. NIB_ERR_MISMATCH: another
 * vocabulary. */
NIB_API nib_status nib_trainer_create(nib_context *context, nib_model *model, const nib_dataset *dataset,
                                      const nib_train_options *options, nib_trainer **trainer);
NIB_API void nib_trainer_destroy(nib_trainer *trainer);

/* Runs count more steps, or as many as are left. losses, if not NULL, gets one mean minibatch loss (nats, before the update)
 * for each step run; done, if not NULL, their number. NIB_ERR_DIVERGED: a loss was not finite, the message names the step;
 * the steps before it were run, losses and done tell of them, and the model is as it was after them; the trainer
 * answers NIB_ERR_STATE from then on, unless it is resumed. The same where a parameter is not finite
 * after the last step of the run, or a running statistic after the last step of a call; no step is undone then, and the
 * message says which number and probably why. Steps run fastest in pieces of some hundred or more: between
 * two calls the threads meet. */
NIB_API nib_status nib_trainer_run(nib_trainer *trainer, int64_t count, float *losses, int64_t *done);

/* Writes a checkpoint: a file from which a trainer goes on to the very bits that this one would reach, with any number of
 * threads. It is a file as nib_model_save writes it, which nib_model_load takes too, with the optimiser's moments or momentum, the
 * random stream (the place in the data, as minibatches are drawn from it), the step, the training options and a checksum
 * of the data set added. Atomic and durable: written to ".nib-<process>-<number>.tmp" beside path, synced to the disk,
 * renamed; a crash at any moment leaves at path the old file or the whole new one. Time: that of writing three times the
 * parameters (AdamW) and of the disk's sync. NIB_ERR_IO. NIB_ERR_DIVERGED: a number in it would not be finite; NIB_ERR_STATE:
 * the run has diverged; in all three cases a file that was at path stays. */
NIB_API nib_status nib_trainer_save(nib_trainer *trainer, const char *path);

/* Puts trainer and model where nib_trainer_save was called, whatever they did before. The trainer was made with the same
 * options (with NIB_SCHEDULE_STEP and NIB_SCHEDULE_CONSTANT, steps may be more: such a run goes on), over a model of the same options and the same
 * data set, under the same or another context and number of threads. NIB_ERR_MISMATCH: one of those is another, and the message names each option that differs and both values.
 * NIB_ERR_IO; NIB_ERR_FORMAT: not a checkpoint, damaged as nib_model_load says, or of a later version. After an error
 * trainer and model are as before. */
NIB_API nib_status nib_trainer_resume(nib_trainer *trainer, const char *path);

/* Of what run a checkpoint is: the steps that had been run and the options, whose strings live until the context's next
 * nib_checkpoint_read. An output may be NULL. The names, types and
 * shapes of the tensors, the checksum and the metadata are checked; the numbers, by nib_trainer_resume. NIB_ERR_IO;
 * NIB_ERR_FORMAT as for nib_trainer_resume. */
NIB_API nib_status nib_checkpoint_read(nib_context *context, const char *path, int64_t *step, nib_model_options *model,
                                       nib_train_options *train);

/* Steps run so far, and the learning rate of a step (0-based). */
NIB_API int64_t nib_trainer_step(const nib_trainer *trainer);
NIB_API double nib_trainer_learning_rate(const nib_trainer *trainer, int64_t step);

/* The threads that the last steps were computed with: the context's, or 1 where that was left to nib and is faster,
 * and for batches of up to 14 examples of a network of up to 262,144 parameters, which more would slow down. */
NIB_API int32_t nib_trainer_threads(const nib_trainer *trainer);

/* ---- Diagnostics: a training step looked into ---------------------------------------------------------- */

/* nib_trainer_run, to the bit, that also measures the last step it runs, after which it looks at every parameter, as
 * after the last of the run: what the functions below tell. They tell of the
 * last step run, and answer NIB_ERR_STATE unless that was measured; histograms and values are taken when asked for, from
 * where the step left them. Measuring costs about as much as a step. The first call allocates: a float for each
 * activation of a minibatch and one for its slope, and with NIB_ADAMW or momentum one for each parameter. */
NIB_API nib_status nib_trainer_observe(nib_trainer *trainer, int64_t count, float *losses, int64_t *done);

/* Every std here is over n - 1, NaN for a single number. A unit is saturated in a row (an example of the minibatch) where
 * its activation passes on next to nothing of a gradient, a slope below 0.0591 in size: tanh outside [-0.97, 0.97], relu
 * at 0, identity never. */
typedef struct nib_layer_statistics {
    size_t struct_size;
    const char *name; /* the position of the activation, "4"; lives as long as the trainer */
    nib_activation activation;
    int32_t units;                     /* width of the layer */
    int32_t rows;                      /* examples of the minibatch */
    int32_t dead;                      /* units that are saturated in every row */
    double mean, std;                  /* of the units * rows activations */
    double saturated;                  /* share of them, 0..1 */
    double gradient_mean, gradient_std; /* of the minibatch's loss by the activations */
} nib_layer_statistics;

/* Of the network's activation number index, from 0, in the order of nib_model_layer. NIB_ERR_INVALID_ARGUMENT past the
 * last. */
NIB_API nib_status nib_trainer_layer_statistics(const nib_trainer *trainer, int32_t index, nib_layer_statistics *statistics);

typedef struct nib_tensor_statistics {
    size_t struct_size;
    const char *name; /* as nib_tensor_info's; lives as long as the model */
    int64_t rows, columns;
    double mean, std;                   /* of the parameters, after the step's update */
    double gradient_mean, gradient_std; /* of the minibatch's loss by the parameters as they were before it; with
                                         * clip_norm, what that made of it */
    double update_std; /* NIB_SGD without momentum: learning rate times gradient_std; otherwise: of what the step added */
    double gradient_to_data;            /* gradient_std / std */
    double log10_update_to_data;        /* log10(update_std / std): about -3 where training goes well */
} nib_tensor_statistics;

/* Of trainable tensor index, 0..tensors-1, numbered as for nib_model_tensor. */
NIB_API nib_status nib_trainer_tensor_statistics(const nib_trainer *trainer, int32_t index,
                                                 nib_tensor_statistics *statistics);

typedef enum nib_quantity {
    NIB_ACTIVATIONS = 0,          /* what an activation leaves: (units, rows) */
    NIB_ACTIVATION_GRADIENTS = 1, /* the loss's gradient by those */
    NIB_PARAMETER_GRADIENTS = 2,  /* the loss's gradient by a trainable tensor, clipped: (rows, columns) of nib_tensor_statistics */
    NIB_ACTIVATION_SLOPES = 3     /* the activation's derivative where each stands: (units, rows) */
} nib_quantity;

#define NIB_HISTOGRAM_BINS 100

/* As torch.histogram(x, bins=100, density=True): bins of one width from min to max, each without its upper edge but the
 * last; density is the share of the numbers over the bin's width. Where all numbers are x, the range is x - 0.5 to x + 0.5.
 * Where their range is not finite, every density is 0. */
typedef struct nib_histogram {
    size_t struct_size;
    double min, max;
    double density[NIB_HISTOGRAM_BINS];
} nib_histogram;

/* index: of an activation or of a trainable tensor, as quantity says. */
NIB_API nib_status nib_trainer_histogram(const nib_trainer *trainer, nib_quantity quantity, int32_t index,
                                         nib_histogram *histogram);

/* The numbers themselves, dense and row-major, of the shape that stands at the quantity. */
NIB_API nib_status nib_trainer_values(const nib_trainer *trainer, nib_quantity quantity, int32_t index, float *values);

/* ---- Folded model: batch normalisation folded into the weights, for deployment ------------------------- */

/* How weights stand in a folded model, embeddings and tables included. */
typedef enum nib_weights {
    NIB_WEIGHTS_F32 = 0,
    NIB_WEIGHTS_BF16 = 1, /* 16 bits: the upper half of a float; computed as floats */
    NIB_WEIGHTS_INT8 = 2  /* 8 bits and a scale an output; inputs are rounded to 8 bits too, products are integers */
} nib_weights;

/* How the embedding and the first linear layer stand in a folded model. */
typedef enum nib_first_layer {
    NIB_FIRST_LAYER_SMALLEST = 0, /* as the table below or as they are, whichever takes fewer bytes */
    NIB_FIRST_LAYER_TABLE = 1     /* multiplied out: what each symbol adds at each place. No products are left of them */
} nib_first_layer;

typedef struct nib_fold_options {
    size_t struct_size;
    nib_weights weights;         /* default NIB_WEIGHTS_F32 */
    nib_first_layer first_layer; /* default NIB_FIRST_LAYER_SMALLEST */

    /* What the certificate is measured on: a split of a data set with the model's vocabulary, or columns. NULL (default): the folded
     * model has no certificate. The folded model does not keep the pointer. */
    const nib_dataset *dataset;
    nib_split split;            /* default NIB_SPLIT_VAL */
    double max_loss_difference; /* > 0, in nats; of numbers in the certificate's unit, and a part of the loss where that is
                                 * above 1. 0 (default): 1e-5 with NIB_WEIGHTS_F32, else 0.005 */
} nib_fold_options;

NIB_API nib_status nib_fold_options_default(nib_fold_options *options);

/* Folds the evaluation-mode network, any list of layers. A batchnorm becomes part of the linear before it, per output
 * W' = W s, b' = (b - mean) s + beta, s = gamma / sqrt(variance + eps); behind anything else it stays as a scale and a
 * shift. unscale becomes part of the linear before it in the same way; standardize stays as it is, so that 8-bit weights
 * read standardized numbers. Dropout goes. The folded model keeps nothing of model. Its certificate is what both compute
 * over the whole split: loss (without smoothing and class weights; of numbers the mean squared difference, in deviations of
 * the training split where the list ends with unscale), largest difference of an output, share of equal argmax; the same
 * bits for any number of threads.
 * NIB_ERR_MISMATCH: the data set has another vocabulary, or other columns or classes, or the losses differ by more than
 * max_loss_difference; NIB_ERR_DIVERGED: a folded number or an output is not finite; NIB_ERR_UNSUPPORTED: NIB_FIRST_LAYER_TABLE and a network
 * without a linear right behind embedding and flatten, or NIB_WEIGHTS_INT8 and a linear of more than 65,536 inputs. */
NIB_API nib_status nib_fold(nib_model *model, const nib_fold_options *options, nib_folded **folded);
NIB_API void nib_folded_destroy(nib_folded *folded);

/* Atomic, as nib_model_save. NIB_ERR_IO. */
NIB_API nib_status nib_folded_save(const nib_folded *folded, const char *path);

/* NIB_ERR_IO; NIB_ERR_FORMAT: not a .nib file, damaged (checksum, sizes, a number that is not finite, test vector), or
 * of a later version. */
NIB_API nib_status nib_folded_load(nib_context *context, const char *path, nib_folded **folded);

/* The same of a file's size bytes in memory, which are copied. name stands in messages for the file's. */
NIB_API nib_status nib_folded_from_memory(nib_context *context, const void *bytes, size_t size, const char *name,
                                          nib_folded **folded);

typedef struct nib_folded_info {
    size_t struct_size;
    int32_t context_length, vocabulary; /* of a model of a table 0 */
    nib_encoding encoding;
    int32_t columns, features, classes, outputs; /* as nib_model_info's */
    int32_t weight_bits;    /* of a weight in the file: 32, 16 or 8 */
    int32_t operations;     /* that nib_folded_operation describes */
    size_t file_bytes;      /* of the .nib file: flash, where it is used in place */
    size_t head_bytes;      /* of these, header and list of operations, */
    size_t symbol_bytes;    /* the symbols' texts, or the classes' names, */
    size_t schema_bytes;    /* what the columns of a table are, */
    size_t test_bytes;      /* the test vector, and */
    size_t text_bytes;      /* the network's text; the rest is the operations' numbers, and up to 63 bytes between */
    size_t workspace_bytes; /* memory that nib/infer.h needs for one context, item or row at a time */
    int64_t multiply_adds;  /* for one symbol or row */
    const char *network;    /* the trained network's text; valid as long as the folded model */

    /* The certificate; certificate_examples is 0 where there is none. */
    int64_t certificate_examples;    /* of the split that it was measured on */
    double loss_before, loss_after;  /* mean loss of the trained model and of this one, as nib_fold has it */
    double largest_logit_difference; /* absolute, of an output */
    double equal_argmax;             /* share of the examples whose likeliest symbol or class is the same, 0..1; of numbers 1 */
} nib_folded_info;

NIB_API nib_status nib_folded_get_info(const nib_folded *folded, nib_folded_info *info);

/* A step of the folded network. */
typedef struct nib_operation_info {
    size_t struct_size;
    const char *word;        /* "table", "lookup", "dense", "scale-shift", "normalise", "standardize", an activation's word,
                              * "keep", "swap" or "add"; static storage */
    int32_t inputs, outputs; /* numbers; of a table and a lookup, inputs are the context's ids */
    int32_t weight_bits;     /* of its weights; 0: it has none, or they are floats beside those that have fewer bits */
    size_t bytes;            /* of its numbers in the file */
} nib_operation_info;

/* index: 0..operations - 1, in the order in which they are computed. */
NIB_API nib_status nib_folded_operation(const nib_folded *folded, int32_t index, nib_operation_info *info);

/* Symbol id as text, as nib_dataset_symbol. */
NIB_API nib_status nib_folded_symbol(const nib_folded *folded, int32_t id, const char **text);

/* The bytes of the folded model's file, at a multiple of 64: for nib_infer_open (nib/infer.h), which any number of threads may
 * then use, each with a workspace of its own. They live as long as the folded model. */
NIB_API nib_status nib_folded_data(const nib_folded *folded, const void **bytes, size_t *size);

/* Writes the folded model, its weights with the bits that they have, as one file of C99 that needs no library but its
 * own fmaf; the head of the file tells what it offers, and what memory it needs. Its names begin with prefix: a letter,
 * then letters, digits and underscores, 48 at most. Atomic, as nib_model_save. NIB_ERR_IO. */
NIB_API nib_status nib_export_c(const nib_folded *folded, const char *prefix, const char *path);

/* Writes the folded model as an ONNX file (opset 13): input "contexts", int64 (batch, context_length), or of a table
 * "rows", float (batch, features); output "logits", float (batch, outputs), of a model with the logistic loss (batch, 1);
 * any batch. The vocabulary, or what the columns and classes are, is in its metadata. Atomic, as nib_model_save. NIB_ERR_IO;
 * NIB_ERR_UNSUPPORTED: weights of fewer than 32 bits, or 2 GiB of them. */
NIB_API nib_status nib_export_onnx(const nib_folded *folded, const char *path);

/* Writes the network of a model, which is not a folded one, as one file of Python that needs PyTorch and safetensors, and
 * not nib. Its load(path) gives the torch.nn.Module of ids (n, context_length), oldest first, or rows (n, features), to
 * outputs (n, outputs), of a model with the logistic loss (n, 1), in evaluation mode, with the weights of a file of nib_model_save: the Python file has none. It has the vocabulary, or the names of
 * columns and classes, and says which parameters weight decay takes from. Where torch.nn does not train as nib does (batchnorm with
 * variance=unbiased or running=std), train() of that module raises. The same network and vocabulary give the same bytes.
 * Atomic, as nib_model_save. NIB_ERR_IO. */
NIB_API nib_status nib_export_pytorch(const nib_model *model, const char *path);

/* As nib_model_logits. */
NIB_API nib_status nib_folded_logits(nib_folded *folded, const int32_t *contexts, int64_t count, float *logits);

/* As nib_model_evaluate; but of numbers the mean squared difference in the data's unit. */
NIB_API nib_status nib_folded_evaluate(nib_folded *folded, const nib_dataset *dataset, nib_split split, double *loss);

/* As nib_model_log_probability. */
NIB_API nib_status nib_folded_log_probability(nib_folded *folded, const char *text, size_t length, double *log_probability);

/* ---- Plan: what a network will cost, before there is data or training ------------------------------------ */

typedef struct nib_plan_info {
    size_t struct_size;
    const char *network, *input; /* the texts as nib_model_get_options prints them; the context's: they live until its next
                                  * nib_plan */
    int64_t parameters;           /* trainable numbers */
    int64_t multiply_adds;        /* for one symbol or row, of the model: the sum over nib_layer_info's */
    int64_t folded_multiply_adds; /* the same of the folded model: nib_folded_info's multiply_adds */
    size_t file_bytes;            /* of the .nib file: flash, where it is used in place */
    size_t workspace_bytes;       /* memory that nib/infer.h needs for one context, item or row at a time: RAM */
} nib_plan_info;

/* Tells the sizes of the model that nib_model_create would make of options, and of the folded model that nib_fold would
 * make of that, to the byte. It computes them from shapes: nothing of the model's size is allocated, and no number is
 * drawn. outputs: the vocabulary's size with the end mark, 2..4096; or, where input is "floats N", the classes or numbers
 * to learn, 1..65536: numbers where there is one or the loss is for them. A table of such rows has columns without names,
 * and classes 0, 1 ...: names take bytes of their own. fold: NULL for the defaults; its weights and
 * first_layer count, its other options are checked and have no effect. NIB_ERR_INVALID_ARGUMENT, for the texts too, as of
 * nib_model_create; NIB_ERR_UNSUPPORTED as of nib_fold. */
NIB_API nib_status nib_plan(nib_context *context, const nib_model_options *options, int32_t outputs,
                            const nib_fold_options *fold, nib_plan_info *info);

/* ---- Sampler ------------------------------------------------------------------------------------------ */

typedef enum nib_stream {
    /* One MT19937 stream for all items, drawn from as PyTorch's multinomial does on one thread: the lecture's names. */
    NIB_STREAM_LECTURE = 0,
    /* Philox4x32-10: item i of a seed is the same whatever was drawn before it, and with any number of threads. A folded
     * model's items are drawn many at a time, ahead of those asked for, on the context's threads. */
    NIB_STREAM_COUNTER = 1
} nib_stream;

typedef struct nib_sampler_options {
    size_t struct_size;
    uint32_t seed;      /* default 42 */
    double temperature; /* > 0; logits are divided by it; default 1 */
    const char *start;  /* text that each item begins with, part of the item; NULL (default): none. Copied */
    int32_t max_length; /* symbols an item at most, start included, 1..4096 (default): a longer one is ended there */
    nib_stream stream;  /* default NIB_STREAM_LECTURE */
    int64_t first;      /* NIB_STREAM_COUNTER: the number of the first item, >= 0; default 0 */
} nib_sampler_options;

NIB_API nib_status nib_sampler_options_default(nib_sampler_options *options);

/* From a model or from a folded one. NIB_ERR_MISMATCH: start has a symbol that the vocabulary lacks. */
NIB_API nib_status nib_sampler_create(nib_model *model, const nib_sampler_options *options, nib_sampler **sampler);
NIB_API nib_status nib_sampler_create_folded(nib_folded *folded, const nib_sampler_options *options, nib_sampler **sampler);
NIB_API void nib_sampler_destroy(nib_sampler *sampler);

/* The next item, without an end of line. text stays valid until the next call; length, if not NULL, is its bytes (a byte
 * vocabulary may hold NUL). NIB_ERR_DIVERGED: a logit is not finite; of a folded model's items with NIB_STREAM_COUNTER,
 * which are drawn many at a time, this is not looked at. */
NIB_API nib_status nib_sampler_next(nib_sampler *sampler, const char **text, size_t *length);

#ifdef __cplusplus
}
#endif

#include "nib/table.h" /* IWYU pragma: export: it uses what stands above */

#endif
