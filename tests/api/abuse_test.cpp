// Every function of nib.h, kernels.h and infer.h is called with each of its pointers NULL, each struct of a wrong size,
// and each enumeration with a value that it lacks: it returns a status each time, and makes nothing.
#include "api/small.hpp"
#include "folder.hpp"
#include "nib/infer.h"
#include "nib/kernels.h"
#include "paths.hpp"
#include "thread_ranks.hpp"

#include <climits>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <limits>
#include <set>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#define NIB_ANY_ENUM __attribute__((no_sanitize("undefined")))

using namespace nib::test;

namespace {

std::set<std::string> tested;
long refused = 0;

void refuses(const char* name, nib_status status)
{
    INFO(name);
    CHECK(status == NIB_ERR_INVALID_ARGUMENT);
    ++refused;
}

// Calls function once for each pointer among its arguments, with that pointer NULL, except those that may be NULL.
template <class... Parameters>
void each_null(const char* name, nib_status (*function)(Parameters...), std::set<int> may_be_null,
               std::type_identity_t<Parameters>... arguments)
{
    tested.insert(name);
    const std::tuple<Parameters...> good(arguments...);
    const auto try_one = [&]<std::size_t index>() {
        using Parameter = std::tuple_element_t<index, std::tuple<Parameters...>>;
        if constexpr (std::is_pointer_v<Parameter> && !std::is_function_v<std::remove_pointer_t<Parameter>>) {
            if (may_be_null.count(static_cast<int>(index)) > 0) return;
            auto bad = good;
            std::get<index>(bad) = nullptr;
            INFO("argument " << index);
            refuses(name, std::apply(function, bad));
        }
    };
    [&]<std::size_t... indices>(std::index_sequence<indices...>) { (try_one.template operator()<indices>(), ...); }
    (std::index_sequence_for<Parameters...>());
}
#define EACH_NULL(function, ...) each_null(#function, function, __VA_ARGS__)

// Calls with each wrong size of a struct.
template <class Struct, class Call>
void each_size(const char* name, Struct& value, Call call)
{
    const size_t right = value.struct_size;
    for (const size_t size : {size_t{0}, size_t{1}, right - 1, right + 1, right + 4096, SIZE_MAX}) {
        value.struct_size = size;
        refuses(name, call());
    }
    value.struct_size = right;
}

// Calls with each value that an enumeration lacks.
template <class Enum, class Call>
void each_enum(const char* name, Enum& value, Call call, int first_lacking = 3)
{
    const Enum right = value;
    for (const int wrong : {-1, first_lacking, 77, INT_MAX, INT_MIN}) {
        value = unknown<Enum>(wrong);
        refuses(name, call());
    }
    value = right;
}

struct Fixture {
    Fixture()
    {
        nib_sampler* s = nullptr;
        REQUIRE(nib_sampler_create(model.get(), nullptr, &s) == NIB_OK);
        sampler.reset(s);
    }

    Folder folder;
    std::string file = folder / "file";
    Recipe recipe;
    unique<nib_context> context = new_context();
    unique<nib_dataset> dataset = new_dataset(context.get());
    unique<nib_model> model = new_model(context.get(), dataset.get(), recipe);
    unique<nib_folded> folded = new_folded(model.get());
    unique<nib_trainer> trainer = new_trainer(context.get(), model.get(), dataset.get(), recipe.train);
    unique<nib_sampler> sampler;
    std::vector<float> floats = std::vector<float>(4096);
    std::vector<int32_t> ids = std::vector<int32_t>(64);

    nib_context_options context_options = sized<nib_context_options>();
    nib_dataset_options dataset_options = sized<nib_dataset_options>();
    nib_dataset_info dataset_info = sized<nib_dataset_info>();
    nib_option_info option_info = sized<nib_option_info>();
    nib_model_info model_info = sized<nib_model_info>();
    nib_layer_info layer_info = sized<nib_layer_info>();
    nib_tensor_info tensor_info = sized<nib_tensor_info>();
    nib_fold_options fold_options = sized<nib_fold_options>();
    nib_folded_info folded_info = sized<nib_folded_info>();
    nib_operation_info operation_info = sized<nib_operation_info>();
    nib_plan_info plan_info = sized<nib_plan_info>();
    nib_sampler_options sampler_options = sized<nib_sampler_options>();
    ThreadRanks one_rank{1};
    nib_collective collective = one_rank.of(0);

