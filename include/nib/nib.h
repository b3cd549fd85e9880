/*
 * nib/nib.h: train a small neural network on text or on rows of numbers, on a CPU; fold it, sample from it. C99.
 *
 * The usual order:  nib_dataset_load -> nib_model_create -> nib_trainer_create -> nib_trainer_run
 *                   -> nib_model_save,  nib_fold -> nib_folded_save -> nib_sampler_next
 *
 * Rules that hold for every function, unless its comment says otherwise:
 *   - It returns a nib_status; only NIB_OK means that the outputs were written. After any other status,
 *     nib_context_message() of the context in which the handles were made returns a sentence about it. Any call can
 *     return NIB_ERR_INVALID_ARGUMENT (a NULL handle or output, a value out of its range), NIB_ERR_NO_MEMORY and
 *     NIB_ERR_INTERNAL; further statuses are named at the function.
 *   - nib prints nothing, changes no signal handling, never ends the process and lets no exception out.
 *   - nib rounds to nearest, raises no signals for floating-point exceptions and keeps numbers below 2^-126, whatever
 *     the calling thread has set (fesetround, feenableexcept, flush-to-zero, denormals-are-zero; on x86, ARM and
 *     RISC-V). Afterwards it restores the thread's environment, exception flags included. An allocator's functions run
 *     in nib's environment if they are called by a function that returns a nib_status.
 *   - The calling thread needs 48 KB of free stack (measured: 22), or 512 KB if nib was compiled without optimisation.
 *     With less, a call returns NIB_ERR_NO_MEMORY. A stack of the program's own, such as a coroutine's, is not checked.
 *   - nib's threads are OpenMP's. If the system gives fewer than a context asks for (a limit on processes, too little
 *     address space), or if their stacks (OMP_STACKSIZE, ulimit -s) are smaller than those 48 KB, a call uses fewer
 *     threads, or the calling thread alone, with the same results. nib checks this before OpenMP starts threads. OpenMP
 *     may print and end the process only if something else takes the last thread within those microseconds, or if
 *     OpenMP code of the program's own has since ended threads that nib had used.
 *   - After fork(), if a context of more than one thread had been made, the child always computes with one thread, with
 *     the same results: the parent's threads do not exist in it. Handles that no thread was using at the time of the
 *     fork can be used in both processes.
 *   - X_create, X_load and nib_fold return a handle that the caller owns and ends with X_destroy; X_destroy(NULL) does
 *     nothing. End a handle before its context. A trainer keeps using its model and data set, and a sampler its model:
 *     end those after it.
 *   - Only one thread at a time may use a context and everything made in it. Different contexts are independent: any
 *     number of threads may each work with its own.
 *   - A path to read from names a file or a pipe. At most 1 GiB is read from a pipe, and a signal that the program
 *     handles ends the wait for its writer with NIB_ERR_IO. A device is NIB_ERR_IO too, as it may have no end.
 *   - Strings are UTF-8 and end with NUL. Arrays are dense and row-major. Sizes are elements, not bytes, unless the
 *     name says bytes.
 *   - A struct that nib reads or writes begins with its own size: always set struct_size = sizeof the struct first.
 *     Then fill an option struct with its X_default function or nib_preset, and change fields. No byte past struct_size
 *     is touched, so a program built with an older, smaller struct keeps working with a newer library. A size that no
 *     version had is NIB_ERR_INVALID_ARGUMENT. For options that have an X_default function, NULL stands for the
 *     defaults.
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

/* The version of the library that runs: "0.1.0". Static storage; any thread. */
NIB_API const char *nib_version(void);

/* CRC-32C (Castagnoli) of size bytes: the checksum in .nib files, also useful for recognising data. Any thread. */
NIB_API uint32_t nib_crc32c(const void *data, size_t size);

/* Converts text of any origin to a form that is safe on a terminal. Control characters (C0, DEL, C1), line
 * separators, characters that change the direction of writing, and bytes that are not UTF-8 become escapes as in C:
 * a backslash and x1b, or u202e. Everything else stays, so visible text is not changed again. text: length bytes,
 * which may include NUL; NULL is no text. Writes at most capacity bytes, including a NUL at their end, cut between
 * two characters or escapes; visible may be NULL. Returns the size of the whole in bytes without the NUL, at most
 * four for each byte of text; capacity or more means that it was cut. Any thread. */
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
    int32_t threads; /* 1..1024 threads for training and evaluation; 0 (default): every core this process may use.
                      * Training then uses one thread alone while that is faster, as on a busy machine: a run tries
                      * both from time to time. The results do not depend on it */

    /* The allocator of arrays whose size depends on data or model. NULL (default): the C++ heap. allocate returns
     * size bytes at a multiple of alignment (a power of two), or NULL if there is no memory; deallocate receives the
     * same size and alignment. Set both or neither. They are called from the thread that calls nib. */
    void *(*allocate)(void *user, size_t size, size_t alignment);
    void (*deallocate)(void *user, void *memory, size_t size, size_t alignment);
    void *user;
} nib_context_options;

NIB_API nib_status nib_context_options_default(nib_context_options *options);

/* NIB_ERR_UNSUPPORTED: the environment variable NIB_ISA names an instruction set that this processor or build does
 * not have. If this call fails there is no context, and so no message: only the status tells why. */
NIB_API nib_status nib_context_create(const nib_context_options *options, nib_context **context);
NIB_API void nib_context_destroy(nib_context *context);

/* Why the last failing call in this context failed, in a sentence of at most 511 bytes; a longer one is cut between
 * two letters. "" before the first failure. It is safe on a terminal: text from a file or a path appears in it as
 * nib_visible_text makes it. Valid until the next call in the context. */
NIB_API const char *nib_context_message(const nib_context *context);

NIB_API int32_t nib_context_threads(const nib_context *context);

/* The instruction set of the kernels: "avx512", "avx2", "sse2", "neon64" or "scalar". It is the best one that the
 * processor supports, or the one that the environment variable NIB_ISA names. Static storage. */
NIB_API const char *nib_context_isa(const nib_context *context);

/* Replaces the file at path by size bytes, durably, as every function here writes its file: to
 * ".nib-<process>-<number>.tmp" in the same folder, which must be new, is synced and is renamed to path; then the
 * folder is synced. A crash at any moment leaves the old file or the whole new one. A new file gets the process's
 * usual mode, a replaced one keeps its own. A symbolic link is followed: it stays, and the file that it names is
 * replaced. Anything but a regular file (/dev/stdout, a pipe) is written to directly. data: size bytes; may be NULL
 * if size is 0. NIB_ERR_IO: the message names path and the system's message; path then holds the old file, or the
 * new one if only the sync of the folder failed, and the temporary file is gone. */
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
    uint32_t shuffle_seed; /* default 42: items are shuffled as by Python's random.seed(s); random.shuffle(items) */

    /* NULL (default): the vocabulary is the set of symbols that occur, in ascending order, numbered from 1; 0 is the
     * end mark. A model: its vocabulary and encoding are used, and a symbol that it lacks is NIB_ERR_MISMATCH. The
     * data set does not keep the pointer. */
    const nib_model *vocabulary_of;
    const nib_folded *vocabulary_of_folded; /* the same for a folded model; NULL (default). Not both */
} nib_dataset_options;

NIB_API nib_status nib_dataset_options_default(nib_dataset_options *options);

