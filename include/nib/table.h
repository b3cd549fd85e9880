/*
 * nib/table.h: rows of numbers, with a class or numbers to learn. C99. nib/nib.h, whose rules hold, includes it.
 *
 * The way through:  nib_dataset_load_table or nib_dataset_from_tables -> nib_model_create -> ... (as for text)
 *                   -> nib_model_predict, or nib_fold -> nib_folded_predict
 */
#ifndef NIB_TABLE_H
#define NIB_TABLE_H

#include "nib/nib.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- In memory ----------------------------------------------------------------------------------------------- */

/* Rows in memory, in units of the data. Strides are in elements. What is learned is either classes or targets. */
typedef struct nib_table {
    size_t struct_size;
    const float *x;      /* (rows, columns), finite */
    int64_t rows;        /* 0..2^32 - 2 */
    int64_t columns;     /* 1..65536 */
    int64_t row_stride;  /* from a row to the next one, at least columns */
    const int32_t *classes;  /* (rows), 0..class_count - 1; NULL: there are numbers to learn */
    int32_t class_count;     /* 2..65536 */
    const float *targets;    /* (rows, target_columns), finite; NULL: there are classes */
    int64_t target_columns;  /* 1..65536 */
    int64_t target_stride;   /* at least target_columns */
    const float *weights;    /* (rows) of examples, finite, 0 or above, not all 0; NULL: each is 1 */
    const char *const *column_names; /* columns; NULL: they have none */
    const char *const *class_names;  /* class_count, all different; NULL: "0", "1" ... */
    int32_t borrow; /* 1: x, classes, targets and weights are used where they are, and outlive the data set unchanged; 0
                     * (default): they are copied. Names are copied always */
} nib_table;

/* How one table becomes three splits. */
typedef struct nib_split_options {
    size_t struct_size;
    double val, test; /* shares of the rows, from 0, below 1 together; default 0.1 each. Classes are shared out one by one,
                       * by the largest remainder */
    uint32_t seed;    /* default 42: of the order, the same on every machine */
} nib_split_options;

NIB_API nib_status nib_split_options_default(nib_split_options *options);

/* A data set of tables. val and test NULL: train is cut into three splits as options say; options NULL: by the defaults.
 * Otherwise train is the training split, and val and test, of which one may be NULL, are the others; options is not
 * looked at then. All have the same columns, and classes or targets alike. NIB_ERR_DATA: a number that is not finite, a
 * class or a weight that is out of its range, names that are not UTF-8 or not different, a split that would get no row;
 * the message names split, row and column. */
NIB_API nib_status nib_dataset_from_tables(nib_context *context, const nib_table *train, const nib_table *val,
                                           const nib_table *test, const nib_split_options *options, nib_dataset **dataset);

/* ---- In files ------------------------------------------------------------------------------------------------ */

typedef enum nib_missing {
    NIB_MISSING_ERROR = 0, /* a missing cell is NIB_ERR_DATA, and the message names it */
    NIB_MISSING_MEAN = 1   /* of numbers, it is the mean over the training split; of words, it is 0 for each. Behind a column
                            * that has missing cells stands one more number, 1 where a cell was missing, else 0 */
} nib_missing;

typedef enum nib_task {
    NIB_TASK_AUTO = 0,     /* words are classes; whole numbers of at most 20 different values, which are at most a tenth of the
                            * rows, too; other numbers, and several, are numbers to learn */
    NIB_TASK_CLASSIFY = 1, /* a class for each different value */
    NIB_TASK_REGRESS = 2   /* numbers to learn */
} nib_task;

typedef enum nib_csv_header {
    NIB_CSV_HEADER_AUTO = 0, /* the first row is one where it has a word, and in the second row a number stands under a word
                              * or under no number */
    NIB_CSV_HEADER_PRESENT = 1,
    NIB_CSV_HEADER_ABSENT = 2
} nib_csv_header;

/* Strings need not live longer than the call. */
typedef struct nib_table_options {
    size_t struct_size;
    const char *const *targets; /* names of the columns to learn, or their numbers from 1; NULL (default): y of an .npz file,
                                 * the labels of an IDX file */
    size_t target_count;        /* default 0 */
    const char *const *drop;    /* columns to leave out, in the same way; NULL (default): none */
    size_t drop_count;          /* default 0 */
    nib_missing missing;        /* default NIB_MISSING_ERROR */
    nib_task task;              /* default NIB_TASK_AUTO */
    nib_csv_header header;      /* of CSV; default NIB_CSV_HEADER_AUTO */
    char separator;             /* of CSV: ',', ';' or a tab; 0 (default): whichever the first line has most of */
    const char *labels;         /* of IDX: the labels' file; NULL (default): the one beside it, "-labels-" for "-images-" */
    const char *val_path, *test_path; /* files of the other splits; NULL (default): path is cut into three as split says.
                                       * With one of them, path is the training split, and the other split is empty */
    double val, test;           /* as nib_split_options'; default 0.1 each */
    uint32_t seed;              /* as nib_split_options'; default 42 */

    /* A model whose columns and classes are used: by their names where there are names, else by their number. A word or
     * a class that it lacks is NIB_ERR_MISMATCH; targets, drop, missing and task are not looked at. NULL (default): what
     * the file has. The data set does not keep the pointer. */
    const nib_model *schema_of;
    const nib_folded *schema_of_folded; /* the same of a folded model; NULL (default). Not both */
} nib_table_options;

