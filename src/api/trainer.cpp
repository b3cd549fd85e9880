#include "train/trainer.hpp"

#include "api/dataset.hpp"
#include "api/guard.hpp"
#include "api/model.hpp"
#include "base/check.hpp"
#include "train/schedule.hpp"

#include <cstdint>

using namespace nib;

struct nib_trainer {
    nib_context* context;
    Trainer trainer;
};

nib_status nib_trainer_create(nib_context* context, nib_model* model, const nib_dataset* dataset,
                              const nib_train_options* options, nib_trainer** trainer)
{
    return api::guard("context", context, [&] {
        api::check_pointer("model", model);
        api::check_pointer("dataset", dataset);
        api::check_struct("options", options);
        api::check_pointer("trainer", trainer);
        *trainer =
            new nib_trainer{context, Trainer(model->model, dataset->text, *options, context->threads, context->memory)};
    });
}

void nib_trainer_destroy(nib_trainer* trainer) { delete trainer; }

nib_status nib_trainer_run(nib_trainer* trainer, int64_t count, float* losses, int64_t* done)
{
    return api::guard("trainer", trainer, [&] {
        check_range("count", count, 0, INT64_MAX);
        const std::int64_t before = trainer->trainer.step();
        // Also of a run that diverges.
        const auto tell = [&] {
            if (done != nullptr) *done = trainer->trainer.step() - before;
        };
        try {
            trainer->trainer.run(count, losses);
        } catch (const Error&) {
            tell();
            throw;
        }
        tell();
    });
}

int64_t nib_trainer_step(const nib_trainer* trainer) { return trainer != nullptr ? trainer->trainer.step() : 0; }

double nib_trainer_learning_rate(const nib_trainer* trainer, int64_t step)
{
    return trainer != nullptr ? learning_rate(trainer->trainer.options(), step) : 0;
}