/* Reads a text file of one item a line: lines end with LF or CRLF, empty ones are skipped and counted, the last line
 * needs no end. Items are shuffled and split: train [0, int(0.8 n)), val [int(0.8 n), int(0.9 n)), test the rest,
 * each at least one item. An item of m symbols gives m + 1 examples: each symbol, and the end mark after it,
 * predicted from the symbols before. Memory: about two bytes a symbol and four an item (contexts are gathered when
 * needed). NIB_ERR_IO: cannot be read. NIB_ERR_DATA: empty, fewer than 10 items, an item longer than 4,096 symbols,
 * invalid UTF-8, more than 4,095 different symbols; the message also recognises UTF-16, UTF-32 and lines that end
 * with CR alone. NIB_ERR_MISMATCH: see vocabulary_of. The message names file and line. */
NIB_API nib_status nib_dataset_load(nib_context *context, const char *path, const nib_dataset_options *options, nib_dataset **dataset);

/* The same for size bytes in memory, which are copied. Messages use name as the file's. */
NIB_API nib_status nib_dataset_from_memory(nib_context *context, const char *text, size_t size, const char *name,
                                           const nib_dataset_options *options, nib_dataset **dataset);
NIB_API void nib_dataset_destroy(nib_dataset *dataset);

/* Goes through a text's items as a data set reads them (a byte order mark before UTF-8, CRLF, empty lines), in the
 * order of the text; symbols are not checked. at and line are 0 before the first call, then the caller's position in
 * the text, in bytes, and the number of the item's line, from 1. *item points into text, length bytes; at the end it
 * is NULL and length 0. Allocates no memory. Any thread. */
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

    /* For a table; 0 for text. The members above, except examples and checksum, are 0 for a table. */
    int32_t columns;     /* columns that are read */
    int32_t features;    /* numbers of a row: a column of words has several */
    int32_t classes;     /* 0: there are numbers to learn */
    int32_t targets;     /* numbers to learn; 0: there are classes */
    int32_t has_weights; /* 1: rows have weights */
    const char *note;    /* sentences, a line each, on what was guessed from a file, and on columns and targets that
                          * have a single value in the training split; "": none. Lives as long as the data set */
} nib_dataset_info;

NIB_API nib_status nib_dataset_get_info(const nib_dataset *dataset, nib_dataset_info *info);

/* Symbol id as UTF-8 text (at most 4 bytes and NUL), or as the byte; "." for id 0. The pointer is valid as long as
 * the data set. */
NIB_API nib_status nib_dataset_symbol(const nib_dataset *dataset, int32_t id, const char **text);

/* Examples [first, first + count) of a split of a text: contexts (count, context_length) int32 ids, oldest first, 0
 * before the item's start; targets (count) the id that follows. Either output may be NULL. */
NIB_API nib_status nib_dataset_examples(const nib_dataset *dataset, nib_split split, int64_t first, int64_t count,
                                        int32_t context_length, int32_t *contexts, int32_t *targets);

/* ---- Networks: a list of layers, as a text ------------------------------------------------------------
 *
 *     embedding 24, flatten, 2 x (linear 256, batchnorm, tanh), linear gain=0.1
 *
 * A network is a text that lists layers in the order in which they are computed:
 *
 *     items = item {sep item}      sep: a comma, line ends, or both; one may end the text; # begins a comment
 *     item  = WORD {SIZE} {KEY=VALUE} | COUNT x (items) | residual(items) | residual(items | items)
 *     VALUE = a number, a number / a number, or a word
 *
 * all of it in small letters. COUNT x (...) is that many copies of the items.
 *
 *     embedding E     a vector of E numbers for each symbol, E 1..4096: symbols (T) become (T, E). nn.Embedding
 *     flatten         (T, E) becomes a row (T E), symbol after symbol; planes become one, channel after channel and
 *                     line after line. nn.Flatten
 *     linear N        y = W x + b from a row, N 1..65536 numbers. nn.Linear
 *         bias=on|off
 *         init=fan-in|scaled   W is drawn as randn * gain / sqrt(numbers of x) (He et al. 2015, arXiv:1502.01852), or
 *                              as randn * gain; default fan-in
 *         gain=G               >= 0
 *         bias-init=S          >= 0: b is drawn as randn * S. Default: b is 0, and nothing is drawn
 *     conv1d N K      of a series (C, L): N channels, 1..65536, each a weighted sum of what a window of K taps, 1..128,
 *                     meets in the input channels, and a bias. nn.Conv1d
 *     conv2d N HxW    of a picture (C, H, W), with a window of HxW taps; K is KxK. nn.Conv2d
 *         stride=S             from one window to the next, 1..128; default 1. S, padding and dilation of conv2d may be
 *                              two numbers as well, 2x1
 *         padding=P            zeros around the planes, 0..4096; default 0
 *         dilation=D           from one tap of a window to the next, 1..4096; default 1
 *         groups=G             cuts both kinds of channels into G parts, each convolved by itself; divides both. With as
 *                              many groups as input channels the convolution is depthwise
 *         bias=on|off, gain=G  as linear's; a weight is drawn as randn * gain / sqrt(C / groups * taps)
 *     maxpool K       the largest number of each window of K or HxW in each channel. nn.MaxPool1d, nn.MaxPool2d
 *     avgpool K       the mean of each window, to which the padding adds zeros. nn.AvgPool1d, nn.AvgPool2d
 *         stride=S             as conv2d's; default: the window's size
 *         padding=P            at most half of the window; default 0
 *     global-average  the mean of each channel: planes become a row (C)
 *     batchnorm       each number of a row, or each channel of planes, minus its mean over the minibatch, divided by its
 *                     deviation. nn.BatchNorm1d, nn.BatchNorm2d
 *         eps=X                >= 0, added to the variance; default 1e-5
 *         momentum=M           above 0, up to 1: the minibatch's share in the running statistics; default 0.1
 *         gain=G               the initial weight; default 1
 *         variance=biased|unbiased    of a minibatch, in training: over n (default), or over n - 1. The running one is
 *                                     always over n - 1
 *         running=variance|std        the quantity of the running average; default variance. With std, evaluation
 *                                     divides by it, and eps is not used there
 *     layernorm       each number of a row minus the row's mean, divided by its deviation (Ba et al. 2016,
 *                     arXiv:1607.06450). nn.LayerNorm
 *         eps=X                >= 0, added to the variance; default 1e-5
 *     rmsnorm         each number of a row divided by the root of the row's mean square (Zhang and Sennrich 2019,
 *                     arXiv:1910.07467). nn.RMSNorm
 *         eps=X                >= 0, added to the mean square; default 2^-23
 *     dropout P       in training a number becomes 0 with probability P, 0 to below 1, default 0.5, and is otherwise
 *                     divided by 1 - P; no effect in evaluation. nn.Dropout
 *         of=numbers|channels  what is dropped as a whole; channels are those of planes. nn.Dropout1d, nn.Dropout2d
 *     residual(items)          x plus the items' output for x (He et al. 2015, arXiv:1512.03385)
 *     residual(items | more)   the sum of both lists' outputs for x
 *     standardize     each number of a row minus its mean over the training split, divided by its deviation there.
 *                     First in the list, for an input of floats. A number that encodes a word or a missing cell stays
 *                     unchanged, and a constant number is not divided
 *     unscale         last in the list, for numbers to learn: the network learns them minus their mean, divided by
 *                     their deviation, in the training split, and its outputs are in the data's unit. The loss is
 *                     computed on this layer's input
 *     tanh, relu, identity, gelu, silu, sigmoid, leaky-relu, elu, hardtanh, softplus, relu6
 *                     activations, element by element, as nib_activation says; gelu form=erf|tanh, default erf
 *
 * Two defaults depend on later layers of the same list: the bias of a linear or a convolution is off if the next layer
 * is a batchnorm, otherwise on; its gain is that of the next activation if only norms and dropout stand between,
 * otherwise 1.
 * The gains are PyTorch's if it has one (tanh 5/3, relu sqrt(2), leaky-relu sqrt(2/1.0001), sigmoid and identity 1),
 * 1 for softplus, and for the others the number that preserves the mean square of the activations: gelu 1.5335304,
 * silu 1.6765325, elu 1.2451983, hardtanh 1.3920360, relu6 1.4142136.
 *
 * The last linear of the list may lack its size if nothing behind it changes the shape. The data then give the size:
 * one number for each symbol of the vocabulary or class, or as many as there are numbers to learn. A given size must
 * equal it.
 *
 * The input is a separate text: "symbols context=T", the T symbols before the one to predict, T 1..256, default 8; or
 * "floats N", a row of N numbers. Without N, the data give it. "floats CxL" is a series of C channels, "floats CxHxW" a
 * picture: the numbers of a row channel after channel, and line after line, 262,144 at most. Without extents, a
 * table from an array of (N, C, H, W), (N, H, W), (N, C, L) or (N, L) gives those that the layers ask for, with one
 * channel where the array has none.
 *
 * The loss is a separate text, too. For classes:
 *
 *     cross-entropy   of the softmax of the outputs, one for each class; the default
 *         smoothing=S          0 to below 1, default 0: in training, the share of the target probability that is spread
 *                              evenly over all classes (Szegedy et al. 2016, arXiv:1512.00567)
 *     logistic        for two classes: one output, the logit of the second one
 *
 * and for numbers to learn, means over all of them, in deviations of the training split if the list ends with unscale:
 *
 *     squared         the squared difference; the default
 *     huber           half of that if |difference| is below D, otherwise D (|difference| - D / 2). nn.HuberLoss
 *         delta=D              above 0, default 1
 *
 * If examples have weights, a minibatch's loss is sum(weight loss) / sum(weight).
 *
 * Tensors are named as in the state_dict of a torch.nn.Sequential of the same layers, by position from 0, copies
 * counted one by one: "0.weight" of the embedding, "2.weight" and "2.bias" of a linear at position 2,
 * "3.running_mean"; in a residual at 4 "4.0.weight", and in its second list "4.shortcut.0.weight".
 *
 * A faulty text is NIB_ERR_INVALID_ARGUMENT, and in a file NIB_ERR_FORMAT. The message names the place, the word and
 * what was expected, and for a word also the nearest known one. If shapes do not fit, it names the layer's position
 * and both shapes:
 *
 *     network, line 1, byte 36: 'batchnrm': expected a layer: embedding, flatten, ... or softplus (batchnorm?)
 *     network, layer 1 (linear): gets (8, 24): expected a row of numbers, (N); flatten makes one
 *
 * Limits: 1,024 layers, 256 KiB of text, as given and as nib prints it, parentheses nested 16 deep. */

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

