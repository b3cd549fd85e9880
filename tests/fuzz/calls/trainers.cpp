// Trainers: steps, checkpoints, diagnostics.
#include "alike_ranks.hpp"
#include "fuzz/calls/session.hpp"
#include "train/train_options.hpp"

#include <algorithm>

namespace nib::fuzz {

const char* Trainer::destroy()
{
    nib_trainer_destroy(handle);
    return "nib_trainer_destroy";
}

namespace {

Context* told(const Trainer* trainer, const nib_trainer* handle)
{
    return handle != nullptr ? trainer->context : nullptr;
}

nib_train_options train_options(Session& s, bool& tame)
{
    auto o = sized<nib_train_options>();
    require(nib_preset(nib_preset_name(s.random.below(7)), nullptr, &o) == NIB_OK, "a preset is there");
    o.steps = s.random.of({1, 3, 20});
    o.batch_size = s.random.of({2, 3, 8, 33});
    o.optimizer = s.random.of({NIB_SGD, NIB_ADAMW});
    o.schedule = s.random.of({NIB_SCHEDULE_STEP, NIB_SCHEDULE_COSINE, NIB_SCHEDULE_CONSTANT});
    o.momentum = s.random.of({0.0, 0.9});
    o.clip_norm = s.random.of({0.0, 0.5});
    o.learning_rate = 0.01;
    tame = true;
    if (!s.odd()) return o;
    tame = false;
    o.struct_size = s.within<std::size_t>(sizeof o, {0, 8, sizeof o - 1, sizeof o + 1, SIZE_MAX});
    for (std::size_t n = 1 + s.random.below(3); n > 0; --n) make_option_odd(s.random, train_fields(), &o);
    return o;
}

// One rank, or two that do the same.
nib_collective some_ranks(Session& s, nib_train_options& options)
{
    const bool are_two = s.random.one_in(2);
    if (are_two && options.batch_size > 16) options.segments = 2;
    nib_collective ranks = are_two ? test::alike_ranks<2>() : test::alike_ranks<1>();
    if (are_two && options.segments < 2) s.expect_refusal();
    ranks.struct_size = s.within<std::size_t>(sizeof ranks, {0, 8, sizeof ranks - 1, sizeof ranks + 1, SIZE_MAX});
    ranks.rank = s.within<std::int32_t>(0, {-1, ranks.ranks, INT32_MIN, INT32_MAX});
    if (s.odd()) make_odd(s.random, ranks.ranks);
    ranks.broadcast = s.needed(ranks.broadcast);
    return ranks;
}

void create(Session& s, bool of_ranks)
{
    if (s.count<Trainer>() == 4) return;
    auto made = std::make_unique<Trainer>();
    made->context = s.some<Context>();
    made->model = s.some<Model>();
    const Dataset* dataset = s.some<Dataset>();
    nib_context* context = s.handle_of(made->context);
    nib_model* model = s.handle_of(made->model);
    const nib_dataset* data = s.handle_of(dataset);
    made->options = train_options(s, made->tame);
    const nib_collective collective = of_ranks ? some_ranks(s, made->options) : nib_collective{};
    const nib_collective* ranks = of_ranks ? s.needed(&collective) : nullptr;
    const nib_train_options* options = s.needed(&made->options);
    nib_trainer** out = s.needed(&made->handle);
    Context* const told_in = context != nullptr ? made->context : nullptr;
    const nib_status status =
        of_ranks ? NIB_CALL(s, told_in, (NIB_ERR_MISMATCH), nib_trainer_create_distributed, context, model, data,
                            options, ranks, out)
                 : NIB_CALL(s, told_in, (NIB_ERR_MISMATCH), nib_trainer_create, context, model, data, options, out);
    s.check((made->handle != nullptr) == (status == NIB_OK), "a trainer is made where the answer is NIB_OK");
    if (status != NIB_OK) return;
    const bool large = made->options.batch_size > 100;
    made->uses = {made->context, made->model, dataset};
    const Trainer* trainer = made.get();
    s.keep(std::move(made));
    if (large) s.end(trainer); // its steps would take long
}

void trainer_create(Session& s) { create(s, false); }
void trainer_create_distributed(Session& s) { create(s, true); }

void check_run(Session& s, const Trainer& trainer, nib_status status, std::int64_t run, std::int64_t expected)
{
    const bool tame = trainer.tame && trainer.model->tame;
    if (!trainer.tame) trainer.model->tame = false;
    s.check(run >= 0 && run <= expected, "no more steps are run than were asked for");
    s.check(status != NIB_OK || run == expected, "as many steps are run as there are");
    s.check(!tame || status != NIB_ERR_DIVERGED, "a sensible run does not diverge");
    s.check(status != NIB_ERR_NO_MEMORY || run == 0, "a run without memory is as before");
}

using Run = nib_status (*)(nib_trainer*, std::int64_t, float*, std::int64_t*);

void run(Session& s, const char* name, Run function)
{
    const Trainer* trainer = s.some<Trainer>();
    nib_trainer* handle = s.handle_of(trainer);
    const std::int64_t before = trainer != nullptr ? nib_trainer_step(trainer->handle) : 0;
    const std::int64_t left = trainer != nullptr ? trainer->options.steps - before : 0;
    std::int64_t count = s.random.of<std::int64_t>({0, 1, 2, 5});
    if (left < 100 && s.odd()) count = INT64_MAX;
    const std::int64_t expected = std::min(count, left);
    const auto asked = s.within<std::int64_t>(count, {-1, INT64_MIN});
    std::vector<float> losses(static_cast<std::size_t>(expected));
    Output<std::int64_t> done(s);
    const bool with_losses = !s.random.one_in(3), with_done = !s.random.one_in(3);
    s.begin(name, told(trainer, handle));
    const nib_status status =
        s.ended(function(handle, asked, with_losses ? losses.data() : nullptr, with_done ? &done.value : nullptr),
                {NIB_ERR_DIVERGED, NIB_ERR_STATE});
    if (trainer == nullptr) return;
    const std::int64_t ran = nib_trainer_step(trainer->handle) - before;
    if (status != NIB_OK && status != NIB_ERR_DIVERGED) {
        s.check(ran == 0, "a refused run is none");
    } else {
        check_run(s, *trainer, status, ran, expected);
        s.check(!with_done || done.value == ran, "the steps run are told");
    }
    if (!with_losses || status != NIB_OK) return;
    for (const float loss : losses) s.check(std::isfinite(loss), "the losses of a run are finite");
    s.mix(losses.data(), losses.size() * sizeof(float));
}

void trainer_run(Session& s) { run(s, "nib_trainer_run", nib_trainer_run); }
void trainer_observe(Session& s) { run(s, "nib_trainer_observe", nib_trainer_observe); }

void trainer_save(Session& s)
{
    const Trainer* trainer = s.some<Trainer>();
    nib_trainer* handle = s.handle_of(trainer);
    const std::string path = s.path_to_write();
    const char* file = s.needed(path.c_str());
    NIB_CALL(s, told(trainer, handle), (NIB_ERR_IO, NIB_ERR_DIVERGED, NIB_ERR_STATE), nib_trainer_save, handle, file);
}

void trainer_resume(Session& s)
{
    const Trainer* trainer = s.some<Trainer>();
    nib_trainer* handle = s.handle_of(trainer);
    const std::string path = s.path_to_read();
    const char* file = s.needed(path.c_str());
    const std::int64_t before = trainer != nullptr ? nib_trainer_step(trainer->handle) : 0;
    const nib_status status = NIB_CALL(s, told(trainer, handle), (NIB_ERR_IO, NIB_ERR_FORMAT, NIB_ERR_MISMATCH),
                                       nib_trainer_resume, handle, file);
    if (trainer == nullptr) return;
    if (status == NIB_OK) {
        // The file may be from a run that was not tame.
        trainer->model->tame = false;
    } else {
        s.check(nib_trainer_step(trainer->handle) == before, "after an error the trainer is as before");
    }
}

// A trainer returns to where it was saved.
void trainer_save_and_resume(Session& s)
{
    const Trainer* trainer = s.some<Trainer>();
    if (trainer == nullptr) return;
    const std::string path = s.random.any(s.materials.slots);
    const std::int64_t step = nib_trainer_step(trainer->handle);
    if (NIB_CALL(s, trainer->context, (NIB_ERR_DIVERGED, NIB_ERR_STATE), nib_trainer_save, trainer->handle,
                 path.c_str()) != NIB_OK)
        return;
    trainer_run(s);
    const nib_status status = NIB_CALL(s, trainer->context, (), nib_trainer_resume, trainer->handle, path.c_str());
    s.check(status != NIB_OK || nib_trainer_step(trainer->handle) == step, "a trainer resumes where it was saved");
}

void checkpoint_read(Session& s)
{
    Context* made = s.some<Context>();
    nib_context* context = s.handle_of(made);
    const std::string path = s.path_to_read();
    const char* file = s.needed(path.c_str());
    Output<std::int64_t> step(s);
    Output<nib_model_options> model(s);
    Output<nib_train_options> train(s);
    const nib_status status =
        NIB_CALL(s, context != nullptr ? made : nullptr, (NIB_ERR_IO, NIB_ERR_FORMAT), nib_checkpoint_read, context,
                 file, s.random.one_in(4) ? nullptr : &step.value, &model.value, &train.value);
    step.check(status);
    model.check(status);
    train.check(status);
    if (status == NIB_OK) s.mix(train.value.steps);
}

void trainer_questions(Session& s)
{
    const Trainer* trainer = s.some<Trainer>();
    const nib_trainer* handle = trainer != nullptr && !s.odd() ? trainer->handle : nullptr;
    s.mix(nib_trainer_step(handle));
    s.note("nib_trainer_step");
    s.check((nib_trainer_threads(handle) > 0) == (handle != nullptr), "a trainer has threads");
    s.note("nib_trainer_threads");
    auto step = static_cast<std::int64_t>(s.random.below(30));
    if (s.odd()) make_odd(s.random, step);
    s.mix(nib_trainer_learning_rate(handle, step));
    s.note("nib_trainer_learning_rate");
}

void layer_statistics(Session& s)
{
    const Trainer* trainer = s.some<Trainer>();
    const nib_trainer* handle = s.handle_of(trainer);
    std::int32_t index = s.random.of({0, 1, 2});
    if (s.odd()) make_odd(s.random, index);
    Output<nib_layer_statistics> statistics(s);
    const nib_status status = NIB_CALL(s, told(trainer, handle), (NIB_ERR_STATE), nib_trainer_layer_statistics, handle,
                                       index, statistics.pointer());
    statistics.check(status);
    if (status == NIB_OK) s.mix(statistics.value.gradient_std);
}

void tensor_statistics(Session& s)
{
    const Trainer* trainer = s.some<Trainer>();
    const nib_trainer* handle = s.handle_of(trainer);
    std::int32_t index = s.random.of({0, 1, 2});
    if (s.odd()) make_odd(s.random, index);
    Output<nib_tensor_statistics> statistics(s);
    const nib_status status = NIB_CALL(s, told(trainer, handle), (NIB_ERR_STATE), nib_trainer_tensor_statistics, handle,
                                       index, statistics.pointer());
    statistics.check(status);
    if (status == NIB_OK) s.mix(statistics.value.update_std);
}

nib_quantity some_quantity(Session& s)
{
    return s.one_of({NIB_ACTIVATIONS, NIB_ACTIVATION_GRADIENTS, NIB_PARAMETER_GRADIENTS, NIB_ACTIVATION_SLOPES});
}

void histogram(Session& s)
{
    const Trainer* trainer = s.some<Trainer>();
    const nib_trainer* handle = s.handle_of(trainer);
    const nib_quantity quantity = some_quantity(s);
    std::int32_t index = s.random.of({0, 1, 2});
    if (s.odd()) make_odd(s.random, index);
    Output<nib_histogram> histogram(s);
    const nib_status status = NIB_CALL(s, told(trainer, handle), (NIB_ERR_STATE), nib_trainer_histogram, handle,
                                       quantity, index, histogram.pointer());
    histogram.check(status);
    if (status == NIB_OK) s.mix(histogram.value.density);
}

// The number of numbers; 0 if there is no such layer or tensor, or no such quantity for it.
std::size_t numbers(const Trainer& trainer, nib_quantity quantity, std::int32_t index)
{
    if (quantity == NIB_PARAMETER_GRADIENTS) {
        auto info = sized<nib_tensor_info>();
        if (nib_model_tensor(trainer.model->handle, index, &info, nullptr) != NIB_OK) return 0;
        return static_cast<std::size_t>(info.rows * info.columns);
    }
    auto layer = sized<nib_layer_statistics>();
    if (nib_trainer_layer_statistics(trainer.handle, index, &layer) != NIB_OK) return 0;
    return static_cast<std::size_t>(layer.units) * static_cast<std::size_t>(layer.rows);
}

void values(Session& s)
{
    const Trainer* trainer = s.some<Trainer>();
    const nib_trainer* handle = s.handle_of(trainer);
    const nib_quantity quantity = some_quantity(s);
    std::int32_t index = s.random.of({0, 1, 2});
    if (s.odd()) make_odd(s.random, index);
    std::vector<float> all(trainer != nullptr ? numbers(*trainer, quantity, index) : 0);
    float none = 0;
    float* to = s.needed(all.empty() ? &none : all.data());
    const nib_status status =
        NIB_CALL(s, told(trainer, handle), (NIB_ERR_STATE), nib_trainer_values, handle, quantity, index, to);
    if (status == NIB_OK) s.mix(all.data(), all.size() * sizeof(float));
}

} // namespace

const std::vector<Operation> trainer_operations = {trainer_create,
                                                   trainer_create,
                                                   trainer_create_distributed,
                                                   trainer_run,
                                                   trainer_run,
                                                   trainer_run,
                                                   trainer_observe,
                                                   trainer_observe,
                                                   trainer_save,
                                                   trainer_resume,
                                                   trainer_save_and_resume,
                                                   checkpoint_read,
                                                   trainer_questions,
                                                   layer_statistics,
                                                   tensor_statistics,
                                                   histogram,
                                                   values};

} // namespace nib::fuzz