    nib_context* made_context = nullptr;
    nib_dataset* made_dataset = nullptr;
    nib_model* made_model = nullptr;
    nib_trainer* made_trainer = nullptr;
    nib_folded* made_folded = nullptr;
    nib_sampler* made_sampler = nullptr;
    const char* text = nullptr;
    size_t count = 0;
    double loss = 0;

    void nothing_made() const
    {
        CHECK(made_context == nullptr);
        CHECK(made_dataset == nullptr);
        CHECK(made_model == nullptr);
        CHECK(made_trainer == nullptr);
        CHECK(made_folded == nullptr);
        CHECK(made_sampler == nullptr);
    }
};

} // namespace

TEST_CASE_METHOD(Fixture, "contexts, data sets and models with NULL")
{
    nib_context* c = context.get();
    const char* path = file.c_str();
    EACH_NULL(nib_context_options_default, {}, &context_options);
    EACH_NULL(nib_context_create, {0}, &context_options, &made_context);
    EACH_NULL(nib_write_file, {}, c, path, "bytes", 5);
    EACH_NULL(nib_dataset_options_default, {}, &dataset_options);
    EACH_NULL(nib_dataset_load, {2}, c, path, nullptr, &made_dataset);
    EACH_NULL(nib_dataset_from_memory, {4}, c, small_text, 10, "name", nullptr, &made_dataset);
    size_t at = 0, length = 0, size = 0;
    int64_t line = 0;
    const void* bytes = nullptr;
    EACH_NULL(nib_text_next_item, {}, small_text, 10, NIB_ENCODING_UTF8, &at, &line, &text, &length);
    EACH_NULL(nib_dataset_get_info, {}, dataset.get(), &dataset_info);
    EACH_NULL(nib_dataset_symbol, {}, dataset.get(), 1, &text);
    EACH_NULL(nib_dataset_examples, {5, 6}, dataset.get(), NIB_SPLIT_TRAIN, 0, 1, 3, ids.data(), ids.data());
    EACH_NULL(nib_preset, {1, 2}, "default", nullptr, nullptr);
    EACH_NULL(nib_model_option, {}, 0, &option_info);
    EACH_NULL(nib_train_option, {}, 0, &option_info);
    EACH_NULL(nib_model_create, {}, c, &recipe.model, dataset.get(), &made_model);
    EACH_NULL(nib_model_save, {}, model.get(), path);
    EACH_NULL(nib_model_data, {}, model.get(), &bytes, &size);
    EACH_NULL(nib_model_load, {}, c, path, &made_model);
    EACH_NULL(nib_model_from_memory, {}, c, small_text, 10, "name", &made_model);
    EACH_NULL(nib_model_load_parameters, {2}, model.get(), path, nullptr);
    EACH_NULL(nib_model_parameters_from_memory, {4}, model.get(), small_text, 10, "name", nullptr);
    EACH_NULL(nib_model_get_info, {}, model.get(), &model_info);
    EACH_NULL(nib_model_get_options, {}, model.get(), &recipe.model);
    EACH_NULL(nib_model_layer, {}, model.get(), 0, &layer_info);
    EACH_NULL(nib_model_symbol, {}, model.get(), 1, &text);
    EACH_NULL(nib_model_encode, {}, model.get(), "emma", ids.data(), 4, &count);
    EACH_NULL(nib_model_tensor, {3}, model.get(), 0, &tensor_info, nullptr);
    EACH_NULL(nib_model_set_tensor, {}, model.get(), 0, floats.data());
    EACH_NULL(nib_model_copy, {}, model.get(), model.get());
    EACH_NULL(nib_model_logits, {}, model.get(), ids.data(), 1, floats.data());
    EACH_NULL(nib_model_evaluate, {}, model.get(), dataset.get(), NIB_SPLIT_VAL, &loss);
    EACH_NULL(nib_model_evaluate_range, {}, model.get(), dataset.get(), NIB_SPLIT_VAL, 0, 1, &loss);
    EACH_NULL(nib_model_evaluate_distributed, {}, model.get(), dataset.get(), NIB_SPLIT_VAL, 0, 1, &collective, &loss);
    EACH_NULL(nib_model_log_probability, {}, model.get(), "emma", 4, &loss);
    EACH_NULL(nib_model_calibrate, {}, model.get(), dataset.get(), NIB_SPLIT_VAL);
    nothing_made();
    CHECK(nib_context_threads(nullptr) == 0);
    CHECK(std::string(nib_context_isa(nullptr)).empty());
    CHECK(std::string(nib_context_message(nullptr)).empty());
    CHECK(nib_crc32c(nullptr, 0) == 0);
    CHECK(nib_visible_text(nullptr, 5, nullptr, 5) == 0);
    CHECK(nib_preset_name(SIZE_MAX) == nullptr);
    CHECK(nib_status_string(unknown<nib_status>(-5)) != nullptr);
    CHECK(nib_version() != nullptr);
}