/* nib_model_create copies the strings that a program passes, so they need not live longer. Strings that nib returns:
 * those of nib_preset are static; those of nib_model_get_options belong to the model and live as long as it; those
 * of nib_checkpoint_read belong to the context and live until its next nib_checkpoint_read. */
typedef struct nib_model_options {
    size_t struct_size;
    const char *network; /* a list of layers, as above */
    const char *input;   /* "symbols context=8", "floats" */
    uint32_t seed;       /* of the random stream (MT19937, PyTorch's randn on one thread) */
    const char *loss;    /* as above; "" (default) or NULL: cross-entropy, or squared if there are numbers to learn */
} nib_model_options;

typedef enum nib_optimizer { NIB_SGD = 0, NIB_ADAMW = 1 } nib_optimizer;

/* The learning rate over the steps. NIB_SCHEDULE_STEP: learning_rate, multiplied by decay_factor from step decay_at
 * on. NIB_SCHEDULE_COSINE: half a cosine that begins with learning_rate and would reach min_learning_rate at step
 * number `steps`, one past the last. NIB_SCHEDULE_CONSTANT: learning_rate. Each is multiplied by (step + 1) /
 * warmup_steps over the first warmup_steps. */
typedef enum nib_schedule {
    NIB_SCHEDULE_STEP = 0,
    NIB_SCHEDULE_COSINE = 1,
    NIB_SCHEDULE_CONSTANT = 2
} nib_schedule;

/* The weights of a table's classes in training, multiplied by the examples' own weights. */
typedef enum nib_class_weights {
    NIB_CLASS_WEIGHTS_NONE = 0,    /* 1 each */
    NIB_CLASS_WEIGHTS_BALANCED = 1 /* n / (classes * n_c), where n_c of n examples are of the class */
} nib_class_weights;

typedef struct nib_train_options {
    size_t struct_size;
    int64_t steps;      /* the length of the whole run and of the schedule, 1..2^40. It may be run in pieces */
    int32_t batch_size; /* 1..1048576; at least 2 with batch normalisation */
    nib_optimizer optimizer;
    nib_schedule schedule;
    double learning_rate;     /* > 0 */
    int64_t decay_at;         /* NIB_SCHEDULE_STEP; >= 0; steps or later: never */
    double decay_factor;      /* NIB_SCHEDULE_STEP; > 0 */
    double min_learning_rate; /* NIB_SCHEDULE_COSINE; >= 0 */
    int64_t warmup_steps;     /* >= 0 */
    double adam_beta1, adam_beta2, adam_eps; /* NIB_ADAMW (Loshchilov and Hutter 2019, arXiv:1711.05101) */
    double weight_decay; /* NIB_ADAMW: each step subtracts learning_rate * weight_decay of every weight matrix and of
                          * the embedding */
    /* NIB_SGD, 0 to below 1: a step adds -learning_rate v to the parameters, where v is momentum times the v of the
     * step before (0 at first) plus the gradient, as in torch.optim.SGD. 0 (default): v is the gradient. */
    double momentum;
    /* >= 0. The gradient of a step, of all parameters as one vector g, is multiplied by clip_norm / (|g| + 1e-6) if
     * that is below 1, before the optimiser uses it: torch.nn.utils.clip_grad_norm_. 0 (default): never. */
    double clip_norm;
    nib_class_weights class_weights;

    /* A power of two, 1..256; default 1. The minibatch is cut into so many pieces, each of whole blocks of 16
     * examples, the last block of the minibatch apart. Gradients, the statistics of norms over a minibatch and the loss
     * are added up within each piece, and the pieces' sums in one binary tree. The result therefore depends on segments,
     * in its last bits, and not on the number of processes that share the pieces out among them, nor on threads. There
     * must be a block for each piece: ceil(batch_size / 16) >= segments. With 128 examples or more a piece, cutting
     * costs a few percent of a step at most. */
    int32_t segments;
} nib_train_options;

