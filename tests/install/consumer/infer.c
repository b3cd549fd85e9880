/* infer FILE.nib: prints an item that the folded model draws. C99, only libnib_infer: linked by a C compiler. */
#include <nib/infer.h>

#include <stdio.h>

#define ALIGNED __attribute__((aligned(NIB_INFER_ALIGNMENT)))

static unsigned char file[1 << 20] ALIGNED, workspace[1 << 20] ALIGNED;

int main(int argc, char **argv)
{
    nib_infer_model model;
    nib_infer_sampler sampler;
    nib_infer_sampler_options options;
    options.struct_size = sizeof options;
    char text[4 * 4096];
    size_t size, length = 0;
    nib_status status;
    FILE *in = argc == 2 ? fopen(argv[1], "rb") : NULL;
    if (in == NULL) return 2;
    size = fread(file, 1, sizeof file, in);
    fclose(in);
    status = nib_infer_open(file, size, workspace, sizeof workspace, &model);
    options.struct_size = sizeof options;
    if (status == NIB_OK) status = nib_infer_sampler_options_default(&options);
    if (status == NIB_OK) status = nib_infer_sampler_init(&sampler, &model, &options);
    if (status == NIB_OK)
        status = nib_infer_sampler_next(&sampler, text, sizeof text, &length, workspace, sizeof workspace);
    if (status == NIB_OK)
        printf("%.*s\n", (int)length, text);
    else
        fprintf(stderr, "%s\n", nib_status_string(status));
    return status == NIB_OK ? 0 : 1;
}