TEST_CASE_METHOD(Fixture, "trainers, folded models and samplers with NULL")
{
    nib_context* c = context.get();
    const char* path = file.c_str();
    auto layer = sized<nib_layer_statistics>();
    auto tensor = sized<nib_tensor_statistics>();
    auto histogram = sized<nib_histogram>();
    REQUIRE(nib_trainer_observe(trainer.get(), 1, nullptr, nullptr) == NIB_OK);
    EACH_NULL(nib_trainer_create, {}, c, model.get(), dataset.get(), &recipe.train, &made_trainer);
    EACH_NULL(nib_trainer_create_distributed, {}, c, model.get(), dataset.get(), &recipe.train, &collective,
              &made_trainer);
    EACH_NULL(nib_trainer_run, {2, 3}, trainer.get(), 1, nullptr, nullptr);
    EACH_NULL(nib_trainer_save, {}, trainer.get(), path);
    EACH_NULL(nib_trainer_resume, {}, trainer.get(), path);
    EACH_NULL(nib_checkpoint_read, {2, 3, 4}, c, path, nullptr, nullptr, nullptr);
    EACH_NULL(nib_trainer_observe, {2, 3}, trainer.get(), 1, nullptr, nullptr);
    EACH_NULL(nib_trainer_layer_statistics, {}, trainer.get(), 0, &layer);
    EACH_NULL(nib_trainer_tensor_statistics, {}, trainer.get(), 0, &tensor);
    EACH_NULL(nib_trainer_histogram, {}, trainer.get(), NIB_ACTIVATIONS, 0, &histogram);
    EACH_NULL(nib_trainer_values, {}, trainer.get(), NIB_ACTIVATIONS, 0, floats.data());
    EACH_NULL(nib_fold_options_default, {}, &fold_options);
    EACH_NULL(nib_fold, {1}, model.get(), nullptr, &made_folded);
    EACH_NULL(nib_plan, {3}, c, &recipe.model, 27, nullptr, &plan_info);
    EACH_NULL(nib_folded_save, {}, folded.get(), path);
    EACH_NULL(nib_folded_load, {}, c, path, &made_folded);
    EACH_NULL(nib_folded_from_memory, {}, c, small_text, 10, "name", &made_folded);
    EACH_NULL(nib_folded_get_info, {}, folded.get(), &folded_info);
    EACH_NULL(nib_folded_operation, {}, folded.get(), 0, &operation_info);
    EACH_NULL(nib_folded_symbol, {}, folded.get(), 1, &text);
    EACH_NULL(nib_export_c, {}, folded.get(), "names", path);
    EACH_NULL(nib_export_onnx, {}, folded.get(), path);
    EACH_NULL(nib_export_pytorch, {}, model.get(), path);
    EACH_NULL(nib_folded_logits, {}, folded.get(), ids.data(), 1, floats.data());
    EACH_NULL(nib_folded_evaluate, {}, folded.get(), dataset.get(), NIB_SPLIT_VAL, &loss);
    EACH_NULL(nib_folded_log_probability, {}, folded.get(), "emma", 4, &loss);
    EACH_NULL(nib_sampler_options_default, {}, &sampler_options);
    EACH_NULL(nib_sampler_create, {1}, model.get(), nullptr, &made_sampler);
    EACH_NULL(nib_sampler_create_folded, {1}, folded.get(), nullptr, &made_sampler);
    EACH_NULL(nib_sampler_next, {2}, sampler.get(), &text, nullptr);
    nothing_made();
    CHECK(nib_trainer_step(nullptr) == 0);
    CHECK(nib_trainer_threads(nullptr) == 0);
    CHECK(nib_trainer_learning_rate(nullptr, 0) == 0);
    CHECK(folder.count() == 0);
}

