// Everything that nib computes, once, as bytes to compare, for tests of the environment around it. There are no
// assertions: Catch2's are for one thread and one process.
#pragma once

#include "api/small.hpp"
#include "nib/infer.h"
#include "nib/kernels.h"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace nib::test {

template <class T>
void append(std::string& bytes, const T* values, std::size_t count)
{
    bytes.append(reinterpret_cast<const char*>(values), count * sizeof(T));
}

// Enough words to give each of several threads work in every split.
inline std::string many_words()
{
    std::string text;
    std::uint32_t state = 1;
    for (int word = 0; word < 1500; ++word) {
        for (int letter = 0; letter < 3 + word % 4; ++letter) {
            state = state * 1664525u + 1013904223u;
            text += static_cast<char>('a' + (state >> 24) % 26);
        }
        text += '\n';
    }
    return text;
}

inline nib_context* context_of(int threads)
{
    auto options = sized<nib_context_options>();
    check(nib_context_options_default(&options));
    options.threads = threads;
    nib_context* context = nullptr;
    check(nib_context_create(&options, &context));
    return context;
}

// A run that has begun: data, model and trainer in a context with this many threads.
struct Begun {
    Begun(int threads, const Recipe& recipe) : context(context_of(threads))
    {
        const std::string text = many_words();
        nib_dataset* data = nullptr;
        check(nib_dataset_from_memory(context.get(), text.data(), text.size(), "words", nullptr, &data));
        dataset.reset(data);
        nib_model* made = nullptr;
        check(nib_model_create(context.get(), &recipe.model, data, &made));
        model.reset(made);
        nib_trainer* begun = nullptr;
        check(nib_trainer_create(context.get(), made, data, &recipe.train, &begun));
        trainer.reset(begun);
    }

    // The losses, and the measurements of the last step.
    std::string train(std::int64_t steps)
    {
        std::string bytes;
        std::vector<float> losses(static_cast<std::size_t>(steps));
        check(nib_trainer_observe(trainer.get(), steps, losses.data(), nullptr));
        append(bytes, losses.data(), losses.size());
        auto layer = sized<nib_layer_statistics>();
        check(nib_trainer_layer_statistics(trainer.get(), 0, &layer));
        append(bytes, &layer.std, 1);
        auto histogram = sized<nib_histogram>();
        check(nib_trainer_histogram(trainer.get(), NIB_PARAMETER_GRADIENTS, 0, &histogram));
        append(bytes, histogram.density, NIB_HISTOGRAM_BINS);
        const double rate = nib_trainer_learning_rate(trainer.get(), 3);
        append(bytes, &rate, 1);
        return bytes;
    }

    std::string evaluate()
    {
        std::string bytes;
        double numbers[2] = {};
        check(nib_model_evaluate(model.get(), dataset.get(), NIB_SPLIT_TRAIN, &numbers[0]));
        check(nib_model_log_probability(model.get(), "abcde", 5, &numbers[1]));
        append(bytes, numbers, 2);
        return bytes;
    }

    unique<nib_context> context;
    unique<nib_dataset> dataset;
    unique<nib_model> model;
    unique<nib_trainer> trainer;
};

inline std::string items_of(nib_sampler* made, int count)
{
    const unique<nib_sampler> sampler(made);
    std::string text;
    for (int i = 0; i < count; ++i) {
        const char* item = nullptr;
        check(nib_sampler_next(sampler.get(), &item, nullptr));
        text.append(item).push_back('\n');
    }
    return text;
}

inline std::string bytes_of(const std::string& path)
{
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
}

// The results of libnib_infer for a folded file.
inline std::string inferred(const std::string& content)
{
    const auto aligned = [](std::size_t bytes) {
        return std::shared_ptr<char>(static_cast<char*>(std::aligned_alloc(64, (bytes + 63) / 64 * 64)), std::free);
    };
    const std::shared_ptr<char> file = aligned(content.size());
    std::copy(content.begin(), content.end(), file.get());
    std::size_t room = 0;
    check(nib_infer_workspace(file.get(), content.size(), 16, &room));
    const std::shared_ptr<char> workspace = aligned(room);
    nib_infer_model model;
    check(nib_infer_open(file.get(), content.size(), workspace.get(), room, &model));
    auto info = sized<nib_infer_info>();
    check(nib_infer_get_info(&model, &info));
    std::string bytes;
    const std::vector<std::int32_t> contexts(static_cast<std::size_t>(20 * info.context_length), 3);
    std::vector<float> logits(static_cast<std::size_t>(20 * info.vocabulary));
    check(nib_infer_logits(&model, contexts.data(), 20, logits.data(), workspace.get(), room));
    append(bytes, logits.data(), logits.size());
    double log_probability = 0;
    check(nib_infer_log_probability(&model, "abcde", 5, &log_probability, workspace.get(), room));
    append(bytes, &log_probability, 1);
    auto options = sized<nib_infer_sampler_options>();
    check(nib_infer_sampler_options_default(&options));
    options.temperature = 0.7f;
    options.max_length = 30;
    nib_infer_sampler sampler;
    check(nib_infer_sampler_init(&sampler, &model, &options));
    std::vector<char> text(20 * 30 * 4);
    for (int i = 0; i < 10; ++i) {
        std::size_t length = 0;
        check(nib_infer_sampler_next(&sampler, text.data(), text.size(), &length, workspace.get(), room));
        bytes.append(text.data(), length).push_back('\n');
    }
    std::vector<std::uint32_t> lengths(20);
    check(nib_infer_sample(&model, &options, 0, 20, text.data(), 30 * 4, lengths.data(), workspace.get(), room));
    for (std::size_t i = 0; i < 20; ++i) bytes.append(text.data() + i * 120, lengths[i]).push_back('\n');
    return bytes;
}

