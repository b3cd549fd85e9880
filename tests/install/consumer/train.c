/* train FILE.nib: trains a small model, folds it into FILE.nib, and prints an item. A program as an outsider would
 * write it: C99, with only the installed headers. */
#include <nib/kernels.h>
#include <nib/nib.h>

#include <stdio.h>
#include <string.h>

static const char text[] = "emma\nolivia\nnoah\nliam\nava\nsophia\nwilliam\nmason\njames\nisabella\n";

static nib_status train(nib_context *context, const nib_dataset *dataset, nib_model *model, nib_train_options *options)
{
    nib_trainer *trainer = NULL;
    nib_status status;
    options->steps = 20;
    options->batch_size = 8;
    status = nib_trainer_create(context, model, dataset, options, &trainer);
    if (status == NIB_OK) status = nib_trainer_run(trainer, options->steps, NULL, NULL);
    nib_trainer_destroy(trainer);
    return status;
}

static nib_status fold_and_sample(nib_model *model, const char *path)
{
    nib_folded *folded = NULL;
    nib_sampler *sampler = NULL;
    const char *item = NULL;
    nib_status status = nib_fold(model, NULL, &folded);
    if (status == NIB_OK) status = nib_folded_save(folded, path);
    if (status == NIB_OK) status = nib_sampler_create_folded(folded, NULL, &sampler);
    if (status == NIB_OK) status = nib_sampler_next(sampler, &item, NULL);
    if (status == NIB_OK) printf("%s\n", item);
    nib_sampler_destroy(sampler);
    nib_folded_destroy(folded);
    return status;
}

static nib_status run(nib_context *context, const char *path)
{
    nib_dataset *dataset = NULL;
    nib_model *model = NULL;
    nib_model_options options;
    nib_train_options train_options;
    float one = 1, two = 2, product = 0;
    nib_status status;
    options.struct_size = sizeof options;
    train_options.struct_size = sizeof train_options;
    status = nib_preset("lecture-batchnorm", &options, &train_options);
    options.network = "embedding 10, flatten, linear 40, batchnorm, tanh, linear gain=0.1";
    if (status == NIB_OK) status = nib_dataset_from_memory(context, text, strlen(text), "names", NULL, &dataset);
    if (status == NIB_OK) status = nib_model_create(context, &options, dataset, &model);
    if (status == NIB_OK) status = train(context, dataset, model, &train_options);
    if (status == NIB_OK) status = fold_and_sample(model, path);
    if (status == NIB_OK)
        status = nib_sgemm(context, NIB_NO_TRANSPOSE, NIB_NO_TRANSPOSE, 1, 1, 1, 1, &one, 1, &two, 1, 0, &product, 1);
    nib_model_destroy(model);
    nib_dataset_destroy(dataset);
    return status == NIB_OK && product != 2 ? NIB_ERR_INTERNAL : status;
}

int main(int argc, char **argv)
{
    nib_context *context = NULL;
    nib_status status = nib_context_create(NULL, &context);
    if (argc != 2) return 2;
    if (status == NIB_OK) status = run(context, argv[1]);
    if (status != NIB_OK) fprintf(stderr, "%s: %s\n", nib_status_string(status), nib_context_message(context));
    nib_context_destroy(context);
    return status == NIB_OK ? 0 : 1;
}