TEST_CASE_METHOD(Fixture, "tables with NULL and with wrong sizes")
{
    nib_context* c = context.get();
    std::vector<int32_t> classes(40);
    for (std::size_t i = 0; i < 40; ++i) classes[i] = i % 2 == 0 ? 0 : 1;
    auto table = sized<nib_table>();
    table.x = floats.data();
    table.rows = 40;
    table.columns = table.row_stride = 1;
    table.classes = classes.data();
    table.class_count = 2;
    auto split = sized<nib_split_options>();
    auto options = sized<nib_table_options>();
    auto metrics = sized<nib_metrics>();
    const char* path = file.c_str();
    EACH_NULL(nib_split_options_default, {}, &split);
    EACH_NULL(nib_table_options_default, {}, &options);
    REQUIRE(nib_split_options_default(&split) == NIB_OK);
    REQUIRE(nib_table_options_default(&options) == NIB_OK);
    EACH_NULL(nib_dataset_from_tables, {2, 3, 4}, c, &table, nullptr, nullptr, nullptr, &made_dataset);
    EACH_NULL(nib_dataset_load_table, {2}, c, path, nullptr, &made_dataset);
    each_size("table", table,
              [&] { return nib_dataset_from_tables(c, &table, nullptr, nullptr, &split, &made_dataset); });
    each_size("val table", table, [&] {
        nib_table good = table;
        good.struct_size = sizeof good;
        return nib_dataset_from_tables(c, &good, &table, nullptr, &split, &made_dataset);
    });
    each_size("split", split,
              [&] { return nib_dataset_from_tables(c, &table, nullptr, nullptr, &split, &made_dataset); });
    each_size("split default", split, [&] { return nib_split_options_default(&split); });
    each_size("table options", options, [&] { return nib_dataset_load_table(c, path, &options, &made_dataset); });
    each_size("table options default", options, [&] { return nib_table_options_default(&options); });
    const auto load = [&] { return nib_dataset_load_table(c, path, &options, &made_dataset); };
    each_enum("missing", options.missing, load, 2);
    each_enum("task", options.task, load);
    each_enum("header", options.header, load);
    options.separator = 'x';
    refuses("separator", load());
    options.separator = 0;
    for (const double share : {-0.1, 1.0, 2.0, std::numeric_limits<double>::quiet_NaN()}) {
        split.val = share;
        refuses("split", nib_dataset_from_tables(c, &table, nullptr, nullptr, &split, &made_dataset));
        split.val = 0.1;
    }
    nothing_made();

    const unique<nib_dataset> rows = [&] {
        REQUIRE(nib_dataset_from_tables(c, &table, nullptr, nullptr, &split, &made_dataset) == NIB_OK);
        return unique<nib_dataset>(std::exchange(made_dataset, nullptr));
    }();
    recipe.model.network = "linear";
    recipe.model.input = "floats";
    REQUIRE(nib_model_create(c, &recipe.model, rows.get(), &made_model) == NIB_OK);
    const unique<nib_model> of_table(std::exchange(made_model, nullptr));
    std::ofstream(path) << "1\n2\n";
    nib_row_reader* made_reader = nullptr;
    EACH_NULL(nib_dataset_rows, {4, 5, 6, 7}, rows.get(), NIB_SPLIT_TRAIN, 0, 1, floats.data(), ids.data(),
              floats.data(), floats.data());
    EACH_NULL(nib_model_column, {}, of_table.get(), 0, &text);
    EACH_NULL(nib_model_class, {}, of_table.get(), 0, &text);
    EACH_NULL(nib_model_target, {}, of_table.get(), 0, &text);
    EACH_NULL(nib_model_predict, {}, of_table.get(), floats.data(), 1, 1, floats.data());
    EACH_NULL(nib_model_metrics, {}, of_table.get(), rows.get(), NIB_SPLIT_VAL, &metrics);
    REQUIRE(nib_fold(of_table.get(), nullptr, &made_folded) == NIB_OK);
    const unique<nib_folded> folded_table(std::exchange(made_folded, nullptr));
    EACH_NULL(nib_folded_column, {}, folded_table.get(), 0, &text);
    EACH_NULL(nib_folded_class, {}, folded_table.get(), 0, &text);
    EACH_NULL(nib_folded_target, {}, folded_table.get(), 0, &text);
    EACH_NULL(nib_folded_predict, {}, folded_table.get(), floats.data(), 1, 1, floats.data());
    EACH_NULL(nib_folded_metrics, {}, folded_table.get(), rows.get(), NIB_SPLIT_VAL, &metrics);
    const void* bytes = nullptr;
    std::size_t size = 0;
    EACH_NULL(nib_folded_data, {}, folded_table.get(), &bytes, &size);
    refuses("nib_folded_predict", nib_folded_predict(folded_table.get(), floats.data(), -1, 1, floats.data()));
    refuses("nib_folded_predict", nib_folded_predict(folded_table.get(), floats.data(), 1, 0, floats.data()));
    auto read_by = sized<nib_table_options>();
    REQUIRE(nib_table_options_default(&read_by) == NIB_OK);
    refuses("nib_row_reader_create", nib_row_reader_create(c, path, &read_by, &made_reader));
    read_by.schema_of = of_table.get();
    EACH_NULL(nib_row_reader_create, {}, c, path, &read_by, &made_reader);
    CHECK(made_reader == nullptr);
    REQUIRE(nib_row_reader_create(c, path, &read_by, &made_reader) == NIB_OK);
    const unique<nib_row_reader> reader(made_reader);
    int64_t read = 0;
    EACH_NULL(nib_row_reader_next, {}, reader.get(), 1, floats.data(), &read);
    each_size("metrics", metrics,
              [&] { return nib_model_metrics(of_table.get(), rows.get(), NIB_SPLIT_VAL, &metrics); });
    nib_split which = NIB_SPLIT_VAL;
    each_enum("split", which,
              [&]() NIB_ANY_ENUM { return nib_model_metrics(of_table.get(), rows.get(), which, &metrics); });
    each_enum("split", which, [&]() NIB_ANY_ENUM {
        return nib_dataset_rows(rows.get(), which, 0, 1, floats.data(), nullptr, nullptr, nullptr);
    });
    refuses("nib_row_reader_next", nib_row_reader_next(reader.get(), 0, floats.data(), &read));
    refuses("nib_model_predict", nib_model_predict(of_table.get(), floats.data(), -1, 1, floats.data()));
    refuses("nib_model_predict", nib_model_predict(of_table.get(), floats.data(), 1, 0, floats.data()));
    CHECK(nib_looks_like_table(nullptr) == 0);
    recipe.train.batch_size = 2;
    each_enum(
        "class_weights", recipe.train.class_weights,
        [&] { return nib_trainer_create(c, of_table.get(), rows.get(), &recipe.train, &made_trainer); }, 2);
    nothing_made();
}

