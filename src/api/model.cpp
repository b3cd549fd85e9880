#include "api/model.hpp"

#include "api/dataset.hpp"
#include "api/guard.hpp"
#include "base/check.hpp"
#include "deploy/probability.hpp"
#include "layers/list.hpp"
#include "net/check_numbers.hpp"
#include "net/evaluate.hpp"
#include "net/file_tensors.hpp"
#include "net/inference.hpp"
#include "net/model_file.hpp"
#include "net/model_options.hpp"
#include "net/predict.hpp"
#include "train/rank_identity.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

using namespace nib;

namespace {

const Tensor& tensor_at(const nib_model* model, int32_t index)
{
    check_range("index", index, 0, static_cast<std::int64_t>(model->model.layout.tensors.size()) - 1);
    return model->model.layout.tensors[static_cast<std::size_t>(index)];
}

// Writes the extents of a shape; returns its rank.
int32_t write_shape(const LayerShape& shape, int64_t* extents)
{
    std::ptrdiff_t all[3];
    const int rank = extents_of(shape, all);
    std::copy_n(all, rank, extents);
    return rank;
}

nib_layer_info layer_info(const Model& model, std::size_t index)
{
    const Node& node = model.network.nodes()[index];
    nib_layer_info info{};
    info.position = node.position.c_str();
    info.word = node.kind->word.name;
    info.text = node.text.c_str();
    info.in_rank = write_shape(node.in, info.in);
    info.out_rank = write_shape(node.out, info.out);
    for (std::size_t i = 0; model.layout.has_tensor(index, i); ++i)
        info.parameters += static_cast<std::int64_t>(count_of(model.layout.tensor(index, i)));
    if (node.kind->multiply_adds != nullptr) info.multiply_adds = node.kind->multiply_adds(node);
    return info;
}

// The arguments of an evaluation, checked. The split is a reference because a C program may pass any number, see
// check_enum().
Range range_of(const nib_dataset* dataset, const nib_split& split, int64_t first, int64_t count, const double* loss)
{
    api::check_pointer("dataset", dataset);
    check_enum("split", split, NIB_SPLIT_TEST);
    api::check_pointer("loss", loss);
    const std::int64_t examples = dataset->data.examples(split);
    check_range("first", first, 0, examples - 1);
    check_range("count", count, 1, examples - first);
    return {first, first + count};
}

std::optional<TensorNames> read_names(const char* names)
{
    return names == nullptr ? std::nullopt : std::optional<TensorNames>(names);
}

} // namespace

nib_status nib_model_create(nib_context* context, const nib_model_options* options, const nib_dataset* dataset,
                            nib_model** model)
{
    return api::guard("context", context, [&] {
        const nib_model_options used = api::read_struct("options", options, initial_model_options());
        api::check_pointer("dataset", dataset);
        api::check_pointer("model", model);
        DataFormat format = dataset->data.format();
        ModelDesign design(read_options(used, spec_words()), shape_of(dataset->data));
        Model made(std::move(design), std::move(format), context->memory);
        initialise(made);
        if (const DataTable* table = dataset->data.table()) fit(made, *table);
        *model = new nib_model{context, std::move(made)};
    });
}

void nib_model_destroy(nib_model* model) { delete model; }

nib_status nib_model_save(const nib_model* model, const char* path)
{
    return api::guard("model", model, [&] {
        api::check_pointer("path", path);
        save_model(model->model, path);
    });
}

nib_status nib_model_data(nib_model* model, const void** bytes, size_t* size)
{
    return api::guard("model", model, [&] {
        api::check_pointer("bytes", bytes);
        api::check_pointer("size", size);
        model->file = model_bytes(model->model);
        *bytes = model->file.data();
        *size = model->file.size();
    });
}

nib_status nib_model_load(nib_context* context, const char* path, nib_model** model)
{
    return api::guard("context", context, [&] {
        api::check_pointer("path", path);
        api::check_pointer("model", model);
        *model = new nib_model{context, load_model(path, spec_words(), context->memory)};
    });
}

nib_status nib_model_from_memory(nib_context* context, const void* bytes, size_t size, const char* name,
                                 nib_model** model)
{
    return api::guard("context", context, [&] {
        api::check_pointer("bytes", bytes);
        api::check_pointer("name", name);
        api::check_pointer("model", model);
        const Safetensors file(api::copied(bytes, size, context->memory), name);
        *model = new nib_model{context, read_model(file, spec_words(), context->memory)};
    });
}

nib_status nib_model_parameters_from_memory(nib_model* model, const void* bytes, size_t size, const char* name,
                                            const char* names)
{
    return api::guard("model", model, [&] {
        api::check_pointer("bytes", bytes);
        api::check_pointer("name", name);
        const std::optional<TensorNames> map = read_names(names);
        const Safetensors file(api::copied(bytes, size, model->context->memory), name);
        load_parameters(model->model, file, map ? &*map : nullptr);
    });
}

nib_status nib_model_load_parameters(nib_model* model, const char* path, const char* names)
{
    return api::guard("model", model, [&] {
        api::check_pointer("path", path);
        const std::optional<TensorNames> map = read_names(names);
        load_parameters(model->model, path, map ? &*map : nullptr);
    });
}

