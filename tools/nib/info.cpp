#include "choice.hpp"
#include "commands.hpp"
#include "model_file.hpp"
#include "option_infos.hpp"
#include "options.hpp"

#include "nib/nib.hpp"

#include <cstdarg>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace nib::cli {
namespace {

[[gnu::format(printf, 2, 3)]] void row(const char* name, const char* format, ...)
{
    std::printf("%-14s ", name);
    std::va_list arguments;
    va_start(arguments, format);
    std::vprintf(format, arguments);
    va_end(arguments);
    std::putchar('\n');
}

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

std::string places_of_batchnorm(const nib_model_options& o)
{
    if (o.batchnorm == 0) return o.output_batchnorm != 0 ? "output" : "none";
    return o.output_batchnorm != 0 ? "hidden layers and output" : "hidden layers";
}

std::string bias(bool batchnorm, double scale)
{
    if (batchnorm) return "none";
    return scale < 0 ? "zeros" : "normal times " + text_of(scale);
}

// The words for an option where they are others than its value's.
std::optional<std::string> in_words(const std::string& option, const nib_model_options& o)
{
    if (option == "batchnorm") return places_of_batchnorm(o);
    if (option == "hidden_gain" && o.hidden_gain == 0) return "0 (Kaiming's)";
    if (option == "hidden_bias_scale") return bias(o.batchnorm != 0, o.hidden_bias_scale);
    if (option == "output_bias_scale") return bias(o.output_batchnorm != 0, o.output_bias_scale);
    if (option == "output_bn_gain") return "gain " + text_of(o.output_bn_gain);
    return std::nullopt;
}

std::string value_of(const nib_option_info& option, const nib_model_options& o)
{
    if (const auto words = in_words(option.name, o)) return *words;
    if (option.kind == NIB_OPTION_DOUBLE) return text_of(real_of(option, &o));
    const std::int64_t value = whole_of(option, &o);
    return option.word_count > 0 ? word_of(option, value) : std::to_string(value);
}

void print_options(const nib_model_options& o)
{
    std::vector<std::pair<std::string, std::string>> rows; // what is told, and how it is
    bool told = false;
    for (const nib_option_info& option : model_infos()) {
        if (option.label == nullptr) continue;
        const bool goes_on = option.label[0] == ',';
        if (!goes_on) told = has_effect(model_infos(), option, &o);
        if (!told) continue;
        if (goes_on)
            rows.back().second += std::string(option.label) + " " + value_of(option, o);
        else
            rows.emplace_back(option.label, value_of(option, o));
    }
    for (const auto& [label, value] : rows) row(label.c_str(), "%s", value.c_str());
}

void print(const nib::model& model)
{
    const nib_model_info info = model.info();
    row("kind", "model");
    row("parameters", "%lld", static_cast<long long>(info.parameters));
    print_vocabulary(model, info.vocabulary, info.encoding);
    print_options(model.options());
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
    row("largest logit", "difference %.1e", info.largest_logit_difference);
    row("equal argmax", "%.3f%%", 100 * info.equal_argmax);
}

void print(const nib::folded& folded)
{
    const nib_folded_info info = folded.info();
    row("kind", "folded model");
    row("bytes", "%zu", info.file_bytes);
    row("weights", "%d bits", info.weight_bits);
    row("flash", "%zu bytes, used in place", info.file_bytes);
    row("RAM", "%zu bytes of workspace, one symbol at a time", info.workspace_bytes);
    row("multiply-adds", "%lld a symbol", static_cast<long long>(info.multiply_adds));
    row("context", "%d", info.context_length);
    print_vocabulary(folded, info.vocabulary, info.encoding);
    print_certificate(info);
}

void info(const std::string& path)
{
    const nib::context context(1);
    std::visit([](const auto& model) { print(model); }, load_model_file(context, path));
}

} // namespace

void add_info(CLI::App& app)
{
    CLI::App& command = *app.add_subcommand("info", "Print what a model file holds");
    const auto path = std::make_shared<std::string>();
    add_path(command, "FILE", *path, std::string("a model.safetensors, or a folded .nib file") + or_standard_input)
        ->required();
    command.callback([=] { info(*path); });
}

} // namespace nib::cli