TEST_CASE_METHOD(Fixture, "kernels with NULL and with wrong sizes")
{
    nib_context* c = context.get();
    float* f = floats.data();
    EACH_NULL(nib_sgemm, {}, c, NIB_NO_TRANSPOSE, NIB_NO_TRANSPOSE, 2, 2, 2, 1, f, 2, f, 2, 0, f + 64, 2);
    EACH_NULL(nib_tanh, {}, c, 2, f, f);
    EACH_NULL(nib_exp, {}, c, 2, f, f);
    EACH_NULL(nib_log, {}, c, 2, f, f);
    EACH_NULL(nib_batchnorm_tanh_forward, {}, c, 2, 2, f, f, f, 0, f + 64, f + 128, f + 192, f + 256);
    EACH_NULL(nib_batchnorm_tanh_evaluate, {}, c, 2, 2, f, f, f, f, f, 0, f + 64);
    EACH_NULL(nib_batchnorm_tanh_backward, {}, c, 2, 2, f, f, f, f, f, f + 64, f + 128, f + 192);
    for (const int64_t wrong : {int64_t{-1}, INT64_MIN, INT64_MAX, (int64_t{1} << 40) + 1}) {
        refuses("nib_tanh", nib_tanh(c, wrong, f, f));
        refuses("nib_sgemm",
                nib_sgemm(c, NIB_NO_TRANSPOSE, NIB_NO_TRANSPOSE, wrong, 1, 1, 1, f, 1, f, 1, 0, f + 64, 1));
        refuses("nib_batchnorm_tanh_forward",
                nib_batchnorm_tanh_forward(c, wrong, 2, f, f, f, 0, f + 64, f + 128, f + 192, f + 256));
    }
    CHECK(nib_tanh(c, 0, nullptr, nullptr) == NIB_OK);
}

