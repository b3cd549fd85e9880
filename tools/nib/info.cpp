#include "choice.hpp"
#include "commands.hpp"
#include "help.hpp"
#include "info_json.hpp"
#include "model_file.hpp"
#include "network_text.hpp"
#include "option_infos.hpp"
#include "options.hpp"
#include "parts.hpp"
#include "rows.hpp"

#include "nib/nib.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <variant>

namespace nib::cli {
namespace {

// Model: nib::model or nib::folded.
template <class Model>
void print_vocabulary(const Model& model, std::int32_t size, nib_encoding encoding)
{
    std::string symbols;
    for (std::int32_t id = 1; id < size; ++id) {
        const std::string shown = visible(model.symbol(id));
        symbols += shown == " " ? " ' '" : " " + shown;
    }
    row("vocabulary", "%d (%s): the end mark and%s", size, name_of(encoding_names, encoding), symbols.c_str());
}

// Prints the columns and the predictions of a model of a table. Model: nib::model or nib::folded.
template <class Model, class Info>
void print_schema(const Model& model, const Info& info)
{
    std::string columns, answers;
    const auto add = [](std::string& list, const std::string& name, std::int32_t number) {
        list.append(list.empty() ? "" : ", ").append(name.empty() ? std::to_string(number + 1) : visible(name));
    };
    for (std::int32_t i = 0; i < info.columns; ++i) add(columns, model.column(i), i);
    for (std::int32_t i = 0; i < info.classes; ++i) add(answers, model.class_name(i), i);
    for (std::int32_t i = 0; info.classes == 0 && i < info.outputs; ++i) add(answers, model.target(i), i);
    const auto shown = [](const std::string& list) { return wrapped(list, terminal_width - label_width, label_width); };
    row("columns", "%s", shown(columns).c_str());
    row(info.classes > 0 ? "classes" : "predicts", "%s", shown(answers).c_str());
}

std::string value_of(const nib_option_info& option, const nib_model_options& o)
{
    if (option.kind == NIB_OPTION_TEXT) return wrapped(text_of(option, &o), terminal_width - label_width, label_width);
    if (option.kind == NIB_OPTION_DOUBLE) return text_of(real_of(option, &o));
    const std::int64_t value = whole_of(option, &o);
    return option.word_count > 0 ? word_of(option, value) : std::to_string(value);
}

void print_options(const nib_model_options& o)
{
    for (const nib_option_info& option : model_infos())
        if (option.label != nullptr) row(option.label, "%s", value_of(option, o).c_str());
}

// Prints a shape as "(3, 10)".
std::string text_of(nib::span<const std::int64_t> shape)
{
    std::string text;
    for (std::size_t i = 0; i < shape.size(); ++i)
        text += (text.empty() ? "(" : ", ") + std::to_string(shape.data()[i]);
    return text + ")";
}

void print_layers(const nib::model& model)
{
    for (const nib_layer_info& layer : model.layers()) {
        row("layer", "%s %s: %s -> %s", layer.position, layer.text, text_of(input_shape(layer)).c_str(),
            text_of(output_shape(layer)).c_str());
    }
}

void print(const nib::model& model)
{
    const nib_model_info info = model.info();
    row("kind", "model");
    row("parameters", "%lld", static_cast<long long>(info.parameters));
    if (info.features > 0)
        print_schema(model, info);
    else
        print_vocabulary(model, info.vocabulary, info.encoding);
    print_options(model.options());
    print_layers(model);
    for (std::int32_t i = 0; i < info.tensors; ++i) {
        const nib_tensor_info tensor = model.tensor_info(i);
        row("tensor", "%s %lld x %lld", tensor.name, static_cast<long long>(tensor.rows),
            static_cast<long long>(tensor.columns));
    }
}

void print_certificate(const nib_folded_info& info)
{
    if (info.certificate_examples == 0) {
        row("certificate", "none");
        return;
    }
    row("certificate", "over %lld examples", static_cast<long long>(info.certificate_examples));
    row("model's loss", "%.7f", info.loss_before);
    row("folded loss", "%.7f (%+.1e)", info.loss_after, info.loss_after - info.loss_before);
    const bool numbers = info.features > 0 && info.classes == 0;
    row(numbers ? "largest number" : "largest logit", "difference %.1e", info.largest_logit_difference);
    if (!numbers) row("equal argmax", "%.3f%%", 100 * info.equal_argmax);
}

void print(const nib::folded& folded)
{
    const nib_folded_info info = folded.info();
    row("kind", "folded model");
    row("network", "%s", wrapped(info.network, terminal_width - label_width, label_width).c_str());
    row("bytes", "%zu", info.file_bytes);
    for (const Part& part : parts_of(folded)) row("part", "%9zu %s", part.bytes, part.name.c_str());
    row("weights", "%d bits", info.weight_bits);
    row("flash", "%zu bytes, used in place", info.file_bytes);
    const char* const example = info.features > 0 ? "row" : "symbol";
    row("RAM", "%zu bytes of workspace, one %s at a time", info.workspace_bytes, example);
    row("multiply-adds", "%lld a %s", static_cast<long long>(info.multiply_adds), example);
    if (info.features > 0) {
        row("features", "%d", info.features);
        print_schema(folded, info);
    } else {
        row("context", "%d", info.context_length);
        print_vocabulary(folded, info.vocabulary, info.encoding);
    }
    print_certificate(info);
}

void info(const std::string& path, bool json)
{
    const nib::context context(1);
    const ModelFile file = load_model_file(context, path);
    if (json)
        print_json(std::visit([](const auto& model) { return json_of(model); }, file));
    else
        std::visit([](const auto& model) { print(model); }, file);
}

} // namespace

void add_info(CLI::App& app)
{
    CLI::App& command = *app.add_subcommand("info", "Describe a model file");
    const auto path = std::make_shared<std::string>();
    add_path(command, "FILE", *path, std::string("a model.safetensors, or a folded .nib file") + or_standard_input)
        ->required();
    const auto json = std::make_shared<bool>(false);
    add_json(command, *json, "an object with the same content");
    add_examples(command, {"nib info run/model.safetensors", "nib info names.nib --json"});
    command.callback([=] { info(*path, *json); });
}

} // namespace nib::cli