/* Presets: "default", "mlp", "lecture-original", "lecture-softmax", "lecture-tanh", "lecture-kaiming",
 * "lecture-batchnorm", "lecture-deep"; for pictures, with their inputs: "fashion" (floats 1x28x28), "dscnn" (floats
 * 1x49x10), "resnet20" (floats 3x32x32), "resnet50" (floats 3x224x224). Either output may be NULL; an unknown name is
 * NIB_ERR_INVALID_ARGUMENT. Any thread. */
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
    const char *name;      /* the member's, also in messages, model files and checkpoints: "batch_size" */
    const char *help;      /* its meaning in a few words; LF where a help's column breaks lines */
    const char *flag;      /* the option of the program nib: "--batch"; NULL: none */
    const char *group;     /* the flag's heading in a help: "Training"; NULL if there is no flag */
    const char *label;     /* in a list of values: "network"; ", decay" continues the line before; NULL: not in such
                            * a list */
    const char *const *words; /* for the values 0, 1 ...: "sgd", "adamw"; for a flag "off", "on"; NULL for other
                               * kinds */
    size_t word_count;
    size_t offset;         /* the member's, in bytes from the struct's start. If it is past the end of the struct
                            * that a program was compiled with, the option belongs to a newer library: leave it out */
    nib_option_kind kind;
    int32_t low_excluded, high_excluded; /* 1: low, or high, is itself out of range */
    int32_t needed_value;  /* the value that one of needs must have, or the option has no effect */
    const char *needs[2];  /* names of options; NULL: none */
    double low, high;      /* the least and the greatest value; infinite: no limit but those of an int64_t, or of the
                            * finite numbers of a double */
    double initial;        /* the value in the preset "mlp" */
    const char *initial_text; /* the same for a text; NULL for other kinds */
} nib_option_info;

/* Option number index of nib_model_options, or of nib_train_options, in the order in which to show them: every
 * member but struct_size once. NIB_ERR_INVALID_ARGUMENT past the last. Any thread. */
NIB_API nib_status nib_model_option(size_t index, nib_option_info *info);
NIB_API nib_status nib_train_option(size_t index, nib_option_info *info);

/* ---- Models ------------------------------------------------------------------------------------------- */

/* A new model for the data set's vocabulary, or its columns and classes. Its parameters are drawn in the order of
 * the list, the items of a residual before those of its second list. NIB_ERR_INVALID_ARGUMENT, also for the texts,
 * as above. */
NIB_API nib_status nib_model_create(nib_context *context, const nib_model_options *options, const nib_dataset *dataset,
                                    nib_model **model);
NIB_API void nib_model_destroy(nib_model *model);

/* Writes a safetensors file: tensors with the names and layout of PyTorch's state_dict of the same network; in
 * __metadata__ vocabulary, options and "checksum", over all tensors and all other metadata. The same model gives the
 * same bytes. Atomic: path holds the old file or the whole new one. NIB_ERR_IO. */
NIB_API nib_status nib_model_save(const nib_model *model, const char *path);

/* The bytes of the file that nib_model_save writes, for nib_model_from_memory. They live until the model's next
 * nib_model_data, or until it ends. */
NIB_API nib_status nib_model_data(nib_model *model, const void **bytes, size_t *size);

/* Loads a model. NIB_ERR_IO. NIB_ERR_FORMAT: not such a file, or a damaged one: the tensors are not exactly those
 * that its options ask for (num_batches_tracked may be missing, a checkpoint's additions may be present), the
 * checksum does not match, a number is not finite, a running variance is negative, or is 0 where a batchnorm with
 * eps=0 or running=std divides by it, or a whole number is out of its range. The message names tensor or key, value
 * and what was expected. A file that was changed on purpose is accepted if its metadata have no "checksum".
 * NIB_ERR_MISMATCH: the tensors of a model without options and vocabulary, as PyTorch saves a state_dict. Two
 * deviations are accepted and reported in nib_model_info's converted: a prefix that all names share, such as
 * "module." or "_orig_mod.", if the rest are the network's names; and parameters and running statistics of F16 or
 * BF16, which floats hold exactly, or of F64, which are rounded to the nearest float; a number that is too large for
 * a float is NIB_ERR_FORMAT. */
NIB_API nib_status nib_model_load(nib_context *context, const char *path, nib_model **model);

/* The same for a file's size bytes in memory, which are copied. Messages use name as the file's. */
NIB_API nib_status nib_model_from_memory(nib_context *context, const void *bytes, size_t size, const char *name,
                                         nib_model **model);

/* Replaces the parameters and running statistics by those of a safetensors file of the same network: a state_dict
 * that PyTorch saved, or a file of nib_model_save; with a prefix or other floating types as for nib_model_load.
 * Options, vocabulary and random stream stay. names: NULL, or a text with a line for each tensor of a file whose
 * tensors have other names: the name in the file, blanks, the name in the network; # begins a comment. A line for a
 * num_batches_tracked may be left out if the file lacks it. NIB_ERR_INVALID_ARGUMENT, also for a name that stands
 * twice or that the file or the network lacks, and for a tensor without a line; the message names the line.
 * NIB_ERR_IO. NIB_ERR_FORMAT: not such a file, or damaged (checksum, numbers), as for nib_model_load.
 * NIB_ERR_MISMATCH: a tensor is missing, superfluous, or of another type or shape, or the file has a different
 * vocabulary. After an error the model is unchanged. */
NIB_API nib_status nib_model_load_parameters(nib_model *model, const char *path, const char *names);

/* The same for a file's size bytes in memory, which are not kept. Messages use name as the file's. */
NIB_API nib_status nib_model_parameters_from_memory(nib_model *model, const void *bytes, size_t size, const char *name,
                                                    const char *names);

typedef struct nib_model_info {
    size_t struct_size;
    int32_t vocabulary; /* 0 for a model of a table */
    nib_encoding encoding;
    int64_t parameters; /* trainable numbers */
    int32_t tensors;    /* trainable tensors, for nib_model_tensor */
    int64_t data_checksum; /* nib_dataset_info's, for the data set of the model's last trainer; -1: not known */
    /* The conversions that were made when parameters or a model were last loaded from a file: "8 tensors of F16
     * converted to F32; the prefix 'module.' left out of all names". "": none. Valid until others are loaded or
     * copied, a trainer resumes, or the model ends. */
    const char *converted;
    int32_t layers; /* for nib_model_layer */
    int64_t steps;  /* training steps that its parameters have seen, 0..2^62, by all its trainers; from a file, as it
                     * states */

    /* For a model of a table; 0 for text. */
    int32_t columns;  /* for nib_model_column */
    int32_t features; /* numbers of a row */
    int32_t classes;  /* for nib_model_class; 0: it learns numbers */
    int32_t outputs;  /* of nib_model_predict: a probability for each class, or numbers; for text the vocabulary's
                       * size */
} nib_model_info;

NIB_API nib_status nib_model_get_info(const nib_model *model, nib_model_info *info);

/* The options that the model was created with. The texts are as nib prints them: on one line, copies written out,
 * defaults left out. Such a text gives the same network, and nib prints it unchanged. */
NIB_API nib_status nib_model_get_options(const nib_model *model, nib_model_options *options);

typedef struct nib_layer_info {
    size_t struct_size;
    const char *position; /* "4"; in a residual at 4 "4.0", in its second list "4.shortcut.0". The prefix of the
                           * names of its tensors */
    const char *word;     /* "linear"; static */
    const char *text;     /* the layer as printed, "linear 96 gain=0.1"; "residual" for a residual, whose items are
                           * layers too */
    int32_t in_rank, out_rank; /* how many elements of in and of out are used, 1..4; the others are 0 */
    int64_t in[4], out[4];     /* shapes of one example: (T) of symbols, (T, E), (N), (C, L), (C, H, W); for a residual
                                * both are the shape of what it adds */
    int64_t parameters;        /* trainable numbers */
    int64_t multiply_adds;     /* for one example, forward, in evaluation mode: linear has in * out, a norm one for
                                * each number; activations, sums and additions of a bias are not counted */
} nib_layer_info;