TEST_CASE("folded models in the caller's memory with NULL")
{
    alignas(NIB_INFER_ALIGNMENT) static char memory[4096];
    nib_infer_model model{};
    nib_infer_sampler sampler{};
    auto info = sized<nib_infer_info>();
    auto options = sized<nib_infer_sampler_options>();
    std::vector<int32_t> ids(64);
    std::vector<float> floats(64);
    size_t size = 0;
    double number = 0;
    char text[64];
    EACH_NULL(nib_infer_workspace, {}, memory, sizeof memory, 1, &size);
    EACH_NULL(nib_infer_open, {}, memory, sizeof memory, memory, sizeof memory, &model);
    EACH_NULL(nib_infer_set_isa, {}, &model, "scalar");
    EACH_NULL(nib_infer_get_info, {}, &model, &info);
    EACH_NULL(nib_infer_logits, {}, &model, ids.data(), 1, floats.data(), memory, sizeof memory);
    EACH_NULL(nib_infer_run, {}, &model, floats.data(), 1, floats.data(), memory, sizeof memory);
    EACH_NULL(nib_infer_classify, {}, &model, floats.data(), 1, ids.data(), memory, sizeof memory);
    const char* name = nullptr;
    EACH_NULL(nib_infer_class_name, {}, &model, 0, &name, &size);
    EACH_NULL(nib_infer_log_probability, {}, &model, "emma", 4, &number, memory, sizeof memory);
    uint32_t lengths[1];
    EACH_NULL(nib_infer_sample, {}, &model, &options, 0, 1, text, sizeof text, lengths, memory, sizeof memory);
    EACH_NULL(nib_infer_sampler_options_default, {}, &options);
    EACH_NULL(nib_infer_sampler_init, {}, &sampler, &model, &options);
    EACH_NULL(nib_infer_sampler_next, {}, &sampler, text, sizeof text, &size, memory, sizeof memory);
    CHECK(nib_infer_isa(nullptr) != nullptr);
}

TEST_CASE_METHOD(Fixture, "structs of a wrong size")
{
    nib_context* c = context.get();
    each_size("context", context_options, [&] { return nib_context_create(&context_options, &made_context); });
    each_size("context default", context_options, [&] { return nib_context_options_default(&context_options); });
    each_size("dataset default", dataset_options, [&] { return nib_dataset_options_default(&dataset_options); });
    each_size("dataset", dataset_options,
              [&] { return nib_dataset_from_memory(c, small_text, 10, "name", &dataset_options, &made_dataset); });
    each_size("dataset info", dataset_info, [&] { return nib_dataset_get_info(dataset.get(), &dataset_info); });
    each_size("preset", recipe.model, [&] { return nib_preset("default", &recipe.model, nullptr); });
    each_size("preset", recipe.train, [&] { return nib_preset("default", nullptr, &recipe.train); });
    each_size("model option", option_info, [&] { return nib_model_option(0, &option_info); });
    each_size("train option", option_info, [&] { return nib_train_option(0, &option_info); });
    each_size("model", recipe.model, [&] { return nib_model_create(c, &recipe.model, dataset.get(), &made_model); });
    each_size("model info", model_info, [&] { return nib_model_get_info(model.get(), &model_info); });
    each_size("model options", recipe.model, [&] { return nib_model_get_options(model.get(), &recipe.model); });
    each_size("layer", layer_info, [&] { return nib_model_layer(model.get(), 0, &layer_info); });
    each_size("tensor", tensor_info, [&] { return nib_model_tensor(model.get(), 0, &tensor_info, nullptr); });
    each_size("trainer", recipe.train,
              [&] { return nib_trainer_create(c, model.get(), dataset.get(), &recipe.train, &made_trainer); });
    each_size("collective", collective, [&] {
        return nib_trainer_create_distributed(c, model.get(), dataset.get(), &recipe.train, &collective, &made_trainer);
    });
    each_size("evaluation's collective", collective, [&] {
        return nib_model_evaluate_distributed(model.get(), dataset.get(), NIB_SPLIT_VAL, 0, 1, &collective, &loss);
    });
    each_size("fold default", fold_options, [&] { return nib_fold_options_default(&fold_options); });
    each_size("fold", fold_options, [&] { return nib_fold(model.get(), &fold_options, &made_folded); });
    each_size("operation", operation_info, [&] { return nib_folded_operation(folded.get(), 0, &operation_info); });
    each_size("folded info", folded_info, [&] { return nib_folded_get_info(folded.get(), &folded_info); });
    each_size("plan", recipe.model, [&] { return nib_plan(c, &recipe.model, 27, nullptr, &plan_info); });
    each_size("plan's fold", fold_options, [&] { return nib_plan(c, &recipe.model, 27, &fold_options, &plan_info); });
    each_size("plan info", plan_info, [&] { return nib_plan(c, &recipe.model, 27, nullptr, &plan_info); });
    each_size("sampler default", sampler_options, [&] { return nib_sampler_options_default(&sampler_options); });
    each_size("sampler", sampler_options,
              [&] { return nib_sampler_create(model.get(), &sampler_options, &made_sampler); });
    auto infer_options = sized<nib_infer_sampler_options>();
    each_size("infer sampler default", infer_options,
              [&] { return nib_infer_sampler_options_default(&infer_options); });
    nothing_made();
}

