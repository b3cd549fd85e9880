/* Prints the outputs of rows of a folded model of a table, as the words of their bits, with only libnib_infer:
 * FILE [ISA]. To stderr it prints the instruction set. */
#include "nib/infer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { rows = 5, largest_file = 1 << 24 };

static void *aligned(size_t size)
{
    void *memory = NULL;
    return posix_memalign(&memory, NIB_INFER_ALIGNMENT, size) == 0 ? memory : NULL;
}

static int print_outputs(const nib_infer_model *model, void *workspace, size_t size)
{
    nib_infer_info info;
    unsigned long state = 1;
    size_t i, features, outputs;
    float *x, *y;
    info.struct_size = sizeof info;
    if (nib_infer_get_info(model, &info) != NIB_OK) return 1;
    features = (size_t)info.features;
    outputs = (size_t)info.outputs;
    x = aligned(rows * features * sizeof *x);
    y = aligned(rows * outputs * sizeof *y);
    if (x == NULL || y == NULL) return 1;
    for (i = 0; i < rows * features; ++i) {
        state = (state * 1103515245ul + 12345ul) & 0x7ffffffful;
        x[i] = (float)(state >> 16) / 32768.0f;
    }
    if (nib_infer_run(model, x, rows, y, workspace, size) != NIB_OK) return 1;
    for (i = 0; i < rows * outputs; ++i) {
        uint32_t word;
        memcpy(&word, &y[i], sizeof word);
        printf("%08lx\n", (unsigned long)word);
    }
    free(x);
    free(y);
    return 0;
}

int main(int argc, char **argv)
{
    nib_infer_model model;
    size_t size = 0, bytes = 0;
    void *file = aligned(largest_file), *workspace;
    FILE *stream = argc < 2 ? NULL : fopen(argv[1], "rb");
    if (stream == NULL || file == NULL) return 2;
    size = fread(file, 1, largest_file, stream);
    fclose(stream);
    if (nib_infer_workspace(file, size, rows, &bytes) != NIB_OK) return 1;
    workspace = aligned(bytes);
    if (workspace == NULL || nib_infer_open(file, size, workspace, bytes, &model) != NIB_OK) return 1;
    if (argc > 2 && nib_infer_set_isa(&model, argv[2]) != NIB_OK) return 1;
    fprintf(stderr, "%s\n", nib_infer_isa(&model));
    return print_outputs(&model, workspace, bytes);
}
