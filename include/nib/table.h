/*
 * nib/table.h: rows of numbers, with a class or numbers to learn. C99. nib/nib.h, whose rules hold, includes it.
 *
 * The usual order:  nib_dataset_load_table or nib_dataset_from_tables -> nib_model_create -> ... (as for text)
 *                   -> nib_model_predict, or nib_fold -> nib_folded_predict
 */
#ifndef NIB_TABLE_H
#define NIB_TABLE_H

#include "nib/nib.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- In memory ----------------------------------------------------------------------------------------------- */

/* Rows in memory, in units of the data. Strides are in elements. The values to learn are either classes or targets. */
typedef struct nib_table {
    size_t struct_size;
    const float *x;      /* (rows, columns), finite */
    int64_t rows;        /* 0..2^32 - 2 */
    int64_t columns;     /* 1..262144 */
    int64_t row_stride;  /* from one row to the next, at least columns */
    const int32_t *classes;  /* (rows), 0..class_count - 1; NULL: there are numbers to learn */
    int32_t class_count;     /* 2..65536 */
    const float *targets;    /* (rows, target_columns), finite; NULL: there are classes */
    int64_t target_columns;  /* 1..65536 */
    int64_t target_stride;   /* at least target_columns */
    const float *weights;    /* (rows) weights of the examples, finite, 0 or above, not all 0; NULL: each is 1 */
    const char *const *column_names; /* columns; NULL: they have none */
    const char *const *class_names;  /* class_count, all different; NULL: "0", "1" ... */
    int32_t borrow; /* 1: x, classes, targets and weights are used in place, and must outlive the data set unchanged;
                     * 0 (default): they are copied. Names are always copied */
    int64_t row_shape[3]; /* the extents of a row whose numbers are planes, with zeros behind them, 28, 28, 0; their
                           * product is columns. Of the training split, for an input of "floats" without extents.
                           * All 0 (default): they are not known */
} nib_table;

/* How one table is divided into three splits. */
typedef struct nib_split_options {
    size_t struct_size;
    double val, test; /* shares of the rows, from 0, together below 1; default 0.1 each. Each class is divided
                       * separately, by the largest remainder */
    uint32_t seed;    /* default 42: seed of the order, which is the same on every machine */
} nib_split_options;

NIB_API nib_status nib_split_options_default(nib_split_options *options);

/* A data set of tables. With val and test NULL, train is divided into three splits according to options; options
 * NULL: the defaults. Otherwise train is the training split, and val and test, one of which may be NULL, are the
 * others; options is then ignored. All must have the same columns, and all classes or all targets. NIB_ERR_DATA: a
 * number that is not finite, a class or a weight out of its range, names that are not UTF-8 or not distinct, a split
 * that would get no row; the message names split, row and column. */
NIB_API nib_status nib_dataset_from_tables(nib_context *context, const nib_table *train, const nib_table *val,
                                           const nib_table *test, const nib_split_options *options, nib_dataset **dataset);

/* ---- In files ------------------------------------------------------------------------------------------------ */

typedef enum nib_missing {
    NIB_MISSING_ERROR = 0, /* a missing cell is NIB_ERR_DATA, and the message names it */
    NIB_MISSING_MEAN = 1   /* in a column of numbers it becomes the mean over the training split; in a column of
                            * words, 0 for each word. After a column that has missing cells one more number is added,
                            * 1 if the cell was missing, else 0 */
} nib_missing;

typedef enum nib_task {
    NIB_TASK_AUTO = 0,     /* words are classes; so are whole numbers of at most 20 distinct values, if these are at
                            * most a tenth of the rows; other numbers, and several columns, are numbers to learn */
    NIB_TASK_CLASSIFY = 1, /* a class for each distinct value */
    NIB_TASK_REGRESS = 2   /* numbers to learn */
} nib_task;

typedef enum nib_csv_header {
    NIB_CSV_HEADER_AUTO = 0, /* the first row holds names if it has a word, and if a number of the second row stands
                              * under a word or none stands under a number */
    NIB_CSV_HEADER_PRESENT = 1,
    NIB_CSV_HEADER_ABSENT = 2
} nib_csv_header;

