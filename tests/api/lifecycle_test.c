/* A whole program with nib in C99: data set, model, training, file, folding, sampling. */
#include "nib/nib.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char names[] = "emma\nolivia\nnoah\nliam\nava\nsophia\nwilliam\nmason\njames\nisabella\n"
                            "benjamin\njacob\nmia\nmichael\nelijah\nethan\ncharlotte\nalexander\namelia\njo\n";
static const char model_path[] = "nib_lifecycle_test.safetensors";
static const char folded_path[] = "nib_lifecycle_test.nib";

enum { vocabulary = 20, sampled = 10, item_bytes = 64 };

static nib_context *context = NULL;

/* If a call fails: return 1, with a message on stderr. */
static int failed(nib_status status, const char *call)
{
    if (status == NIB_OK) return 0;
    fprintf(stderr, "%s: %s: %s\n", call, nib_status_string(status), nib_context_message(context));
    return 1;
}

#define TRY(call)                                                                                                      \
    do {                                                                                                               \
        if (failed(call, #call)) return 1;                                                                             \
    } while (0)

#define EXPECT(condition)                                                                                              \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "line %d: expected %s\n", __LINE__, #condition);                                           \
            return 1;                                                                                                  \
        }                                                                                                              \
    } while (0)

static int train(const nib_dataset *dataset, nib_model **model)
{
    nib_model_options model_options;
    nib_train_options train_options;
    nib_trainer *trainer = NULL;
    float losses[200];
    int64_t done = 0;

    model_options.struct_size = sizeof model_options;
    train_options.struct_size = sizeof train_options;
    TRY(nib_preset("lecture-deep", &model_options, &train_options));
    model_options.network = "embedding 10, flatten, 2 x (linear 20 gain=1, batchnorm variance=unbiased, tanh), "
                            "linear, batchnorm variance=unbiased gain=0.1";
    train_options.steps = 200;
    TRY(nib_model_create(context, &model_options, dataset, model));
    TRY(nib_trainer_create(context, *model, dataset, &train_options, &trainer));
    TRY(nib_trainer_run(trainer, 100, losses, &done));
    EXPECT(done == 100);
    TRY(nib_trainer_run(trainer, 1000, losses + 100, &done));
    EXPECT(done == 100 && nib_trainer_step(trainer) == 200);
    EXPECT(fabs(losses[0] - log((double)vocabulary)) < 0.2); /* nothing is learned yet */
    EXPECT(losses[199] < 2.0f);
    nib_trainer_destroy(trainer);
    return 0;
}

static int reload(nib_model **model, const nib_dataset *dataset)
{
    double before = 0, after = 0;
    TRY(nib_model_evaluate(*model, dataset, NIB_SPLIT_TRAIN, &before));
    TRY(nib_model_save(*model, model_path));
    nib_model_destroy(*model);
    *model = NULL;
    TRY(nib_model_load(context, model_path, model));
    TRY(nib_model_evaluate(*model, dataset, NIB_SPLIT_TRAIN, &after));
    EXPECT(before == after);
    return 0;
}

static int fold(nib_model *model, nib_folded **folded)
{
    nib_folded *made = NULL;
    nib_folded_info info;
    TRY(nib_fold(model, NULL, &made));
    TRY(nib_folded_save(made, folded_path));
    nib_folded_destroy(made);
    TRY(nib_folded_load(context, folded_path, folded));
    info.struct_size = sizeof info;
    TRY(nib_folded_get_info(*folded, &info));
    EXPECT(info.vocabulary == vocabulary);
    return 0;
}

static int sample(nib_sampler *sampler, char items[sampled][item_bytes])
{
    int i;
    for (i = 0; i < sampled; ++i) {
        const char *text = NULL;
        size_t length = 0;
        TRY(nib_sampler_next(sampler, &text, &length));
        EXPECT(length < item_bytes);
        memcpy(items[i], text, length + 1);
    }
    nib_sampler_destroy(sampler);
    return 0;
}

static int compare_samples(nib_model *model, nib_folded *folded)
{
    nib_sampler_options options;
    nib_sampler *sampler = NULL;
    char of_model[sampled][item_bytes], of_folded[sampled][item_bytes];
    int i;

    options.struct_size = sizeof options;
    TRY(nib_sampler_options_default(&options));
    options.max_length = item_bytes - 1;
    TRY(nib_sampler_create(model, &options, &sampler));
    if (sample(sampler, of_model)) return 1;
    TRY(nib_sampler_create_folded(folded, &options, &sampler));
    if (sample(sampler, of_folded)) return 1;
    for (i = 0; i < sampled; ++i) EXPECT(strcmp(of_model[i], of_folded[i]) == 0);
    return 0;
}

int main(void)
{
    nib_dataset *dataset = NULL;
    nib_model *model = NULL;
    nib_folded *folded = NULL;

    TRY(nib_context_create(NULL, &context));
    TRY(nib_dataset_from_memory(context, names, sizeof names - 1, "names", NULL, &dataset));
    if (train(dataset, &model) || reload(&model, dataset) || fold(model, &folded)) return 1;
    if (compare_samples(model, folded)) return 1;
    EXPECT(nib_dataset_load(context, "/nowhere", NULL, &dataset) == NIB_ERR_IO);
    EXPECT(strstr(nib_context_message(context), "/nowhere") != NULL);
    remove(model_path);
    remove(folded_path);
    nib_folded_destroy(folded);
    nib_model_destroy(model);
    nib_dataset_destroy(dataset);
    nib_context_destroy(context);
    return 0;
}