/* Layer number index, 0..layers-1, in the order of the list; a residual follows the layers in it. position and text
 * live as long as the model. */
NIB_API nib_status nib_model_layer(const nib_model *model, int32_t index, nib_layer_info *info);

/* Symbol id as text, as for nib_dataset_symbol. */
NIB_API nib_status nib_model_symbol(const nib_model *model, int32_t id, const char **text);

/* The ids of a text's symbols: *count is their number, at most capacity are written. NIB_ERR_MISMATCH: a symbol that
 * is not in the vocabulary, or invalid UTF-8. */
NIB_API nib_status nib_model_encode(const nib_model *model, const char *text, int32_t *ids, size_t capacity, size_t *count);

typedef struct nib_tensor_info {
    size_t struct_size;
    const char *name; /* as in PyTorch's state_dict, for example "2.weight"; lives as long as the model */
    int64_t rows;     /* embedding: (vocabulary, E), 27 x 10; linear: (outputs, inputs); vectors: (n, 1); conv2d:
                       * (channels, input channels / groups * kernel height * kernel width) */
    int64_t columns;
    int64_t shape[4]; /* the extents in the state_dict, of which there are `rank`; the others are 0 */
    int32_t rank;
} nib_tensor_info;

/* Trainable tensor number index, 0..tensors-1, in state_dict order. values, if not NULL, receives rows * columns
 * floats. */
NIB_API nib_status nib_model_tensor(const nib_model *model, int32_t index, nib_tensor_info *info, float *values);

/* Sets a tensor's numbers, in the same order. A number that is not finite is NIB_ERR_INVALID_ARGUMENT; the message
 * names it, and the tensor stays unchanged. Objects that were derived from the model before (folded models) do not
 * change. */
NIB_API nib_status nib_model_set_tensor(nib_model *model, int32_t index, const float *values);

/* Copies a model's parameters, running statistics, and nib_model_info's steps and data_checksum to another model of
 * the same network, input and vocabulary, to the bit. A program can keep the best model of a run in this way, in a
 * second model that nib_model_create made with the same options. Options and random stream of `to` stay. Allocates
 * nothing. The models may belong to two contexts, both of which are in use during the call; an error's message is in
 * the context of `to`. A trainer of `to` continues from the copied parameters, with its own moments.
 * NIB_ERR_MISMATCH: another network, input or vocabulary; `to` is unchanged. */
NIB_API nib_status nib_model_copy(const nib_model *from, nib_model *to);

/* Logits in evaluation mode (with running statistics): contexts (count, context_length) of ids, logits (count,
 * vocabulary). */
NIB_API nib_status nib_model_logits(nib_model *model, const int32_t *contexts, int64_t count, float *logits);

/* Mean loss of an example over a whole split in evaluation mode: in nats for classes and text, without smoothing and
 * class weights, and with the examples' weights. NIB_ERR_MISMATCH: another vocabulary, or other columns or classes;
 * NIB_ERR_DATA: the data set has no such split; NIB_ERR_DIVERGED: the loss is not finite, because a number of the
 * model, or one of its logits, is not. */
NIB_API nib_status nib_model_evaluate(nib_model *model, const nib_dataset *dataset, nib_split split, double *loss);

/* The same over the examples [first, first + count) of the split, numbered as for nib_dataset_examples; count is at
 * least 1. A data set's items are shuffled before they are split, so the first examples of a split are a random
 * sample of its items, and the same one each time. The whole split gives the same bits as nib_model_evaluate. */
NIB_API nib_status nib_model_evaluate_range(nib_model *model, const nib_dataset *dataset, nib_split split, int64_t first,
                                            int64_t count, double *loss);

/* The natural logarithm of the probability of an item: the product over its symbols and the end mark behind them.
 * length: bytes of text, which need not end with NUL. NIB_ERR_MISMATCH: a symbol that is not in the vocabulary, or
 * invalid UTF-8; NIB_ERR_DIVERGED: a logit is not finite. */
NIB_API nib_status nib_model_log_probability(nib_model *model, const char *text, size_t length, double *log_probability);

/* Replaces the running statistics of every batchnorm, first to last, by those of the whole split in one pass
 * (variance over n - 1). NIB_ERR_MISMATCH: another vocabulary. A model without batch normalisation is left
 * unchanged. */
NIB_API nib_status nib_model_calibrate(nib_model *model, const nib_dataset *dataset, nib_split split);

/* ---- Trainer ----------------------------------------------------------------------------------------- */

/* Trains model in place on the train split. Minibatches of text are drawn with replacement from the model's random
 * stream, which continues from its initialisation. Those of a table are drawn without replacement: each epoch is a
 * permutation by the model's seed and the epoch's number, and epochs follow each other without a gap, so that each
 * minibatch is whole. The result does not depend on the number of threads. NIB_ERR_MISMATCH: another vocabulary. */
NIB_API nib_status nib_trainer_create(nib_context *context, nib_model *model, const nib_dataset *dataset,
                                      const nib_train_options *options, nib_trainer **trainer);
NIB_API void nib_trainer_destroy(nib_trainer *trainer);

/* Runs count more steps, or as many as are left. losses, if not NULL, receives a mean minibatch loss (nats, before
 * the update) for each step run; done, if not NULL, their number. NIB_ERR_DIVERGED: a loss was not finite, and the
 * message names the step. The steps before it were run, losses and done cover them, and the model is as it was after
 * them; the trainer then returns NIB_ERR_STATE until it is resumed. It also diverges if a parameter is not finite
 * after the last step of the run, or a running statistic after the last step of a call; no step is undone then, and
 * the message names the number and the probable cause. Steps run fastest in pieces of some hundred or more: between
 * two calls the threads meet. */
NIB_API nib_status nib_trainer_run(nib_trainer *trainer, int64_t count, float *losses, int64_t *done);

/* Writes a checkpoint: a file from which a trainer can resume this run, reproducible to the bit, with any number of
 * threads. It is a file as nib_model_save writes it, which nib_model_load accepts too, and has in addition the
 * optimiser's moments or momentum, the random stream (the position in the data, as minibatches are drawn from it),
 * the step, the training options and a checksum of the data set. Atomic and durable: written to
 * ".nib-<process>-<number>.tmp" beside path, synced to the disk, renamed; a crash at any moment leaves at path the
 * old file or the whole new one. Time: that of writing three times the parameters (AdamW) and of the disk's sync.
 * NIB_ERR_IO. NIB_ERR_DIVERGED: a number in it would not be finite. NIB_ERR_STATE: the run has diverged. In all
 * three cases an existing file at path stays. */
NIB_API nib_status nib_trainer_save(nib_trainer *trainer, const char *path);

/* Restores trainer and model to the state in which nib_trainer_save was called, whatever they did before. The
 * trainer must have been made with the same options, for a model with the same options and the same data set;
 * context and number of threads may differ. With NIB_SCHEDULE_STEP and NIB_SCHEDULE_CONSTANT, steps may be more: the
 * run then continues further. NIB_ERR_MISMATCH: one of these differs; the message names each option that differs and
 * both values. NIB_ERR_IO. NIB_ERR_FORMAT: not a checkpoint, damaged as for nib_model_load, or of a later version.
 * After an error trainer and model are unchanged. */
NIB_API nib_status nib_trainer_resume(nib_trainer *trainer, const char *path);