TEST_CASE_METHOD(Fixture, "enumerations of values that they lack")
{
    nib_context* c = context.get();
    REQUIRE(nib_dataset_options_default(&dataset_options) == NIB_OK);
    each_enum("encoding", dataset_options.encoding, [&] {
        return nib_dataset_from_memory(c, small_text, sizeof small_text - 1, "n", &dataset_options, &made_dataset);
    });
    nib_encoding encoding = NIB_ENCODING_UTF8;
    size_t at = 0;
    int64_t line = 0;
    each_enum("encoding", encoding,
              [&]() NIB_ANY_ENUM { return nib_text_next_item(small_text, 10, encoding, &at, &line, &text, &count); });
    const auto train = [&] { return nib_trainer_create(c, model.get(), dataset.get(), &recipe.train, &made_trainer); };
    each_enum("optimizer", recipe.train.optimizer, train);
    each_enum("schedule", recipe.train.schedule, train);
    nib_split split = NIB_SPLIT_VAL;
    // C++ would not let this file read a number that is not a split; a C program can pass it on.
    each_enum("split", split,
              [&]() NIB_ANY_ENUM { return nib_model_evaluate(model.get(), dataset.get(), split, &loss); });
    each_enum("split", split,
              [&]() NIB_ANY_ENUM { return nib_model_evaluate_range(model.get(), dataset.get(), split, 0, 1, &loss); });
    each_enum("split", split, [&]() NIB_ANY_ENUM {
        return nib_model_evaluate_distributed(model.get(), dataset.get(), split, 0, 1, &collective, &loss);
    });
    each_enum("split", split, [&]() NIB_ANY_ENUM { return nib_model_calibrate(model.get(), dataset.get(), split); });
    each_enum("split", split,
              [&]() NIB_ANY_ENUM { return nib_dataset_examples(dataset.get(), split, 0, 1, 3, ids.data(), nullptr); });
    REQUIRE(nib_fold_options_default(&fold_options) == NIB_OK);
    each_enum("weights", fold_options.weights, [&] { return nib_fold(model.get(), &fold_options, &made_folded); });
    each_enum("first_layer", fold_options.first_layer,
              [&] { return nib_fold(model.get(), &fold_options, &made_folded); });
    each_enum("split", split,
              [&]() NIB_ANY_ENUM { return nib_folded_evaluate(folded.get(), dataset.get(), split, &loss); });
    const auto plan = [&] { return nib_plan(c, &recipe.model, 27, &fold_options, &plan_info); };
    each_enum("weights", fold_options.weights, plan);
    each_enum("first layer", fold_options.first_layer, plan, 2);
    REQUIRE(nib_trainer_observe(trainer.get(), 1, nullptr, nullptr) == NIB_OK);
    nib_quantity quantity = NIB_ACTIVATIONS;
    each_enum(
        "quantity", quantity,
        [&]() NIB_ANY_ENUM { return nib_trainer_values(trainer.get(), quantity, 0, floats.data()); }, 4);
    nothing_made();
}

