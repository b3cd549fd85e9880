// Every allocation of every call fails in turn, those of the caller's hooks and of operator new alike: the call returns
// NIB_ERR_NO_MEMORY each time, nothing leaks, and the handles then work as if nothing had happened.
#include "alike_ranks.hpp"
#include "api/small.hpp"
#include "folder.hpp"
#include "nib/kernels.h"

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <new>
#include <string>
#include <vector>

namespace {

// Counts allocations while it is armed; number `failing` of them fails. One thread at a time allocates.
struct Allocations {
    bool armed = false;
    long count = 0, failing = -1;
    long live = 0; // all live allocations, armed or not

    bool fails() noexcept { return armed && count++ == failing; }
} allocations;

void* take(std::size_t size, std::size_t alignment)
{
    if (allocations.fails()) return nullptr;
    void* memory =
        std::aligned_alloc(alignment, (std::max<std::size_t>(size, 1) + alignment - 1) / alignment * alignment);
    if (memory != nullptr) ++allocations.live;
    return memory;
}

void give_back(void* memory) noexcept
{
    if (memory != nullptr) --allocations.live;
    std::free(memory);
}

void* take_or_throw(std::size_t size, std::size_t alignment)
{
    void* memory = take(size, alignment);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}

constexpr std::size_t usual = alignof(std::max_align_t);

} // namespace

