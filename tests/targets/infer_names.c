/* Prints items of a folded model as nib sample does, by libnib_infer alone: FILE COUNT SEED. */
#include "nib/infer.h"

#include <stdio.h>
#include <stdlib.h>

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

int main(int argc, char **argv)
{
    static char text[4 * 4096];
    static nib_infer_sampler sampler;
    nib_infer_model model;
    nib_infer_sampler_options options;
    size_t size = 0, scratch_size = 0, length = 0;
    void *file = argc == 4 ? read_whole(argv[1], &size) : NULL, *scratch;
    long i;
    if (file == NULL || nib_infer_workspace(file, size, 1, &scratch_size) != NIB_OK) return 2;
    scratch = aligned(scratch_size);
    if (scratch == NULL || nib_infer_open(file, size, scratch, scratch_size, &model) != NIB_OK) return 3;
    nib_infer_sampler_options_default(&options);
    options.seed = strtoul(argv[3], NULL, 10);
    if (nib_infer_sampler_init(&sampler, &model, &options) != NIB_OK) return 4;
    for (i = strtol(argv[2], NULL, 10); i > 0; --i) {
        if (nib_infer_sampler_next(&sampler, text, sizeof text, &length, scratch, scratch_size) != NIB_OK) return 5;
        fwrite(text, 1, length, stdout);
        putchar('\n');
    }
    fprintf(stderr, "%s\n", nib_infer_isa(&model));
    return 0;
}