/* Describes the run that a checkpoint was written from: the steps that had been run and the options, whose strings
 * live until the context's next nib_checkpoint_read. An output may be NULL. The names, types and shapes of the
 * tensors, the checksum and the metadata are checked here; the numbers are checked by nib_trainer_resume.
 * NIB_ERR_IO; NIB_ERR_FORMAT as for nib_trainer_resume. */
NIB_API nib_status nib_checkpoint_read(nib_context *context, const char *path, int64_t *step, nib_model_options *model,
                                       nib_train_options *train);

/* Steps run so far, and the learning rate of a step (counted from 0). */
NIB_API int64_t nib_trainer_step(const nib_trainer *trainer);
NIB_API double nib_trainer_learning_rate(const nib_trainer *trainer, int64_t step);

/* The threads that the last steps were computed with: the context's, or 1 if the choice was left to nib and one is
 * faster. Batches of up to 14 examples of a network of up to 262,144 parameters always use 1, which is faster. */
NIB_API int32_t nib_trainer_threads(const nib_trainer *trainer);

/* ---- Ranks: processes that train one model together --------------------------------------------------------
 *
 * Each rank is a process, or a thread with its own context, that has the whole data set and the whole model and computes
 * a part of each minibatch. nib moves bytes between ranks by the functions below, which the program supplies, and adds
 * numbers itself, in an order that neither the number of ranks nor the functions can change: the result has the bits of
 * one rank with the same segments (nib_train_options). nib/nib_mpi.h has these functions for MPI.
 */

/* How bytes move between ranks. Every rank makes the same calls in the same order with the same sizes, 1 byte at least,
 * and a call ends when this rank has what it asked for. The functions are called from the thread that calls nib, in
 * nib's floating-point environment, one at a time. They call nothing of nib, and neither an exception nor longjmp
 * leaves them. Each returns 0, or the engine's error, by which the call of nib ends with NIB_ERR_COMMUNICATION. nib
 * sets no limit to the time that a function takes: one that may wait for a rank that is lost must end its wait by
 * itself. A buffer that is read is not one that is written, except for broadcast, which has one. */
typedef struct nib_collective {
    size_t struct_size;
    void *user;    /* the first argument of each function */
    int32_t rank;  /* of this process, 0..ranks-1 */
    int32_t ranks; /* 1..256; with 1 none of the functions is called, but none except abandon may be NULL */

    /* Gives bytes of every rank to every rank: receive[r * bytes .. (r + 1) * bytes) becomes what rank r sent. */
    int (*all_gather)(void *user, const void *send, size_t bytes, void *receive);

    /* Gives every rank its own piece of every rank's: receive[r * bytes .. (r + 1) * bytes) becomes
     * send[rank * bytes .. (rank + 1) * bytes) of rank r, where rank is this one's number. */
    int (*all_to_all)(void *user, const void *send, size_t bytes, void *receive);

    /* Gives rank 0's bytes to every rank. */
    int (*broadcast)(void *user, void *memory, size_t bytes);

    /* This rank cannot go on, and the others must not wait for it for ever; why is a sentence. It may end the process.
     * NULL: nothing is done, and the others wait as long as their functions do. */
    void (*abandon)(void *user, const char *why);
} nib_collective;

/* As nib_trainer_create, for a trainer of all ranks: every rank calls it with equal arguments, and every later call of
 * such a trainer that runs steps or resumes is made by every rank too, with the same counts; nib_trainer_save is one
 * rank's own. A rank that cannot make a call that the others make, for want of a file say, must end them itself, as by
 * MPI_Abort: they wait for it as long as their functions do. The struct is copied; its user and functions must outlive
 * the trainer. Threads may differ between ranks. nib_trainer_observe gathers the numbers of all ranks, so that every
 * rank has the statistics of the whole minibatch. NIB_ERR_INVALID_ARGUMENT: also, fewer segments than ranks; the
 * message says how many it takes. NIB_ERR_MISMATCH: also, the ranks have another version of nib, other options, another
 * model or another data set, or some compute with fused multiply-add and some without; the message names what differs
 * and a rank. If one rank fails, all do: another's then returns that rank's status, and its message names the rank.
 * NIB_ERR_COMMUNICATION: a function of collective failed, and the message names it and its error.
 *
 * nib_trainer_run and nib_trainer_observe of such a trainer also return NIB_ERR_COMMUNICATION. The model is then as
 * it was after the last whole step, which may be one step later on some ranks than on others, and the trainer returns
 * NIB_ERR_STATE until it is resumed, by every rank. If one rank fails alone, for want of memory, it calls abandon
 * before it returns. nib_trainer_resume also returns NIB_ERR_COMMUNICATION, and NIB_ERR_MISMATCH if the ranks resumed
 * different checkpoints; after either the trainer must be resumed again. */
NIB_API nib_status nib_trainer_create_distributed(nib_context *context, nib_model *model, const nib_dataset *dataset,
                                                  const nib_train_options *options, const nib_collective *collective,
                                                  nib_trainer **trainer);

/* As nib_model_evaluate_range, the examples shared out among the ranks, with the same bits on every rank as on one.
 * Every rank calls it with the same model, data set and numbers; its threads may differ. NIB_ERR_MISMATCH: also, the
 * ranks differ in one of these, or as at nib_trainer_create_distributed; the message names what differs and a rank. If
 * one rank is refused, all are. NIB_ERR_COMMUNICATION. */
NIB_API nib_status nib_model_evaluate_distributed(nib_model *model, const nib_dataset *dataset, nib_split split,
                                                  int64_t first, int64_t count, const nib_collective *collective,
                                                  double *loss);

/* ---- Diagnostics: a training step looked into ---------------------------------------------------------- */

/* The same as nib_trainer_run, to the bit, but it also measures the last step that it runs, and afterwards checks
 * every parameter, as after the last step of the run. The functions below return these measurements of the last step
 * run, and NIB_ERR_STATE unless that step was measured. Histograms and values are computed on request, from the
 * memory in which the step left its numbers. Measuring costs about as much as a step. The first call allocates a
 * float for each activation of a minibatch and one for its slope, and with NIB_ADAMW or momentum one for each
 * parameter. */
NIB_API nib_status nib_trainer_observe(nib_trainer *trainer, int64_t count, float *losses, int64_t *done);

/* Every std here is over n - 1, and NaN for a single number. A unit is a number of a row, or a channel of planes, which
 * has as many positions as a plane has numbers. A unit is saturated at a position in a row (an example of the minibatch)
 * if its activation passes on almost nothing of a gradient, with a slope below 0.0591 in size: tanh outside
 * [-0.97, 0.97], relu at 0, identity never. */
typedef struct nib_layer_statistics {
    size_t struct_size;
    const char *name; /* the position of the activation, "4"; lives as long as the trainer */
    nib_activation activation;
    int32_t units;                     /* numbers of a row, or channels of planes */
    int32_t rows;                      /* examples of the minibatch */
    int32_t dead;                      /* units that are saturated in every row, at every position */
    double mean, std;                  /* of the units * positions * rows activations */
    double saturated;                  /* the share of these that is saturated, 0..1 */
    double gradient_mean, gradient_std; /* of the minibatch's loss with respect to the activations */
    int32_t positions; /* of a unit: the numbers of a plane, L or H * W; 1 in a row */
} nib_layer_statistics;

/* Statistics of the network's activation number index, from 0, in the order of nib_model_layer.
 * NIB_ERR_INVALID_ARGUMENT past the last. */
NIB_API nib_status nib_trainer_layer_statistics(const nib_trainer *trainer, int32_t index, nib_layer_statistics *statistics);