void* operator new(std::size_t size) { return take_or_throw(size, usual); }
void* operator new[](std::size_t size) { return take_or_throw(size, usual); }
void* operator new(std::size_t size, std::align_val_t alignment)
{
    return take_or_throw(size, static_cast<std::size_t>(alignment));
}
// A caller of this form can do without memory, so these do not fail.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept
{
    void* memory = std::malloc(std::max<std::size_t>(size, 1));
    if (memory != nullptr) ++allocations.live;
    return memory;
}
void* operator new[](std::size_t size, const std::nothrow_t& none) noexcept { return operator new(size, none); }
void operator delete(void* memory) noexcept { give_back(memory); }
void operator delete[](void* memory) noexcept { give_back(memory); }
void operator delete(void* memory, std::size_t) noexcept { give_back(memory); }
void operator delete[](void* memory, std::size_t) noexcept { give_back(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { give_back(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { give_back(memory); }

using namespace nib::test;

namespace {

void* hook_allocate(void*, size_t size, size_t alignment) { return take(size, alignment); }
void hook_deallocate(void*, void* memory, size_t, size_t) { give_back(memory); }

unique<nib_context> hooked_context()
{
    auto options = sized<nib_context_options>();
    options.threads = 2;
    options.allocate = hook_allocate;
    options.deallocate = hook_deallocate;
    nib_context* context = nullptr;
    REQUIRE(nib_context_create(&options, &context) == NIB_OK);
    return unique<nib_context>(context);
}

long failed = 0;

// Repeats the call with the first allocation failing, then the second, until every allocation has failed once.
void fail_in_turn(const char* name, const std::function<nib_status()>& call)
{
    for (long failing = 0;; ++failing) {
        allocations.count = 0;
        allocations.failing = failing;
        allocations.armed = true;
        const nib_status status = call();
        allocations.armed = false;
        INFO(name << ", allocation " << failing << " failing");
        if (allocations.count <= failing) {
            CHECK(status == NIB_OK);
            return;
        }
        REQUIRE(status == NIB_ERR_NO_MEMORY);
        ++failed;
    }
}

void allocates_nothing(const char* name, const std::function<nib_status()>& call)
{
    allocations = {.armed = true, .count = 0, .failing = -1, .live = allocations.live};
    const nib_status status = call();
    allocations.armed = false;
    INFO(name);
    CHECK(status == NIB_OK);
    CHECK(allocations.count == 0);
}

// For a call that makes a handle: if it fails, it must make none.
template <auto destroy, class Handle>
void fail_making(const char* name, const std::function<nib_status(Handle**)>& make)
{
    fail_in_turn(name, [&] {
        Handle* handle = nullptr;
        const nib_status status = make(&handle);
        if ((handle != nullptr) != (status == NIB_OK)) return NIB_ERR_INTERNAL;
        destroy(handle);
        return status;
    });
}

// Runs body twice: memory that Catch2 and the C++ library allocate once and keep is allocated before the second run.
template <class Body>
void without_leak(Body body)
{
    const long failed_before = failed;
    body();
    failed = failed_before;
    const long live = allocations.live;
    body();
    const long lost = allocations.live - live;
    CHECK(lost == 0);
}

std::string bytes_of(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<float> logits_of(nib_model* model)
{
    const std::vector<int32_t> contexts = {0, 0, 0, 1, 2, 3, 4, 5, 6};
    std::vector<float> logits(3 * 20);
    REQUIRE(nib_model_logits(model, contexts.data(), 3, logits.data()) == NIB_OK);
    return logits;
}

struct Fixture {
    Folder folder;
    std::string text_file = folder / "names", model_file = folder / "model", folded_file = folder / "folded";
    std::string checkpoint = folder / "checkpoint", c_file = folder / "names.c", onnx_file = folder / "names.onnx",
                python_file = folder / "names.py";
    Recipe recipe = [] {
        Recipe made;
        made.train.optimizer = NIB_ADAMW;
        return made;
    }();
    unique<nib_context> context = hooked_context();
    unique<nib_dataset> dataset = new_dataset(context.get());
    unique<nib_model> model = new_model(context.get(), dataset.get(), recipe);
    unique<nib_trainer> trainer = new_trainer(model.get());

    unique<nib_trainer> new_trainer(nib_model* of) const
    {
        return nib::test::new_trainer(context.get(), of, dataset.get(), recipe.train);
    }
};

} // namespace

TEST_CASE("making and reading data sets and models without memory")
{
    without_leak([] {
        Fixture f;
        std::ofstream(f.text_file) << small_text;
        nib_context* c = f.context.get();
        fail_making<nib_context_destroy, nib_context>(
            "context_create", [&](nib_context** made) { return nib_context_create(nullptr, made); });
        fail_making<nib_dataset_destroy, nib_dataset>("dataset_from_memory", [&](nib_dataset** made) {
            return nib_dataset_from_memory(c, small_text, sizeof small_text - 1, "a name that is not short", nullptr,
                                           made);
        });
        fail_making<nib_dataset_destroy, nib_dataset>("dataset_load", [&](nib_dataset** made) {
            return nib_dataset_load(c, f.text_file.c_str(), nullptr, made);
        });
        fail_making<nib_model_destroy, nib_model>("model_create", [&](nib_model** made) {
            return nib_model_create(c, &f.recipe.model, f.dataset.get(), made);
        });
        fail_in_turn("write_file", [&] { return nib_write_file(c, f.text_file.c_str(), small_text, 10); });
        fail_in_turn("model_save", [&] { return nib_model_save(f.model.get(), f.model_file.c_str()); });
        const void* file = nullptr;
        size_t file_size = 0;
        fail_in_turn("model_data", [&] { return nib_model_data(f.model.get(), &file, &file_size); });
        fail_making<nib_model_destroy, nib_model>(
            "model_load", [&](nib_model** made) { return nib_model_load(c, f.model_file.c_str(), made); });
        fail_in_turn("model_load_parameters",
                     [&] { return nib_model_load_parameters(f.model.get(), f.model_file.c_str(), nullptr); });
        const std::string model_bytes = bytes_of(f.model_file);
        fail_making<nib_model_destroy, nib_model>("model_from_memory", [&](nib_model** made) {
            return nib_model_from_memory(c, model_bytes.data(), model_bytes.size(), "a name that is not short", made);
        });
        fail_in_turn("model_parameters_from_memory", [&] {
            return nib_model_parameters_from_memory(f.model.get(), model_bytes.data(), model_bytes.size(),
                                                    "a name that is not short", nullptr);
        });
        size_t at = 0, length = 0;
        int64_t line = 0;
        const char* item = nullptr;
        auto option = sized<nib_option_info>();
        fail_in_turn("model_option", [&] { return nib_model_option(0, &option); });
        fail_in_turn("train_option", [&] { return nib_train_option(0, &option); });
        auto layer = sized<nib_layer_info>();
        fail_in_turn("model_layer", [&] { return nib_model_layer(f.model.get(), 2, &layer); });
        fail_in_turn("text_next_item", [&] {
            return nib_text_next_item(small_text, sizeof small_text - 1, NIB_ENCODING_UTF8, &at, &line, &item, &length);
        });
        const std::vector<int32_t> contexts(300, 1);
        std::vector<float> logits(100 * 20);
        fail_in_turn("model_logits",
                     [&] { return nib_model_logits(f.model.get(), contexts.data(), 100, logits.data()); });
        double loss = 0;
        fail_in_turn("model_evaluate",
                     [&] { return nib_model_evaluate(f.model.get(), f.dataset.get(), NIB_SPLIT_TRAIN, &loss); });
        fail_in_turn("model_evaluate_range", [&] {
            return nib_model_evaluate_range(f.model.get(), f.dataset.get(), NIB_SPLIT_TRAIN, 3, 70, &loss);
        });
        const nib_collective collective = alike_ranks<2>();
        fail_in_turn("model_evaluate_distributed", [&] {
            return nib_model_evaluate_distributed(f.model.get(), f.dataset.get(), NIB_SPLIT_TRAIN, 0, 70, &collective,
                                                  &loss);
        });
        const unique<nib_model> other = new_model(c, f.dataset.get(), f.recipe);
        fail_in_turn("model_copy", [&] { return nib_model_copy(f.model.get(), other.get()); });
        fail_in_turn("model_calibrate",
                     [&] { return nib_model_calibrate(f.model.get(), f.dataset.get(), NIB_SPLIT_TRAIN); });
    });
}

TEST_CASE("tables without memory")
{
    without_leak([] {
        Fixture f;
        nib_context* c = f.context.get();
        std::vector<float> x(80);
        std::vector<int32_t> classes(40);
        for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i * 7 % 31);
        for (std::size_t i = 0; i < classes.size(); ++i) classes[i] = static_cast<int32_t>(i % 3);
        auto table = sized<nib_table>();
        table.x = x.data();
        table.rows = 40;
        table.columns = table.row_stride = 2;
        table.classes = classes.data();
        table.class_count = 3;
        fail_making<nib_dataset_destroy, nib_dataset>("dataset_from_tables", [&](nib_dataset** made) {
            return nib_dataset_from_tables(c, &table, nullptr, nullptr, nullptr, made);
        });
        std::ofstream file(f.text_file);
        file << "a,b,a class of a long name\n";
        for (int i = 0; i < 40; ++i) file << i % 7 << ',' << i * 3 % 11 << (i % 2 == 0 ? ",yes\n" : ",no\n");
        file.close();
        auto options = sized<nib_table_options>();
        REQUIRE(nib_table_options_default(&options) == NIB_OK);
        const char* const target = "3";
        options.targets = &target;
        options.target_count = 1;
        fail_making<nib_dataset_destroy, nib_dataset>("dataset_load_table", [&](nib_dataset** made) {
            return nib_dataset_load_table(c, f.text_file.c_str(), &options, made);
        });
        nib_dataset* loaded = nullptr;
        REQUIRE(nib_dataset_load_table(c, f.text_file.c_str(), &options, &loaded) == NIB_OK);
        const unique<nib_dataset> dataset(loaded);
        f.recipe.model.network = "standardize, linear 5, batchnorm, relu, linear";
        f.recipe.model.input = "floats";
        fail_making<nib_model_destroy, nib_model>("model_create of a table", [&](nib_model** made) {
            return nib_model_create(c, &f.recipe.model, dataset.get(), made);
        });
        nib_model* created = nullptr;
        REQUIRE(nib_model_create(c, &f.recipe.model, dataset.get(), &created) == NIB_OK);
        const unique<nib_model> model(created);
        fail_making<nib_trainer_destroy, nib_trainer>("trainer_create of a table", [&](nib_trainer** made) {
            return nib_trainer_create(c, model.get(), dataset.get(), &f.recipe.train, made);
        });
        fail_in_turn("model_save of a table", [&] { return nib_model_save(model.get(), f.model_file.c_str()); });
        nib_trainer* made_trainer = nullptr;
        REQUIRE(nib_trainer_create(c, model.get(), dataset.get(), &f.recipe.train, &made_trainer) == NIB_OK);
        const unique<nib_trainer> trainer(made_trainer);
        allocates_nothing("trainer_run of a table",
                          [&] { return nib_trainer_run(trainer.get(), 3, nullptr, nullptr); });
        fail_making<nib_model_destroy, nib_model>(
            "model_load of a table", [&](nib_model** made) { return nib_model_load(c, f.model_file.c_str(), made); });
        std::vector<float> y(80);
        fail_in_turn("model_predict", [&] { return nib_model_predict(model.get(), x.data(), 40, 2, y.data()); });
        allocates_nothing("model_predict", [&] { return nib_model_predict(model.get(), x.data(), 40, 2, y.data()); });
        auto metrics = sized<nib_metrics>();
        fail_in_turn("model_metrics",
                     [&] { return nib_model_metrics(model.get(), dataset.get(), NIB_SPLIT_TRAIN, &metrics); });
        fail_making<nib_row_reader_destroy, nib_row_reader>("row_reader_create", [&](nib_row_reader** made) {
            options.schema_of = model.get();
            return nib_row_reader_create(c, f.text_file.c_str(), &options, made);
        });
        fail_making<nib_folded_destroy, nib_folded>("fold of a table", [&](nib_folded** made) {
            auto as = sized<nib_fold_options>();
            nib_fold_options_default(&as);
            as.dataset = dataset.get();
            as.split = NIB_SPLIT_TRAIN;
            return nib_fold(model.get(), &as, made);
        });
        nib_folded* made_folded = nullptr;
        REQUIRE(nib_fold(model.get(), nullptr, &made_folded) == NIB_OK);
        const unique<nib_folded> folded(made_folded);
        allocates_nothing("folded_predict",
                          [&] { return nib_folded_predict(folded.get(), x.data(), 40, 2, y.data()); });
        fail_in_turn("folded_metrics",
                     [&] { return nib_folded_metrics(folded.get(), dataset.get(), NIB_SPLIT_TRAIN, &metrics); });
        fail_in_turn("export_c of a table", [&] { return nib_export_c(folded.get(), "table", f.text_file.c_str()); });
        fail_in_turn("export_onnx of a table", [&] { return nib_export_onnx(folded.get(), f.text_file.c_str()); });
        fail_in_turn("export_pytorch of a table", [&] { return nib_export_pytorch(model.get(), f.text_file.c_str()); });
    });
}

TEST_CASE("training, saving and resuming without memory: the run goes on as if it had not been")
{
    without_leak([] {
        Fixture f;
        const unique<nib_model> twin = new_model(f.context.get(), f.dataset.get(), f.recipe);
        const unique<nib_trainer> twins = f.new_trainer(twin.get());
        REQUIRE(nib_trainer_run(twins.get(), 12, nullptr, nullptr) == NIB_OK);

        fail_making<nib_trainer_destroy, nib_trainer>("trainer_create", [&](nib_trainer** made) {
            return nib_trainer_create(f.context.get(), f.model.get(), f.dataset.get(), &f.recipe.train, made);
        });
        const nib_collective collective = alike_ranks<2>();
        nib_train_options shared = f.recipe.train;
        shared.batch_size = 32;
        shared.segments = 2;
        fail_making<nib_trainer_destroy, nib_trainer>("trainer_create_distributed", [&](nib_trainer** made) {
            return nib_trainer_create_distributed(f.context.get(), f.model.get(), f.dataset.get(), &shared, &collective,
                                                  made);
        });
        fail_in_turn("trainer_run", [&] { return nib_trainer_run(f.trainer.get(), 10, nullptr, nullptr); });
        const int64_t at = nib_trainer_step(f.trainer.get());
        REQUIRE(at == 10);
        fail_in_turn("trainer_save", [&] { return nib_trainer_save(f.trainer.get(), f.checkpoint.c_str()); });
        allocates_nothing("trainer_run", [&] { return nib_trainer_run(f.trainer.get(), 3, nullptr, nullptr); });
        fail_in_turn("trainer_resume", [&] { return nib_trainer_resume(f.trainer.get(), f.checkpoint.c_str()); });
        auto options = sized<nib_model_options>();
        fail_in_turn("checkpoint_read", [&] {
            return nib_checkpoint_read(f.context.get(), f.checkpoint.c_str(), nullptr, &options, nullptr);
        });
        fail_in_turn("trainer_observe", [&] { return nib_trainer_observe(f.trainer.get(), 2, nullptr, nullptr); });
        auto histogram = sized<nib_histogram>();
        for (const nib_quantity quantity :
             {NIB_ACTIVATIONS, NIB_ACTIVATION_GRADIENTS, NIB_PARAMETER_GRADIENTS, NIB_ACTIVATION_SLOPES})
            fail_in_turn("trainer_histogram",
                         [&] { return nib_trainer_histogram(f.trainer.get(), quantity, 1, &histogram); });
        std::vector<float> values(4096);
        fail_in_turn("trainer_values",
                     [&] { return nib_trainer_values(f.trainer.get(), NIB_PARAMETER_GRADIENTS, 0, values.data()); });
        CHECK(nib_trainer_step(f.trainer.get()) == 12);
        CHECK(logits_of(f.model.get()) == logits_of(twin.get()));
    });
}

TEST_CASE("folding, exporting and sampling without memory")
{
    without_leak([] {
        Fixture f;
        auto options = sized<nib_fold_options>();
        REQUIRE(nib_fold_options_default(&options) == NIB_OK);
        options.dataset = f.dataset.get();
        options.max_loss_difference = 1;
        for (const nib_weights weights : {NIB_WEIGHTS_INT8, NIB_WEIGHTS_BF16, NIB_WEIGHTS_F32}) {
            options.weights = weights;
            fail_making<nib_folded_destroy, nib_folded>(
                "fold", [&](nib_folded** made) { return nib_fold(f.model.get(), &options, made); });
        }
        auto plan = sized<nib_plan_info>();
        fail_in_turn("plan", [&] { return nib_plan(f.context.get(), &f.recipe.model, 20, &options, &plan); });
        const unique<nib_folded> folded = new_folded(f.model.get());
        nib_folded* handle = folded.get();
        fail_in_turn("folded_save", [&] { return nib_folded_save(handle, f.folded_file.c_str()); });
        fail_making<nib_folded_destroy, nib_folded>("folded_load", [&](nib_folded** made) {
            return nib_folded_load(f.context.get(), f.folded_file.c_str(), made);
        });
        const std::string folded_bytes = bytes_of(f.folded_file);
        fail_making<nib_folded_destroy, nib_folded>("folded_from_memory", [&](nib_folded** made) {
            return nib_folded_from_memory(f.context.get(), folded_bytes.data(), folded_bytes.size(),
                                          "a name that is not short", made);
        });
        fail_in_turn("export_c", [&] { return nib_export_c(handle, "names", f.c_file.c_str()); });
        fail_in_turn("export_onnx", [&] { return nib_export_onnx(handle, f.onnx_file.c_str()); });
        fail_in_turn("export_pytorch", [&] { return nib_export_pytorch(f.model.get(), f.python_file.c_str()); });
        double loss = 0;
        fail_in_turn("folded_evaluate",
                     [&] { return nib_folded_evaluate(handle, f.dataset.get(), NIB_SPLIT_VAL, &loss); });
        const std::vector<int32_t> contexts(300, 1);
        std::vector<float> logits(100 * 20);
        fail_in_turn("folded_logits", [&] { return nib_folded_logits(handle, contexts.data(), 100, logits.data()); });

        auto sampling = sized<nib_sampler_options>();
        REQUIRE(nib_sampler_options_default(&sampling) == NIB_OK);
        sampling.start = "em";
        fail_making<nib_sampler_destroy, nib_sampler>("sampler_create_folded", [&](nib_sampler** made) {
            return nib_sampler_create_folded(handle, &sampling, made);
        });
        fail_making<nib_sampler_destroy, nib_sampler>(
            "sampler_create", [&](nib_sampler** made) { return nib_sampler_create(f.model.get(), &sampling, made); });
        nib_sampler* made = nullptr;
        REQUIRE(nib_sampler_create(f.model.get(), &sampling, &made) == NIB_OK);
        const unique<nib_sampler> sampler(made);
        const char* text = nullptr;
        for (int i = 0; i < 5; ++i)
            fail_in_turn("sampler_next", [&] { return nib_sampler_next(made, &text, nullptr); });
    });
}

TEST_CASE("kernels without memory")
{
    without_leak([] {
        const unique<nib_context> context = hooked_context();
        nib_context* c = context.get();
        constexpr int64_t n = 300, squared = n * n;
        const std::vector<float> a(squared, 0.5f), vector(n, 0.5f);
        std::vector<float> b(squared), d(squared), e(n), g(n);
        fail_in_turn("sgemm", [&] {
            return nib_sgemm(c, NIB_NO_TRANSPOSE, NIB_TRANSPOSE, n, n, n, 1, a.data(), n, a.data(), n, 0, b.data(), n);
        });
        // Each has its own context, because a context keeps its workspace from call to call.
        const unique<nib_context> second = hooked_context(), third = hooked_context(), fourth = hooked_context();
        fail_in_turn("batchnorm_tanh_forward", [&] {
            return nib_batchnorm_tanh_forward(second.get(), n, n, a.data(), vector.data(), vector.data(), 1e-5f,
                                              b.data(), d.data(), e.data(), g.data());
        });
        fail_in_turn("batchnorm_tanh_evaluate", [&] {
            return nib_batchnorm_tanh_evaluate(third.get(), n, n, a.data(), vector.data(), vector.data(), vector.data(),
                                               vector.data(), 1e-5f, b.data());
        });
        fail_in_turn("batchnorm_tanh_backward", [&] {
            return nib_batchnorm_tanh_backward(fourth.get(), n, n, a.data(), a.data(), a.data(), vector.data(),
                                               vector.data(), b.data(), e.data(), g.data());
        });
    });
}

TEST_CASE("how many allocations failed")
{
    std::printf("%ld allocations failed, each with NIB_ERR_NO_MEMORY and no leak\n", failed);
    CHECK(failed > 500);
}