TEST_CASE_METHOD(Fixture, "texts that are no network, or NULL")
{
    const auto refuses_text = [&](const char*& member, const char* written) {
        const char* const right = member;
        member = written;
        refuses("nib_model_create", nib_model_create(context.get(), &recipe.model, dataset.get(), &made_model));
        says(context.get(), &member == &recipe.model.network ? "network" : "input");
        refuses("nib_plan", nib_plan(context.get(), &recipe.model, 27, nullptr, &plan_info));
        says(context.get(), &member == &recipe.model.network ? "network" : "input");
        member = right;
    };
    const std::string long_text(std::size_t{1} << 20, ' ');
    for (const char* each : {static_cast<const char*>(nullptr), "", "%s%n", "embedding", "linear", ",", "\xff",
                             "embedding 0, flatten, linear", "embedding 4, flatten, linear 19", long_text.c_str()})
        refuses_text(recipe.model.network, each);
    for (const char* each : {static_cast<const char*>(nullptr), "", "symbols context=0", "symbols context=257",
                             "symbols 3", "symbols, symbols", "linear", long_text.c_str()})
        refuses_text(recipe.model.input, each);
    nothing_made();
}

TEST_CASE_METHOD(Fixture, "a trainer that diverged answers every call, and the other handles work on")
{
    Recipe wild("lecture-original");
    wild.set_network(small_network("lecture-original", 12, "identity"));
    wild.train.learning_rate = 1e30;
    const unique<nib_model> other = new_model(context.get(), dataset.get(), wild);
    const unique<nib_trainer> broken = new_trainer(context.get(), other.get(), dataset.get(), wild.train);
    nib_trainer* made = broken.get();
    CHECK(nib_trainer_run(made, 50, nullptr, nullptr) == NIB_ERR_DIVERGED);
    for (int i = 0; i < 2; ++i) {
        CHECK(nib_trainer_run(made, 1, nullptr, nullptr) == NIB_ERR_STATE);
        CHECK(nib_trainer_observe(made, 1, nullptr, nullptr) == NIB_ERR_STATE);
        CHECK(nib_trainer_save(made, file.c_str()) == NIB_ERR_STATE);
        CHECK(nib_trainer_values(made, NIB_ACTIVATIONS, 0, floats.data()) == NIB_ERR_STATE);
    }
    CHECK(nib_model_logits(other.get(), ids.data(), 1, floats.data()) == NIB_OK);
    CHECK(nib_trainer_run(trainer.get(), 5, nullptr, nullptr) == NIB_OK);
}

TEST_CASE("no exported function was left out")
{
    // The functions that return no status, and the destroyers, for which NULL is allowed.
    nib_context_destroy(nullptr);
    nib_dataset_destroy(nullptr);
    nib_model_destroy(nullptr);
    nib_trainer_destroy(nullptr);
    nib_folded_destroy(nullptr);
    nib_sampler_destroy(nullptr);
    nib_row_reader_destroy(nullptr);
    tested.insert({"nib_row_reader_destroy",
                   "nib_looks_like_table",
                   "nib_trainer_threads",
                   "nib_context_destroy",
                   "nib_dataset_destroy",
                   "nib_model_destroy",
                   "nib_trainer_destroy",
                   "nib_folded_destroy",
                   "nib_sampler_destroy",
                   "nib_context_threads",
                   "nib_context_isa",
                   "nib_context_message",
                   "nib_crc32c",
                   "nib_visible_text",
                   "nib_preset_name",
                   "nib_status_string",
                   "nib_version",
                   "nib_trainer_step",
                   "nib_trainer_learning_rate",
                   "nib_infer_isa"});
    std::ifstream list(source_path("tests/install/libnib_symbols.txt"));
    int functions = 0;
    for (std::string name; std::getline(list, name); ++functions) {
        INFO(name);
        CHECK(tested.count(name) == 1);
    }
    CHECK(functions > 60);
    std::printf("%ld calls of %d functions refused\n", refused, functions);
}