nib_status nib_model_get_info(const nib_model* model, nib_model_info* info)
{
    return api::guard("model", model, [&] {
        const Model& m = model->model;
        nib_model_info all{};
        if (m.is_of_text()) {
            all.vocabulary = m.vocabulary().size();
            all.encoding = m.vocabulary().encoding();
        } else {
            all.columns = static_cast<int32_t>(m.schema().columns.size());
            all.features = static_cast<int32_t>(m.schema().features());
            all.classes = static_cast<int32_t>(m.schema().classes.size());
        }
        all.outputs = static_cast<int32_t>(predictions_of(m));
        all.parameters = m.layout.parameters;
        all.tensors = static_cast<int32_t>(m.layout.tensors.size());
        all.data_checksum = m.data_checksum ? std::int64_t{*m.data_checksum} : -1;
        all.converted = m.converted.c_str();
        all.steps = m.steps;
        all.layers = static_cast<int32_t>(m.network.nodes().size());
        api::write_struct("info", info, all);
    });
}

nib_status nib_model_get_options(const nib_model* model, nib_model_options* options)
{
    return api::guard("model", model, [&] { api::write_struct("options", options, model->model.options()); });
}

nib_status nib_model_layer(const nib_model* model, int32_t index, nib_layer_info* info)
{
    return api::guard("model", model, [&] {
        api::check_struct("info", info);
        const auto layers = static_cast<std::int64_t>(model->model.network.nodes().size());
        check_range("index", index, 0, layers - 1);
        api::write_struct("info", info, layer_info(model->model, static_cast<std::size_t>(index)));
    });
}

nib_status nib_model_symbol(const nib_model* model, int32_t id, const char** text)
{
    return api::guard("model", model, [&] {
        api::check_pointer("text", text);
        check_range("id", id, 0, model->model.vocabulary().size() - 1);
        *text = model->model.vocabulary().text(id).data();
    });
}

nib_status nib_model_encode(const nib_model* model, const char* text, int32_t* ids, size_t capacity, size_t* count)
{
    return api::guard("model", model, [&] {
        api::check_pointer("text", text);
        if (capacity > 0) api::check_pointer("ids", ids);
        api::check_pointer("count", count);
        *count = model->model.vocabulary().encode(text, {ids, capacity});
    });
}

nib_status nib_model_tensor(const nib_model* model, int32_t index, nib_tensor_info* info, float* values)
{
    return api::guard("model", model, [&] {
        api::check_struct("info", info);
        const Tensor& tensor = tensor_at(model, index);
        nib_tensor_info all{};
        all.name = tensor.name.c_str();
        all.rows = tensor.rows;
        all.columns = tensor.columns;
        for (const std::uint64_t extent : shape_of(tensor)) all.shape[all.rank++] = static_cast<std::int64_t>(extent);
        api::write_struct("info", info, all);
        if (values != nullptr) read_tensor(tensor, model->model.parameters.data(), values);
    });
}

nib_status nib_model_set_tensor(nib_model* model, int32_t index, const float* values)
{
    return api::guard("model", model, [&] {
        api::check_pointer("values", values);
        const Tensor& tensor = tensor_at(model, index);
        check_numbers(NIB_ERR_INVALID_ARGUMENT, "", tensor.name, tensor, {values, count_of(tensor)});
        write_tensor(tensor, values, model->model.parameters.data());
        ++model->model.revision;
    });
}

nib_status nib_model_copy(const nib_model* from, nib_model* to)
{
    return api::guard("to", to, [&] {
        api::check_pointer("from", from);
        copy_model(from->model, to->model);
    });
}

nib_status nib_model_logits(nib_model* model, const int32_t* contexts, int64_t count, float* logits)
{
    return api::guard("model", model, [&] {
        api::check_pointer("contexts", contexts);
        api::check_pointer("logits", logits);
        check_range("count", count, 0, std::int64_t{1} << 40);
        const auto ids = static_cast<std::size_t>(count) * static_cast<std::size_t>(model->model.context_length);
        model_logits(model->model, {contexts, ids}, logits, model->context->threads);
    });
}

nib_status nib_model_evaluate(nib_model* model, const nib_dataset* dataset, nib_split split, double* loss)
{
    return api::guard("model", model, [&] {
        api::check_pointer("dataset", dataset);
        check_enum("split", split, NIB_SPLIT_TEST);
        api::check_pointer("loss", loss);
        *loss = evaluate(model->model, dataset->data, split, model->context->threads);
    });
}

nib_status nib_model_evaluate_range(nib_model* model, const nib_dataset* dataset, nib_split split, int64_t first,
                                    int64_t count, double* loss)
{
    return api::guard("model", model, [&] {
        const Range examples = range_of(dataset, split, first, count, loss);
        *loss = evaluate(model->model, dataset->data, split, examples, model->context->threads);
    });
}

nib_status nib_model_evaluate_distributed(nib_model* model, const nib_dataset* dataset, nib_split split, int64_t first,
                                          int64_t count, const nib_collective* collective, double* loss)
{
    return api::guard("model", model, [&] {
        Collective ranks(api::read_struct("collective", collective));
        Range examples{};
        agree(ranks, [&] {
            examples = range_of(dataset, split, first, count, loss);
            return identity_of(model->model, dataset->data, split, examples);
        });
        *loss = evaluate(model->model, dataset->data, split, examples, model->context->threads, &ranks);
    });
}

nib_status nib_model_log_probability(nib_model* model, const char* text, size_t length, double* log_probability)
{
    return api::guard("model", model, [&] {
        if (length > 0) api::check_pointer("text", text);
        api::check_pointer("log_probability", log_probability);
        *log_probability = nib::log_probability(model->model, {text, length}, model->context->threads);
    });
}

nib_status nib_model_calibrate(nib_model* model, const nib_dataset* dataset, nib_split split)
{
    return api::guard("model", model, [&] {
        api::check_pointer("dataset", dataset);
        check_enum("split", split, NIB_SPLIT_TEST);
        calibrate(model->model, dataset->data, split, model->context->threads);
    });
}
