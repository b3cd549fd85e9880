#include "info_json.hpp"

#include "choice.hpp"
#include "option_infos.hpp"
#include "option_json.hpp"
#include "parts.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace nib::cli {
namespace {

// The symbols behind the end mark. Model: nib::model or nib::folded.
template <class Model, class Info>
Json vocabulary_of(const Model& model, const Info& info)
{
    Json symbols = Json::array();
    for (std::int32_t id = 1; id < info.vocabulary; ++id) symbols.push_back(visible(model.symbol(id)));
    return {{"encoding", name_of(encoding_names, info.encoding)}, {"symbols", std::move(symbols)}};
}

// The columns of a table, and its classes or targets. Names are empty if the table had none.
template <class Model, class Info>
Json table_of(const Model& model, const Info& info)
{
    Json columns = Json::array(), answers = Json::array();
    for (std::int32_t i = 0; i < info.columns; ++i) columns.push_back(model.column(i));
    for (std::int32_t i = 0; i < info.classes; ++i) answers.push_back(model.class_name(i));
    for (std::int32_t i = 0; info.classes == 0 && i < info.outputs; ++i) answers.push_back(model.target(i));
    Json table = {{"features", info.features}, {"columns", std::move(columns)}};
    table[info.classes > 0 ? "classes" : "targets"] = std::move(answers);
    return table;
}

template <class Model, class Info>
void add_data(const Model& model, const Info& info, Json& json)
{
    if (info.features > 0)
        json["table"] = table_of(model, info);
    else
        json["vocabulary"] = vocabulary_of(model, info);
}

std::vector<std::int64_t> numbers(nib::span<const std::int64_t> shape)
{
    return {shape.data(), shape.data() + shape.size()};
}

Json certificate_of(const nib_folded_info& info)
{
    if (info.certificate_examples == 0) return nullptr;
    Json json = {{"examples", info.certificate_examples},
                 {"loss_before", info.loss_before},
                 {"loss_after", info.loss_after},
                 {"largest_difference", info.largest_logit_difference}};
    const bool is_of_numbers = info.features > 0 && info.classes == 0;
    if (!is_of_numbers) json["equal_argmax"] = info.equal_argmax;
    return json;
}

} // namespace

Json json_of(const nib::model& model)
{
    const nib_model_info info = model.info();
    Json json = {{"kind", "model"}, {"parameters", info.parameters}};
    add_data(model, info, json);
    const nib_model_options options = model.options();
    json["options"] = json_of_options(model_infos(), &options);
    json["layers"] = Json::array();
    for (const nib_layer_info& layer : model.layers()) {
        json["layers"].push_back({{"position", layer.position},
                                  {"text", layer.text},
                                  {"input", numbers(input_shape(layer))},
                                  {"output", numbers(output_shape(layer))}});
    }
    json["tensors"] = Json::array();
    for (std::int32_t i = 0; i < info.tensors; ++i) {
        const nib_tensor_info tensor = model.tensor_info(i);
        json["tensors"].push_back({{"name", tensor.name}, {"rows", tensor.rows}, {"columns", tensor.columns}});
    }
    return json;
}

Json json_of(const nib::folded& folded)
{
    const nib_folded_info info = folded.info();
    Json json = {
        {"kind", "folded model"},         {"network", info.network},           {"weight_bits", info.weight_bits},
        {"flash_bytes", info.file_bytes}, {"ram_bytes", info.workspace_bytes}, {"multiply_adds", info.multiply_adds}};
    if (info.features == 0) json["context"] = info.context_length;
    add_data(folded, info, json);
    json["parts"] = Json::array();
    for (const Part& part : parts_of(folded)) json["parts"].push_back({{"name", part.name}, {"bytes", part.bytes}});
    json["certificate"] = certificate_of(info);
    return json;
}

} // namespace nib::cli
