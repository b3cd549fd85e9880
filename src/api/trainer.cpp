#include "train/trainer.hpp"

#include "api/context.hpp"
#include "api/dataset.hpp"
#include "api/guard.hpp"
#include "api/model.hpp"
#include "base/check.hpp"
#include "net/text.hpp"
#include "optim/learning_rate.hpp"
#include "train/checkpoint.hpp"
#include "train/train_options.hpp"

#include <cstdint>
#include <memory>
#include <vector>

using namespace nib;

struct nib_trainer {
    nib_context* context;
    Trainer trainer;
};

namespace {

// ranks: null for a trainer of this process alone.
nib_trainer* new_trainer(nib_context* context, nib_model* model, const nib_dataset* dataset,
                         const nib_train_options* options, const nib_collective* ranks)
{
    api::check_pointer("model", model);
    api::check_pointer("dataset", dataset);
    const nib_train_options used = api::read_struct("options", options, initial_train_options());
    return new nib_trainer{context, Trainer(model->model, dataset->data, used, context->threads, context->memory,
                                            context->may_use_fewer ? Threads::at_most : Threads::fixed, ranks)};
}

nib_status run(nib_trainer* trainer, int64_t count, float* losses, int64_t* done, bool observe)
{
    return api::guard("trainer", trainer, [&] {
        check_range("count", count, 0, INT64_MAX);
        const std::int64_t before = trainer->trainer.step();
        // Also called when the run diverges.
        const auto tell = [&] {
            if (done != nullptr) *done = trainer->trainer.step() - before;
        };
        try {
            trainer->trainer.run(count, losses, observe);
        } catch (...) {
            tell();
            throw;
        }
        tell();
    });
}

// Copies element `index` of a list in the last step's diagnostics.
template <class Statistics>
void copy_out(const std::vector<Statistics>& all, int32_t index, Statistics* statistics)
{
    api::check_struct("statistics", statistics);
    check_range("index", index, 0, static_cast<std::int64_t>(all.size()) - 1);
    api::write_struct("statistics", statistics, all[static_cast<std::size_t>(index)]);
}

} // namespace

nib_status nib_trainer_create(nib_context* context, nib_model* model, const nib_dataset* dataset,
                              const nib_train_options* options, nib_trainer** trainer)
{
    return api::guard("context", context, [&] {
        api::check_pointer("trainer", trainer);
        *trainer = new_trainer(context, model, dataset, options, nullptr);
    });
}

nib_status nib_trainer_create_distributed(nib_context* context, nib_model* model, const nib_dataset* dataset,
                                          const nib_train_options* options, const nib_collective* collective,
                                          nib_trainer** trainer)
{
    return api::guard("context", context, [&] {
        const nib_collective engine = api::read_struct("collective", collective);
        Collective ranks(engine);
        std::unique_ptr<nib_trainer> made;
        agree(ranks, [&] {
            api::check_pointer("trainer", trainer);
            made.reset(new_trainer(context, model, dataset, options, &engine));
            return made->trainer.identity();
        });
        *trainer = made.release();
    });
}

void nib_trainer_destroy(nib_trainer* trainer) { delete trainer; }

nib_status nib_trainer_run(nib_trainer* trainer, int64_t count, float* losses, int64_t* done)
{
    return run(trainer, count, losses, done, false);
}

nib_status nib_trainer_observe(nib_trainer* trainer, int64_t count, float* losses, int64_t* done)
{
    return run(trainer, count, losses, done, true);
}

nib_status nib_trainer_save(nib_trainer* trainer, const char* path)
{
    return api::guard("trainer", trainer, [&] {
        api::check_pointer("path", path);
        trainer->trainer.save(path);
    });
}

nib_status nib_trainer_resume(nib_trainer* trainer, const char* path)
{
    return api::guard("trainer", trainer, [&] {
        api::check_pointer("path", path);
        trainer->trainer.resume(path);
    });
}

nib_status nib_checkpoint_read(nib_context* context, const char* path, int64_t* step, nib_model_options* model,
                               nib_train_options* train)
{
    return api::guard("context", context, [&] {
        api::check_pointer("path", path);
        if (model != nullptr) api::check_struct("model", model);
        if (train != nullptr) api::check_struct("train", train);
        const CheckpointHead head = read_checkpoint_head(path, context->memory);
        if (step != nullptr) *step = head.step;
        if (model != nullptr) {
            context->network = print_network(head.model.network.items());
            context->input = print_input(head.model.input);
            context->loss = print_loss(head.model.loss);
            api::write_struct("model", model,
                              {.struct_size = sizeof *model,
                               .network = context->network.c_str(),
                               .input = context->input.c_str(),
                               .seed = head.model.seed,
                               .loss = context->loss.c_str()});
        }
        if (train != nullptr) api::write_struct("train", train, head.train);
    });
}

int64_t nib_trainer_step(const nib_trainer* trainer) { return trainer != nullptr ? trainer->trainer.step() : 0; }

int32_t nib_trainer_threads(const nib_trainer* trainer) { return trainer != nullptr ? trainer->trainer.threads() : 0; }

double nib_trainer_learning_rate(const nib_trainer* trainer, int64_t step)
{
    const FloatEnvironment environment;
    return trainer != nullptr ? learning_rate(trainer->trainer.options(), step) : 0;
}

nib_status nib_trainer_layer_statistics(const nib_trainer* trainer, int32_t index, nib_layer_statistics* statistics)
{
    return api::guard("trainer", trainer,
                      [&] { copy_out(trainer->trainer.diagnostics().layers(), index, statistics); });
}

nib_status nib_trainer_tensor_statistics(const nib_trainer* trainer, int32_t index, nib_tensor_statistics* statistics)
{
    return api::guard("trainer", trainer,
                      [&] { copy_out(trainer->trainer.diagnostics().tensors(), index, statistics); });
}

nib_status nib_trainer_histogram(const nib_trainer* trainer, nib_quantity quantity, int32_t index,
                                 nib_histogram* histogram)
{
    return api::guard("trainer", trainer, [&] {
        api::check_struct("histogram", histogram);
        check_enum("quantity", quantity, NIB_ACTIVATION_SLOPES);
        nib_histogram all{};
        trainer->trainer.diagnostics().histogram(quantity, index, all);
        api::write_struct("histogram", histogram, all);
    });
}

nib_status nib_trainer_values(const nib_trainer* trainer, nib_quantity quantity, int32_t index, float* values)
{
    return api::guard("trainer", trainer, [&] {
        api::check_pointer("values", values);
        check_enum("quantity", quantity, NIB_ACTIVATION_SLOPES);
        trainer->trainer.diagnostics().values(quantity, index, values);
    });
}
