#include "fuzz/files/uses.hpp"

#include "nib/infer.h"

#include <algorithm>
#include <cstdint>
#include <memory_resource>

namespace nib::fuzz {

namespace {

void require_one_of(nib_status status, std::initializer_list<nib_status> known)
{
    if (std::find(known.begin(), known.end(), status) != known.end()) return;
    std::fprintf(stderr, "status %d\n", static_cast<int>(status));
    require(false, "the status is one that the header names");
}

// Lines made of the model's own symbols.
std::string text_of(nib_model* model, std::int32_t vocabulary)
{
    std::string text;
    for (std::int32_t i = 0; i < 12; ++i) {
        const char* symbol = nullptr;
        require_ok(nib_model_symbol(model, 1 + i % (vocabulary - 1), &symbol));
        text += std::string(symbol) + symbol + "\n";
    }
    return text;
}

void evaluate(nib_context* context, nib_model* model, std::int32_t vocabulary)
{
    auto options = defaults<nib_dataset_options>();
    options.vocabulary_of = model;
    const std::string text = text_of(model, vocabulary);
    nib_dataset* dataset = nullptr;
    const nib_status status = nib_dataset_from_memory(context, text.data(), text.size(), "lines", &options, &dataset);
    require_one_of(status, {NIB_OK, NIB_ERR_DATA, NIB_ERR_MISMATCH}); // an end of line may be a symbol
    if (status != NIB_OK) return;
    const unique<nib_dataset> owner(dataset);
    double loss = 0;
    for (const nib_split split : {NIB_SPLIT_TRAIN, NIB_SPLIT_VAL})
        require_one_of(nib_model_evaluate(model, dataset, split, &loss), {NIB_OK, NIB_ERR_DIVERGED});
}

void draw(nib_status made, nib_sampler* sampler)
{
    require_ok(made);
    const unique<nib_sampler> owner(sampler);
    for (int i = 0; i < 3; ++i) {
        const char* text = nullptr;
        std::size_t length = 0;
        require_one_of(nib_sampler_next(sampler, &text, &length), {NIB_OK, NIB_ERR_DIVERGED});
        require(length <= 8 * 4, "an item has no more symbols than were asked for");
    }
}

nib_sampler_options short_items(nib_stream stream)
{
    auto options = defaults<nib_sampler_options>();
    options.max_length = 8;
    options.stream = stream;
    return options;
}

void sample(nib_model* model)
{
    const nib_sampler_options options = short_items(NIB_STREAM_LECTURE);
    nib_sampler* sampler = nullptr;
    const nib_status made = nib_sampler_create(model, &options, &sampler);
    draw(made, sampler);
}

void export_both(const nib_folded* folded, const std::string& path)
{
    require_ok(nib_export_c(folded, "names", path.c_str()));
    require_one_of(nib_export_onnx(folded, path.c_str()), {NIB_OK, NIB_ERR_UNSUPPORTED});
}

void fold(nib_model* model, nib_weights weights, const std::string& path)
{
    auto options = defaults<nib_fold_options>();
    options.weights = weights;
    nib_folded* folded = nullptr;
    const nib_status status = nib_fold(model, &options, &folded);
    require_one_of(status, {NIB_OK, NIB_ERR_DIVERGED, NIB_ERR_UNSUPPORTED});
    const unique<nib_folded> owner(folded);
    if (status == NIB_OK) export_both(folded, path);
}

std::string saved(nib_model* model, const std::string& path)
{
    require_ok(nib_model_save(model, path.c_str()));
    return read_bytes(path);
}

} // namespace

std::uint32_t fingerprint(nib_model* model)
{
    auto info = sized<nib_model_info>();
    auto first = sized<nib_layer_info>();
    require_ok(nib_model_get_info(model, &info));
    require_ok(nib_model_layer(model, 0, &first));
    std::vector<float> all;
    for (std::int32_t i = 0; i < info.tensors; ++i) {
        auto tensor = sized<nib_tensor_info>();
        require_ok(nib_model_tensor(model, i, &tensor, nullptr));
        const std::size_t begin = all.size();
        all.resize(begin + static_cast<std::size_t>(tensor.rows * tensor.columns));
        require_ok(nib_model_tensor(model, i, &tensor, all.data() + begin));
    }
    std::vector<std::int32_t> contexts(static_cast<std::size_t>(2 * first.in[0]), 0);
    contexts.back() = 1;
    const std::size_t begin = all.size();
    all.resize(begin + static_cast<std::size_t>(2 * info.vocabulary));
    require_ok(nib_model_logits(model, contexts.data(), 2, all.data() + begin));
    return nib_crc32c(all.data(), all.size() * sizeof(float));
}

void use_model(Random& random, nib_context* context, nib_model* model, const std::string& second_path)
{
    auto info = sized<nib_model_info>();
    require_ok(nib_model_get_info(model, &info));
    require(info.vocabulary >= 2, "a vocabulary has a symbol");
    if (random.one_in(4)) evaluate(context, model, info.vocabulary);
    sample(model);
    double probability = 0;
    require_one_of(nib_model_log_probability(model, "", 0, &probability), {NIB_OK, NIB_ERR_DIVERGED});
    require_ok(nib_export_pytorch(model, second_path.c_str()));
    fold(model, random.of({NIB_WEIGHTS_F32, NIB_WEIGHTS_BF16, NIB_WEIGHTS_INT8}), second_path);

    const std::string first = saved(model, second_path);
    nib_model* again = nullptr;
    require_ok(nib_model_load(context, second_path.c_str(), &again));
    const unique<nib_model> owner(again);
    require(fingerprint(again) == fingerprint(model), "a model that was saved and loaded has the same bits");
    require(saved(again, second_path) == first, "and is saved as the same bytes");
}

void use_trainer(const Run& run, const std::string& second_path)
{
    nib_trainer* trainer = run.trainer.get();
    const nib_status status = nib_trainer_run(trainer, 2, nullptr, nullptr);
    require_one_of(status, {NIB_OK, NIB_ERR_DIVERGED});
    if (status == NIB_OK) require_one_of(nib_trainer_save(trainer, second_path.c_str()), {NIB_OK, NIB_ERR_DIVERGED});
}

namespace {

void use_folded_table(nib_folded* folded, const nib_folded_info& info)
{
    const std::vector<float> x(static_cast<std::size_t>(2 * info.features), 0.5f);
    std::vector<float> y(static_cast<std::size_t>(2 * info.outputs));
    require_ok(nib_folded_predict(folded, x.data(), 2, info.features, y.data()));
    const char* text = nullptr;
    require_ok(nib_folded_column(folded, info.columns - 1, &text));
    if (info.classes > 0) require_ok(nib_folded_class(folded, info.classes - 1, &text));
}

void use_folded_text(nib_folded* folded, const nib_folded_info& info)
{
    std::vector<std::int32_t> contexts(static_cast<std::size_t>(2 * info.context_length), 1);
    std::vector<float> logits(static_cast<std::size_t>(2 * info.vocabulary));
    require_ok(nib_folded_logits(folded, contexts.data(), 2, logits.data()));
    double probability = 0;
    require_one_of(nib_folded_log_probability(folded, "", 0, &probability), {NIB_OK, NIB_ERR_DIVERGED});
    for (const nib_stream stream : {NIB_STREAM_LECTURE, NIB_STREAM_COUNTER}) {
        const nib_sampler_options options = short_items(stream);
        nib_sampler* sampler = nullptr;
        const nib_status made = nib_sampler_create_folded(folded, &options, &sampler);
        draw(made, sampler);
    }
}

} // namespace

void use_folded(nib_context* context, nib_folded* folded, const std::string& bytes, const std::string& second_path)
{
    auto info = sized<nib_folded_info>();
    require_ok(nib_folded_get_info(folded, &info));
    require(info.file_bytes == bytes.size(), "a folded model has its file's size");
    if (info.features > 0)
        use_folded_table(folded, info);
    else
        use_folded_text(folded, info);
    export_both(folded, second_path);
    require_ok(nib_folded_save(folded, second_path.c_str()));
    require(read_bytes(second_path) == bytes, "a folded model is saved as it was loaded");
    nib_folded* again = nullptr;
    require_ok(nib_folded_load(context, second_path.c_str(), &again));
    nib_folded_destroy(again);
}

void use_dataset(nib_context* context, const nib_dataset* dataset)
{
    auto info = sized<nib_dataset_info>();
    require_ok(nib_dataset_get_info(dataset, &info));
    for (const nib_split split : {NIB_SPLIT_TRAIN, NIB_SPLIT_VAL, NIB_SPLIT_TEST}) {
        const std::int64_t count = info.examples[split];
        require(count >= 1, "no split is empty");
        std::vector<std::int32_t> contexts(static_cast<std::size_t>(3 * count)),
            targets(static_cast<std::size_t>(count));
        require_ok(nib_dataset_examples(dataset, split, 0, count, 3, contexts.data(), targets.data()));
        for (const std::int32_t id : contexts) require(id >= 0 && id < info.vocabulary, "an id is the vocabulary's");
        require(targets.back() == 0, "the last example of a split is an end mark");
    }
    auto options = sized<nib_model_options>();
    require_ok(nib_preset("lecture-kaiming", &options, nullptr));
    options.network = "embedding 2, flatten, linear 2, tanh, linear";
    options.input = "symbols context=2";
    nib_model* model = nullptr;
    require_ok(nib_model_create(context, &options, dataset, &model));
    const unique<nib_model> owner(model);
    double loss = 0;
    require_ok(nib_model_evaluate(model, dataset, NIB_SPLIT_TEST, &loss));
}

bool use_in_place(const std::string& bytes)
{
    std::pmr::memory_resource* heap = std::pmr::new_delete_resource();
    const Buffer<char> file = copy_of(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(), heap);
    std::size_t needed = 0;
    // Buffers without bytes have no address.
    if (file.size() == 0 || nib_infer_workspace(file.data(), file.size(), 32, &needed) != NIB_OK) return false;
    require(needed <= 256 * bytes.size() + (std::size_t{1} << 20), "a workspace is no larger than its file asks for");
    Buffer<char> workspace(needed, heap);
    nib_infer_model model;
    const nib_status status = nib_infer_open(file.data(), file.size(), workspace.data(), workspace.size(), &model);
    require_one_of(status, {NIB_OK, NIB_ERR_FORMAT});
    if (status != NIB_OK) return false;
    auto info = sized<nib_infer_info>();
    require_ok(nib_infer_get_info(&model, &info));
    if (info.features > 0) {
        const std::vector<float> x(static_cast<std::size_t>(3 * info.features), 0.5f);
        std::vector<float> y(static_cast<std::size_t>(3 * info.outputs));
        require_ok(nib_infer_run(&model, x.data(), 3, y.data(), workspace.data(), workspace.size()));
        return true;
    }
    constexpr std::size_t items = 3, stride = 32;
    auto options = sized<nib_infer_sampler_options>();
    require_ok(nib_infer_sampler_options_default(&options));
    options.max_length = 8;
    nib_infer_sampler sampler;
    require_ok(nib_infer_sampler_init(&sampler, &model, &options));
    char text[items * stride];
    std::size_t length = 0;
    require_ok(nib_infer_sampler_next(&sampler, text, stride, &length, workspace.data(), workspace.size()));
    std::uint32_t lengths[items];
    require_ok(nib_infer_sample(&model, &options, 0, items, text, stride, lengths, workspace.data(), workspace.size()));
    for (const std::uint32_t each : lengths) require(each <= stride, "an item has no more symbols than were asked for");
    double probability = 0;
    require_one_of(
        nib_infer_log_probability(&model, text, lengths[0], &probability, workspace.data(), workspace.size()),
        {NIB_OK, NIB_ERR_MISMATCH});
    return true;
}

} // namespace nib::fuzz