typedef struct nib_tensor_statistics {
    size_t struct_size;
    const char *name; /* as nib_tensor_info's; lives as long as the model */
    int64_t rows, columns;
    double mean, std;                   /* of the parameters, after the step's update */
    double gradient_mean, gradient_std; /* of the minibatch's loss with respect to the parameters before the update;
                                         * with clip_norm, of the clipped gradient */
    double update_std; /* NIB_SGD without momentum: learning rate times gradient_std; otherwise that of the numbers
                        * that the step added */
    double gradient_to_data;            /* gradient_std / std */
    double log10_update_to_data;        /* log10(update_std / std): about -3 if training goes well */
} nib_tensor_statistics;

/* Statistics of trainable tensor number index, 0..tensors-1, numbered as for nib_model_tensor. */
NIB_API nib_status nib_trainer_tensor_statistics(const nib_trainer *trainer, int32_t index,
                                                 nib_tensor_statistics *statistics);

typedef enum nib_quantity {
    NIB_ACTIVATIONS = 0,          /* the outputs of an activation: (units, positions, rows) */
    NIB_ACTIVATION_GRADIENTS = 1, /* the loss's gradient with respect to those */
    NIB_PARAMETER_GRADIENTS = 2,  /* the loss's gradient with respect to a trainable tensor, clipped: (rows, columns)
                                   * of nib_tensor_statistics */
    NIB_ACTIVATION_SLOPES = 3     /* the activation's derivative at each of them: (units, positions, rows) */
} nib_quantity;

#define NIB_HISTOGRAM_BINS 100

/* As torch.histogram(x, bins=100, density=True): bins of equal width from min to max, each without its upper edge
 * except the last; density is the share of the numbers divided by the bin's width. If all numbers are x, the range
 * is x - 0.5 to x + 0.5. If their range is not finite, every density is 0. */
typedef struct nib_histogram {
    size_t struct_size;
    double min, max;
    double density[NIB_HISTOGRAM_BINS];
} nib_histogram;

/* index: of an activation or of a trainable tensor, depending on quantity. */
NIB_API nib_status nib_trainer_histogram(const nib_trainer *trainer, nib_quantity quantity, int32_t index,
                                         nib_histogram *histogram);

/* The numbers themselves, dense and row-major, in the shape stated at the quantity. */
NIB_API nib_status nib_trainer_values(const nib_trainer *trainer, nib_quantity quantity, int32_t index, float *values);

/* ---- Folded model: batch normalisation folded into the weights, for deployment ------------------------- */

/* How weights are stored in a folded model, including embeddings and tables. */
typedef enum nib_weights {
    NIB_WEIGHTS_F32 = 0,
    NIB_WEIGHTS_BF16 = 1, /* 16 bits: the upper half of a float; computed as floats */
    NIB_WEIGHTS_INT8 = 2  /* 8 bits, with a scale for each output; inputs are rounded to 8 bits too, products are
                           * integers */
} nib_weights;

/* How the embedding and the first linear layer are stored in a folded model. */
typedef enum nib_first_layer {
    NIB_FIRST_LAYER_SMALLEST = 0, /* as a table or unchanged, whichever takes fewer bytes */
    NIB_FIRST_LAYER_TABLE = 1     /* multiplied out: the contribution of each symbol at each place. No products of
                                   * them remain */
} nib_first_layer;

typedef struct nib_fold_options {
    size_t struct_size;
    nib_weights weights;         /* default NIB_WEIGHTS_F32 */
    nib_first_layer first_layer; /* default NIB_FIRST_LAYER_SMALLEST */

    /* The data set on one of whose splits the certificate is measured, with the model's vocabulary or columns. NULL
     * (default): the folded model has no certificate. The folded model does not keep the pointer. */
    const nib_dataset *dataset;
    nib_split split;            /* default NIB_SPLIT_VAL */
    double max_loss_difference; /* > 0, in nats; for numbers in the certificate's unit, and as a fraction of the loss
                                 * if that is above 1. 0 (default): 1e-5 with NIB_WEIGHTS_F32, else 0.005 */
} nib_fold_options;

NIB_API nib_status nib_fold_options_default(nib_fold_options *options);

/* Folds the evaluation-mode network, for any list of layers. A batchnorm becomes part of the linear before it, for
 * each output W' = W s, b' = (b - mean) s + beta, s = gamma / sqrt(variance + eps); behind any other layer it
 * remains as a scale and a shift. unscale becomes part of the linear before it in the same way; standardize remains,
 * so that 8-bit weights read standardized numbers. Dropout is dropped. The folded model keeps nothing of model. Its
 * certificate compares the two over the whole split: loss (without smoothing and class weights; for numbers the mean
 * squared difference, in deviations of the training split if the list ends with unscale), largest difference of an
 * output, share of equal argmax; the same bits for any number of threads. NIB_ERR_MISMATCH: the data set has another
 * vocabulary, or other columns or classes, or the losses differ by more than max_loss_difference. NIB_ERR_DIVERGED:
 * a folded number or an output is not finite. NIB_ERR_UNSUPPORTED: NIB_FIRST_LAYER_TABLE and a network without a
 * linear right behind embedding and flatten, or NIB_WEIGHTS_INT8 and a linear of more than 65,536 inputs. */
NIB_API nib_status nib_fold(nib_model *model, const nib_fold_options *options, nib_folded **folded);
NIB_API void nib_folded_destroy(nib_folded *folded);

/* Atomic, as nib_model_save. NIB_ERR_IO. */
NIB_API nib_status nib_folded_save(const nib_folded *folded, const char *path);

/* NIB_ERR_IO; NIB_ERR_FORMAT: not a .nib file, damaged (checksum, sizes, a number that is not finite, test vector), or
 * of a later version. */
NIB_API nib_status nib_folded_load(nib_context *context, const char *path, nib_folded **folded);

/* The same for a file's size bytes in memory, which are copied. Messages use name as the file's. */
NIB_API nib_status nib_folded_from_memory(nib_context *context, const void *bytes, size_t size, const char *name,
                                          nib_folded **folded);

typedef struct nib_folded_info {
    size_t struct_size;
    int32_t context_length, vocabulary; /* 0 for a model of a table */
    nib_encoding encoding;
    int32_t columns, features, classes, outputs; /* as nib_model_info's */
    int32_t weight_bits;    /* of a weight in the file: 32, 16 or 8 */
    int32_t operations;     /* number of operations, for nib_folded_operation */
    size_t file_bytes;      /* of the .nib file: flash, if it is used in place */
    size_t head_bytes;      /* of these, header and list of operations, */
    size_t symbol_bytes;    /* the symbols' texts, or the classes' names, */
    size_t schema_bytes;    /* the description of a table's columns, */
    size_t test_bytes;      /* the test vector, and */
    size_t text_bytes;      /* the network's text; the rest is the operations' numbers, with up to 63 bytes between
                             * them */
    size_t workspace_bytes; /* memory that nib/infer.h needs for one context, item or row at a time */
    int64_t multiply_adds;  /* for one symbol or row */
    const char *network;    /* the trained network's text; valid as long as the folded model */

    /* The certificate; certificate_examples is 0 if there is none. */
    int64_t certificate_examples;    /* examples of the split that it was measured on */
    double loss_before, loss_after;  /* mean loss of the trained model and of this one, as described at nib_fold */
    double largest_logit_difference; /* absolute, of an output */
    double equal_argmax;             /* share of the examples with the same likeliest symbol or class, 0..1; 1 for
                                      * numbers */
} nib_folded_info;

