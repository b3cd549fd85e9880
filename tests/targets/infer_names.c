/* Prints items of a folded model as nib sample does, with only libnib_infer: FILE COUNT SEED [ISA]. To stderr it
 * prints the instruction set and a number made of the bits of a batch's logits, which must be those of each context
 * computed alone. */
#include "nib/infer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *aligned(size_t size)
{
    void *memory = NULL;
    return posix_memalign(&memory, NIB_INFER_ALIGNMENT, size) == 0 ? memory : NULL;
}

static void *read_whole(const char *path, size_t *size)
{
    const size_t most = (size_t)1 << 24;
    void *bytes = aligned(most);
    FILE *file = fopen(path, "rb");
    if (file == NULL || bytes == NULL) return NULL;
    *size = fread(bytes, 1, most, file);
    fclose(file);
    return bytes;
}

/* The number, FNV-1a; 0 if a context of the batch has other logits when it is computed alone. */
static unsigned long batch_bits(const nib_infer_model *model, const void *file, size_t size)
{
    nib_infer_info info;
    unsigned long bits = 2166136261ul, state = 1;
    size_t one_size = 0, batch_size = 0, i, length, row;
    int32_t *contexts;
    float *alone, *logits;
    void *one, *batch;
    info.struct_size = sizeof info;
    if (nib_infer_get_info(model, &info) != NIB_OK || nib_infer_workspace(file, size, 1, &one_size) != NIB_OK ||
        nib_infer_workspace(file, size, NIB_INFER_MAX_BATCH, &batch_size) != NIB_OK) {
        return 0;
    }
    length = (size_t)info.context_length;
    row = (size_t)info.vocabulary;
    one = aligned(one_size);
    batch = aligned(batch_size);
    contexts = aligned(NIB_INFER_MAX_BATCH * length * sizeof *contexts);
    alone = aligned(row * sizeof *alone);
    logits = aligned(NIB_INFER_MAX_BATCH * row * sizeof *logits);
    if (one == NULL || batch == NULL || contexts == NULL || alone == NULL || logits == NULL) return 0;
    for (i = 0; i < NIB_INFER_MAX_BATCH * length; ++i) {
        state = (state * 1103515245ul + 12345ul) & 0x7ffffffful;
        contexts[i] = (int32_t)((state >> 16) % row);
    }
    if (nib_infer_logits(model, contexts, NIB_INFER_MAX_BATCH, logits, batch, batch_size) != NIB_OK) return 0;
    for (i = 0; i < NIB_INFER_MAX_BATCH; ++i) {
        if (nib_infer_logits(model, contexts + i * length, 1, alone, one, one_size) != NIB_OK) return 0;
        if (memcmp(alone, logits + i * row, row * sizeof *alone) != 0) return 0;
    }
    for (i = 0; i < NIB_INFER_MAX_BATCH * row * sizeof *logits; ++i) {
        bits = ((bits ^ ((const unsigned char *)logits)[i]) * 16777619ul) & 0xfffffffful;
    }
    return bits;
}

int main(int argc, char **argv)
{
    static char text[4 * 4096];
    static nib_infer_sampler sampler;
    nib_infer_model model;
    nib_infer_sampler_options options;
    options.struct_size = sizeof options;
    size_t size = 0, scratch_size = 0, length = 0;
    unsigned long bits;
    void *file = argc == 4 || argc == 5 ? read_whole(argv[1], &size) : NULL, *scratch;
    long i;
    if (file == NULL || nib_infer_workspace(file, size, 1, &scratch_size) != NIB_OK) return 2;
    scratch = aligned(scratch_size);
    if (scratch == NULL || nib_infer_open(file, size, scratch, scratch_size, &model) != NIB_OK) return 3;
    if (argc == 5 && nib_infer_set_isa(&model, argv[4]) != NIB_OK) return 6;
    nib_infer_sampler_options_default(&options);
    options.seed = strtoul(argv[3], NULL, 10);
    if (nib_infer_sampler_init(&sampler, &model, &options) != NIB_OK) return 4;
    for (i = strtol(argv[2], NULL, 10); i > 0; --i) {
        if (nib_infer_sampler_next(&sampler, text, sizeof text, &length, scratch, scratch_size) != NIB_OK) return 5;
        fwrite(text, 1, length, stdout);
        putchar('\n');
    }
    bits = batch_bits(&model, file, size);
    fprintf(stderr, "%s %08lx\n", nib_infer_isa(&model), bits);
    if (bits == 0) return 7;
    return 0;
}