/* Strings need not live longer than the call. */
typedef struct nib_table_options {
    size_t struct_size;
    const char *const *targets; /* names of the columns to learn, or their numbers from 1; NULL (default): y of an
                                 * .npz file, the labels of an IDX file */
    size_t target_count;        /* default 0 */
    const char *const *drop;    /* columns to leave out, given in the same way; NULL (default): none */
    size_t drop_count;          /* default 0 */
    nib_missing missing;        /* default NIB_MISSING_ERROR */
    nib_task task;              /* default NIB_TASK_AUTO */
    nib_csv_header header;      /* for CSV; default NIB_CSV_HEADER_AUTO */
    char separator;             /* for CSV: ',', ';' or a tab; 0 (default): the one that the first line has most of */
    const char *labels;         /* for IDX: the labels' file; NULL (default): the one beside it, "-labels-" for
                                 * "-images-" */
    const char *val_path, *test_path; /* files of the other splits; NULL (default): path is divided into three by
                                       * val, test and seed. With one or both of them, path is the training split,
                                       * and a split without a file is empty */
    double val, test;           /* as nib_split_options'; default 0.1 each */
    uint32_t seed;              /* as nib_split_options'; default 42 */

    /* A model whose columns and classes are used: matched by name if there are names, else by number. A word or a
     * class that it lacks is NIB_ERR_MISMATCH; targets, drop, missing and task are then ignored. NULL (default):
     * those of the file. The data set does not keep the pointer. */
    const nib_model *schema_of;
    const nib_folded *schema_of_folded; /* the same for a folded model; NULL (default). Not both */
} nib_table_options;

NIB_API nib_status nib_table_options_default(nib_table_options *options);

/* Reads a table: CSV (RFC 4180; separators , ; and tab, LF or CRLF, a byte order mark, a decimal point whatever the
 * locale), .npy, .npz with arrays x, y and weights, or IDX. The last two may be compressed if nib was built with
 * zlib (NIB_ERR_UNSUPPORTED otherwise). The file's first bytes determine the format. A column of words becomes a
 * number for each word. Memory: that of the numbers, twice as much while reading. NIB_ERR_IO; NIB_ERR_DATA: the file
 * is damaged, a cell is missing, a column or class is unusable; NIB_ERR_MISMATCH: see schema_of. The message names
 * file, line and column. */
NIB_API nib_status nib_dataset_load_table(nib_context *context, const char *path, const nib_table_options *options,
                                          nib_dataset **dataset);

/* 1: the file is an array, or CSV of numbers, rather than text of one item a line; 0: it is not, or it cannot be
 * inspected without consuming it, like a pipe. Any thread. */
NIB_API int32_t nib_looks_like_table(const char *path);

/* Examples [first, first + count) of a split of a table, in the split's order. x (count, features); classes (count)
 * or targets (count, targets), whichever the data set has; weights (count). Any output may be NULL. */
NIB_API nib_status nib_dataset_rows(const nib_dataset *dataset, nib_split split, int64_t first, int64_t count, float *x,
                                    int32_t *classes, float *targets, float *weights);

/* Reads the rows of a file, one after the other, in the form that a model of a table needs: the model of the
 * options' schema_of or schema_of_folded, one of which must be given. A CSV is read only up to the end of a row's
 * line, so that a program can answer a row of a pipe before the next one is written. Columns are matched by name if
 * both have names, else by count; target columns, and columns that the model does not know, are skipped. Of the
 * other options, only header, separator and labels have an effect. The reader keeps using its model: end the model
 * after it. NIB_ERR_IO; NIB_ERR_DATA; NIB_ERR_MISMATCH: a column is missing, or the model is one of text. */
typedef struct nib_row_reader nib_row_reader;
NIB_API nib_status nib_row_reader_create(nib_context *context, const char *path, const nib_table_options *options,
                                         nib_row_reader **reader);
NIB_API void nib_row_reader_destroy(nib_row_reader *reader);