// Model, folded models and exports as files, and items drawn from them.
inline std::string deployed(Begun& run, const std::string& folder)
{
    const std::string path = folder + "/file";
    std::string bytes;
    check(nib_trainer_save(run.trainer.get(), path.c_str()));
    bytes += bytes_of(path);
    check(nib_trainer_resume(run.trainer.get(), path.c_str()));
    auto sampler_options = sized<nib_sampler_options>();
    check(nib_sampler_options_default(&sampler_options));
    sampler_options.temperature = 0.7;
    nib_sampler* sampler = nullptr;
    check(nib_sampler_create(run.model.get(), &sampler_options, &sampler));
    bytes += items_of(sampler, 20);
    sampler_options.stream = NIB_STREAM_COUNTER;
    for (const nib_weights weights : {NIB_WEIGHTS_F32, NIB_WEIGHTS_BF16, NIB_WEIGHTS_INT8}) {
        auto options = sized<nib_fold_options>();
        check(nib_fold_options_default(&options));
        options.weights = weights;
        options.dataset = run.dataset.get();
        options.max_loss_difference = 1;
        nib_folded* made = nullptr;
        check(nib_fold(run.model.get(), &options, &made));
        const unique<nib_folded> folded(made);
        check(nib_folded_save(made, path.c_str()));
        bytes += bytes_of(path) + inferred(bytes_of(path));
        check(nib_export_c(made, "names", path.c_str()));
        bytes += bytes_of(path);
        check(nib_sampler_create_folded(made, &sampler_options, &sampler));
        bytes += items_of(sampler, 300); // more than the first draw
    }
    return bytes;
}

// Arrays large enough for several threads. They are made once, as making them is arithmetic too.
struct Arrays {
    static constexpr std::int64_t rows = 512, columns = 160;
    std::vector<float> x, z, exponents;
    std::vector<float> ones = std::vector<float>(columns, 1.0f), thirds = std::vector<float>(columns, 1.0f / 3);

    Arrays()
    {
        for (std::uint32_t i = 0; i < rows * columns; ++i) {
            x.push_back(static_cast<float>(i * 2654435761u % 1000) * 0.001f - 0.3f);
            z.push_back(i % 3 == 0 ? 1e-41f * static_cast<float>(i % 7) : x.back()); // a third below 2^-126
            exponents.push_back(-60.0f * x.back() - 60.0f);                          // exp of -102 is 5e-45
        }
    }
};

// The results of the functions of kernels.h.
inline std::string kernels_on_arrays(nib_context* context, const Arrays& a)
{
    constexpr std::int64_t rows = Arrays::rows, columns = Arrays::columns;
    const std::vector<float>&x = a.x, &z = a.z, &ones = a.ones, &thirds = a.thirds;
    std::vector<float> y(x.size()), w(x.size()), mean(columns), spread(columns), more(columns);
    std::string bytes;
    const auto keep = [&](const std::vector<float>& values) { append(bytes, values.data(), values.size()); };
    check(nib_sgemm(context, NIB_NO_TRANSPOSE, NIB_TRANSPOSE, 160, 160, 512, 0.7f, x.data(), 512, z.data(), 512, 0,
                    y.data(), 160));
    keep(y);
    const auto n = static_cast<std::int64_t>(x.size());
    check(nib_exp(context, n, a.exponents.data(), y.data()));
    keep(y);
    check(nib_log(context, n, z.data(), y.data()));
    keep(y);
    check(nib_tanh(context, n, z.data(), y.data()));
    keep(y);
    check(nib_batchnorm_tanh_forward(context, rows, columns, z.data(), ones.data(), thirds.data(), 1e-5f, w.data(),
                                     y.data(), mean.data(), spread.data()));
    keep(y);
    keep(spread);
    std::vector<float> dz(x.size());
    check(nib_batchnorm_tanh_backward(context, rows, columns, x.data(), y.data(), w.data(), ones.data(), spread.data(),
                                      dz.data(), mean.data(), more.data()));
    keep(dz);
    keep(mean);
    check(nib_batchnorm_tanh_evaluate(context, rows, columns, z.data(), ones.data(), thirds.data(), thirds.data(),
                                      ones.data(), 1e-5f, y.data()));
    keep(y);
    return bytes;
}

// The results, or "failed: " and the reason.
inline std::string everything(int threads)
{
    static const Recipe recipe("mlp");
    static const Arrays arrays;
    const std::string folder =
        (std::filesystem::temp_directory_path() / ("nib-everything-" + std::to_string(::getpid()))).string();
    std::error_code ignored;
    std::filesystem::create_directory(folder, ignored);
    std::string bytes;
    try {
        Begun run(threads, recipe);
        bytes = run.train(20);
        bytes += run.evaluate() + deployed(run, folder);
        check(nib_model_calibrate(run.model.get(), run.dataset.get(), NIB_SPLIT_TRAIN));
        bytes += run.evaluate() + kernels_on_arrays(run.context.get(), arrays);
    } catch (const std::exception& problem) {
        bytes = std::string("failed: ") + problem.what();
    }
    std::filesystem::remove_all(folder, ignored);
    return bytes;
}

} // namespace nib::test