NIB_API nib_status nib_folded_get_info(const nib_folded *folded, nib_folded_info *info);

/* An operation of the folded network. */
typedef struct nib_operation_info {
    size_t struct_size;
    const char *word;        /* "table", "lookup", "dense", "scale-shift", "normalise", "standardize", an
                              * activation's word, "keep", "swap" or "add"; static storage */
    int32_t inputs, outputs; /* numbers; for a table and a lookup, inputs are the context's ids */
    int32_t weight_bits;     /* of its weights; 0: it has none, or they are floats although others have fewer bits */
    size_t bytes;            /* of its numbers in the file */
} nib_operation_info;

/* index: 0..operations - 1, in the order in which they are computed. */
NIB_API nib_status nib_folded_operation(const nib_folded *folded, int32_t index, nib_operation_info *info);

/* Symbol id as text, as for nib_dataset_symbol. */
NIB_API nib_status nib_folded_symbol(const nib_folded *folded, int32_t id, const char **text);

/* The bytes of the folded model's file, at a multiple of 64, for nib_infer_open (nib/infer.h). Any number of threads
 * may then use them, each with its own workspace. They live as long as the folded model. */
NIB_API nib_status nib_folded_data(const nib_folded *folded, const void **bytes, size_t *size);

/* Writes the folded model as one file of C99; its weights keep their bits. The file needs no library function but
 * fmaf; its head comment says what it offers and what memory it needs. Its names begin with prefix: a letter, then
 * letters, digits and underscores, 48 at most. Atomic, as nib_model_save. NIB_ERR_IO. */
NIB_API nib_status nib_export_c(const nib_folded *folded, const char *prefix, const char *path);

/* Writes the folded model as an ONNX file (opset 13): input "contexts", int64 (batch, context_length), or for a
 * table "rows", float (batch, features); output "logits", float (batch, outputs), for a model with the logistic loss
 * (batch, 1); any batch size. Its metadata hold the vocabulary, or the description of columns and classes. Atomic,
 * as nib_model_save. NIB_ERR_IO; NIB_ERR_UNSUPPORTED: weights of fewer than 32 bits, or 2 GiB of them. */
NIB_API nib_status nib_export_onnx(const nib_folded *folded, const char *path);

/* Writes the network of a model, not a folded one, as one Python file that needs PyTorch and safetensors, but not
 * nib. Its load(path) returns a torch.nn.Module in evaluation mode, with the weights of a file of nib_model_save;
 * the Python file has no weights. The module maps ids (n, context_length), oldest first, rows (n, features), or
 * planes (n, C, L) or (n, C, H, W) to outputs (n, outputs), for a model with the logistic loss (n, 1). The file holds
 * the vocabulary, or the names of columns and classes, and says to which parameters weight decay applies. If torch.nn
 * cannot train as nib does (batchnorm with variance=unbiased or running=std), the module's train() raises an
 * exception. The same network and vocabulary give the same bytes. Atomic, as nib_model_save. NIB_ERR_IO. */
NIB_API nib_status nib_export_pytorch(const nib_model *model, const char *path);

/* As nib_model_logits. */
NIB_API nib_status nib_folded_logits(nib_folded *folded, const int32_t *contexts, int64_t count, float *logits);

/* As nib_model_evaluate, except that for numbers the loss is the mean squared difference in the data's unit. */
NIB_API nib_status nib_folded_evaluate(nib_folded *folded, const nib_dataset *dataset, nib_split split, double *loss);

/* As nib_model_log_probability. */
NIB_API nib_status nib_folded_log_probability(nib_folded *folded, const char *text, size_t length, double *log_probability);

/* ---- Plan: what a network will cost, before there is data or training ------------------------------------ */

typedef struct nib_plan_info {
    size_t struct_size;
    const char *network, *input; /* the texts as nib_model_get_options prints them; they belong to the context and
                                  * live until its next nib_plan */
    int64_t parameters;           /* trainable numbers */
    int64_t multiply_adds;        /* for one symbol or row, of the model: the sum over nib_layer_info's */
    int64_t folded_multiply_adds; /* the same for the folded model: nib_folded_info's multiply_adds */
    size_t file_bytes;            /* of the .nib file: flash, if it is used in place */
    size_t workspace_bytes;       /* memory that nib/infer.h needs for one context, item or row at a time: RAM */
} nib_plan_info;

/* Computes the sizes of the model that nib_model_create would make from options, and of the folded model that
 * nib_fold would make from it, to the byte. It computes them from shapes: nothing of the model's size is allocated,
 * and no number is drawn. outputs: the vocabulary's size with the end mark, 2..4096; or, if input is "floats N", the
 * classes or numbers to learn, 1..65536; these are numbers if there is only one, or if the loss is for numbers. A
 * table of such rows has columns without names, and classes 0, 1 ...: names take additional bytes. fold: NULL for
 * the defaults; only its weights and first_layer have an effect, its other options are only checked.
 * NIB_ERR_INVALID_ARGUMENT, also for the texts, as for nib_model_create; NIB_ERR_UNSUPPORTED as for nib_fold. */
NIB_API nib_status nib_plan(nib_context *context, const nib_model_options *options, int32_t outputs,
                            const nib_fold_options *fold, nib_plan_info *info);

/* ---- Sampler ------------------------------------------------------------------------------------------ */

typedef enum nib_stream {
    /* One MT19937 stream for all items, from which items are drawn as by PyTorch's multinomial on one thread: the
     * lecture's names. */
    NIB_STREAM_LECTURE = 0,
    /* Philox4x32-10: item i of a seed is the same whatever was drawn before it, and with any number of threads. A
     * folded model's items are drawn many at a time, ahead of those requested, on the context's threads. */
    NIB_STREAM_COUNTER = 1
} nib_stream;

typedef struct nib_sampler_options {
    size_t struct_size;
    uint32_t seed;      /* default 42 */
    double temperature; /* > 0; logits are divided by it; default 1 */
    const char *start;  /* text that each item begins with, which is part of the item; NULL (default): none. Copied */
    int32_t max_length; /* the most symbols of an item, start included, 1..4096 (default): a longer item is cut off
                         * there */
    nib_stream stream;  /* default NIB_STREAM_LECTURE */
    int64_t first;      /* NIB_STREAM_COUNTER: the number of the first item, >= 0; default 0 */
} nib_sampler_options;

NIB_API nib_status nib_sampler_options_default(nib_sampler_options *options);

/* Makes a sampler for a model or for a folded one. NIB_ERR_MISMATCH: start has a symbol that is not in the
 * vocabulary. */
NIB_API nib_status nib_sampler_create(nib_model *model, const nib_sampler_options *options, nib_sampler **sampler);
NIB_API nib_status nib_sampler_create_folded(nib_folded *folded, const nib_sampler_options *options, nib_sampler **sampler);
NIB_API void nib_sampler_destroy(nib_sampler *sampler);

/* The next item, without an end of line. text is valid until the next call; length, if not NULL, receives its bytes
 * (a byte vocabulary may hold NUL). NIB_ERR_DIVERGED: a logit is not finite; this is not checked for a folded model
 * with NIB_STREAM_COUNTER, whose items are drawn many at a time. */
NIB_API nib_status nib_sampler_next(nib_sampler *sampler, const char **text, size_t *length);

#ifdef __cplusplus
}
#endif

#include "nib/table.h" /* IWYU pragma: export: it uses what stands above */

#endif