/* Reads the next rows, up to capacity: x (capacity, features), *count is the number written, less than capacity only
 * at the end. NIB_ERR_IO; NIB_ERR_DATA: a row that cannot be read, or a missing cell; NIB_ERR_MISMATCH: a word that
 * the model never saw. The message names file, line and column. *count then counts the rows before the faulty one,
 * and the next call continues after it if possible. */
NIB_API nib_status nib_row_reader_next(nib_row_reader *reader, int64_t capacity, float *x, int64_t *count);

/* ---- Models -------------------------------------------------------------------------------------------------- */

/* Column number index, 0..columns-1, of a model of a table: its name, or "" if it has none. Lives as long as the
 * model. NIB_ERR_MISMATCH: a model of text. */
NIB_API nib_status nib_model_column(const nib_model *model, int32_t index, const char **text);

/* Class number index, 0..classes-1, as written in the data. */
NIB_API nib_status nib_model_class(const nib_model *model, int32_t index, const char **text);

/* Target column number index, 0..targets-1; a model of classes has one: its name, or "" if it has none. */
NIB_API nib_status nib_model_target(const nib_model *model, int32_t index, const char **text);

/* Predictions for rows (rows, features), row_stride floats apart, in units of the data: y (rows, outputs), a
 * probability for each class in their order, or numbers in the data's unit. Numbers that are not finite are computed
 * with as they are. The same bits for any number of threads. The first call allocates scratch memory, which the
 * model keeps; later calls allocate nothing for up to 64 rows, nor in a context of one thread. NIB_ERR_MISMATCH: a
 * model of text. */
NIB_API nib_status nib_model_predict(nib_model *model, const float *x, int64_t rows, int64_t row_stride, float *y);

/* The quality of a model of a table over a split. Examples count by their weights. Arrays are the caller's, or NULL. */
typedef struct nib_metrics {
    size_t struct_size;
    int64_t examples;
    double loss; /* nib_model_evaluate's */

    /* For classes, where the predicted class is the first of the likeliest; else NaN. */
    double accuracy;
    double auc;      /* for two classes: the area under the ROC curve, ties counting half; else NaN, also if one of
                      * them does not occur */
    double macro_f1; /* the mean of f1 over the classes */
    double *confusion; /* (classes, classes): weights of the examples of a class (row) that were predicted as another
                        * (column) */
    double *precision, *recall, *f1; /* (classes); 0 if a class was never predicted, or does not occur */

    /* For numbers, over all of them together, in the data's unit; else NaN. */
    double rmse, mae;
    double r2; /* 1 - sum of squared errors / sum of squared differences from the mean of each target */
} nib_metrics;

/* NIB_ERR_MISMATCH, NIB_ERR_DATA, NIB_ERR_DIVERGED as nib_model_evaluate; NIB_ERR_MISMATCH for a model of text. */
NIB_API nib_status nib_model_metrics(nib_model *model, const nib_dataset *dataset, nib_split split, nib_metrics *metrics);

/* ---- Folded models ------------------------------------------------------------------------------------------- */

/* As nib_model_column, nib_model_class and nib_model_target. */
NIB_API nib_status nib_folded_column(const nib_folded *folded, int32_t index, const char **text);
NIB_API nib_status nib_folded_class(const nib_folded *folded, int32_t index, const char **text);
NIB_API nib_status nib_folded_target(const nib_folded *folded, int32_t index, const char **text);

/* As nib_model_metrics, with the loss of nib_folded_evaluate. */
NIB_API nib_status nib_folded_metrics(nib_folded *folded, const nib_dataset *dataset, nib_split split, nib_metrics *metrics);

/* As nib_model_predict, except that a row with a NaN gives NaN in all its numbers. x and y must not overlap. Nothing
 * is allocated for up to 64 rows, nor in a context of one thread. */
NIB_API nib_status nib_folded_predict(nib_folded *folded, const float *x, int64_t rows, int64_t row_stride, float *y);

#ifdef __cplusplus
}
#endif

#endif