NIB_API nib_status nib_table_options_default(nib_table_options *options);

/* Reads a table: CSV (RFC 4180; separators , ; and tab, LF or CRLF, a byte order mark, a decimal point whatever the
 * locale), .npy, .npz with arrays x, y and weights, or IDX; the last two also compressed, where nib was built with zlib
 * (NIB_ERR_UNSUPPORTED). The format is told by the file's first bytes. Columns of words become a number for each word.
 * Memory: that of the numbers, twice while it reads. NIB_ERR_IO; NIB_ERR_DATA: the file is damaged, a cell is missing, a
 * column or class is of no use; NIB_ERR_MISMATCH: see schema_of. The message names file, line and column. */
NIB_API nib_status nib_dataset_load_table(nib_context *context, const char *path, const nib_table_options *options,
                                          nib_dataset **dataset);

/* 1: the file is an array, or CSV of numbers, rather than text of one item a line; 0: it is not, or cannot be looked at
 * without taking it, as a pipe. Any thread. */
NIB_API int32_t nib_looks_like_table(const char *path);

/* Examples [first, first + count) of a split of a table, in the split's order. x (count, features); classes (count) or
 * targets (count, targets), whichever the data set has; weights (count). An output may be NULL. */
NIB_API nib_status nib_dataset_rows(const nib_dataset *dataset, nib_split split, int64_t first, int64_t count, float *x,
                                    int32_t *classes, float *targets, float *weights);

/* Rows of a file, one after the other, as a model of a table reads them: that of the options' schema_of or
 * schema_of_folded, one of which is given. A CSV is read no further than to the end of a
 * row's line, so that a program can answer a row of a pipe before the next one is written. Columns are matched by name
 * where both have names, else by count; the column that is learned, and columns that the model does not know, are passed
 * over. Of the other options, header, separator and labels are looked at. The reader keeps its model, which is ended
 * after it. NIB_ERR_IO; NIB_ERR_DATA; NIB_ERR_MISMATCH: a column that is missing, or a model of text. */
typedef struct nib_row_reader nib_row_reader;
NIB_API nib_status nib_row_reader_create(nib_context *context, const char *path, const nib_table_options *options,
                                         nib_row_reader **reader);
NIB_API void nib_row_reader_destroy(nib_row_reader *reader);

/* The next rows, of which x has room for capacity: x (capacity, features), *count of them written; fewer than capacity only
 * at the end. NIB_ERR_IO; NIB_ERR_DATA: a row that cannot be read, or a missing cell; NIB_ERR_MISMATCH: a word that the
 * model never saw. The message names file, line and column; *count tells of the rows before it, and the next call goes on
 * behind it where that is possible. */
NIB_API nib_status nib_row_reader_next(nib_row_reader *reader, int64_t capacity, float *x, int64_t *count);

/* ---- Models -------------------------------------------------------------------------------------------------- */

/* Column index of 0..columns-1 of a model of a table: its name, "" without one. Lives as long as the model.
 * NIB_ERR_MISMATCH: a model of text. */
NIB_API nib_status nib_model_column(const nib_model *model, int32_t index, const char **text);

/* Class index of 0..classes-1, as written in the data. */
NIB_API nib_status nib_model_class(const nib_model *model, int32_t index, const char **text);

/* The column that is learned, index of 0..targets-1, of which a model of classes has one: its name, "" without one. */
NIB_API nib_status nib_model_target(const nib_model *model, int32_t index, const char **text);

/* Predictions for rows (rows, features), row_stride floats apart, in units of the data: y (rows, outputs), a probability
 * for each class in their order, or numbers in the data's unit. A number that is not finite gives what arithmetic gives.
 * The same bits for any number of threads. The first call allocates scratch memory, which the model keeps; later ones
 * allocate nothing for up to 64 rows, nor in a context of one thread. NIB_ERR_MISMATCH: a model of text. */
NIB_API nib_status nib_model_predict(nib_model *model, const float *x, int64_t rows, int64_t row_stride, float *y);

/* How good a model of a table is, over a split. Examples count by their weights. Arrays are the caller's, or NULL. */
typedef struct nib_metrics {
    size_t struct_size;
    int64_t examples;
    double loss; /* nib_model_evaluate's */

    /* Of classes, the predicted one being the first of the likeliest; else NaN. */
    double accuracy;
    double auc;      /* of two classes: the area under the receiver's curve, ties counting half; else NaN, as without one of them */
    double macro_f1; /* the mean of f1 over the classes */
    double *confusion; /* (classes, classes): weights of the examples of a class (row) that were predicted as another (column) */
    double *precision, *recall, *f1; /* (classes); 0 where a class was never predicted, or does not occur */

    /* Of numbers, over all of them together, in the data's unit; else NaN. */
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

/* As nib_model_metrics, with that loss. */
NIB_API nib_status nib_folded_metrics(nib_folded *folded, const nib_dataset *dataset, nib_split split, nib_metrics *metrics);

/* As nib_model_predict; a row that has a NaN gives NaN in all its numbers. x and y do not overlap. Nothing is
 * allocated for up to 64 rows, nor in a context of one thread. */
NIB_API nib_status nib_folded_predict(nib_folded *folded, const float *x, int64_t rows, int64_t row_stride, float *y);

#ifdef __cplusplus
}
#endif

#endif
