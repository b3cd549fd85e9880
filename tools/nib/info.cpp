#include "choice.hpp"
#include "commands.hpp"
#include "model_file.hpp"
#include "options.hpp"

#include "nib/nib.hpp"

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

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

// symbol: nib_model_symbol or nib_folded_symbol.
template <class Handle>
void print_vocabulary(const Context& context, const Handle* handle, std::int32_t size, nib_encoding encoding,
                      nib_status (*symbol)(const Handle*, std::int32_t, const char**))
{
    std::string symbols;
    for (std::int32_t id = 1; id < size; ++id) {
        const char* text = nullptr;
        context.check(symbol(handle, id, &text));
        const std::string shown = visible({text, std::max<std::size_t>(std::strlen(text), 1)}); // "" is NUL
        symbols += shown == " " ? " ' '" : " " + shown;
    }
    row("vocabulary", "%d (%s): the end mark and%s", size, name_of(encoding_names, encoding), symbols.c_str());
}

void print_batchnorm(const nib_model_options& o)
{
    const char* where = o.batchnorm != 0 ? (o.output_batchnorm != 0 ? "hidden layers and output" : "hidden layers")
                                         : (o.output_batchnorm != 0 ? "output" : "none");
    row("batchnorm", "%s", where);
    if (o.batchnorm == 0 && o.output_batchnorm == 0) return;
    row("bn variance", "%s", name_of(bn_variance_names, o.bn_variance));
    row("bn running", "%s, momentum %g", name_of(bn_running_names, o.bn_running), o.bn_momentum);
    row("bn eps", "%g", o.bn_eps);
}

void print_init(const std::string& layer, nib_weight_init init, double gain, bool batchnorm, double bias_scale)
{
    const std::string kaiming = layer == "hidden" && gain == 0 ? " (Kaiming's)" : "";
    const std::string weights = std::string(name_of(weight_init_names, init)) + ", gain " + text_of(gain) + kaiming;
    const std::string bias = bias_scale < 0 ? "zeros" : "normal times " + text_of(bias_scale);
    row((layer + " init").c_str(), "%s, bias %s", weights.c_str(), batchnorm ? "none" : bias.c_str());
}

void print_options(const nib_model_options& o)
{
    row("context", "%d", o.context_length);
    row("embedding", "%d", o.embedding_size);
    row("hidden", "%d", o.hidden_size);
    row("hidden layers", "%d", o.hidden_layers);
    row("activation", "%s", name_of(activation_names, o.activation));
    print_batchnorm(o);
    print_init("hidden", o.hidden_init, o.hidden_gain, o.batchnorm != 0, o.hidden_bias_scale);
    print_init("output", o.output_init, o.output_gain, o.output_batchnorm != 0, o.output_bias_scale);
    if (o.output_batchnorm != 0) row("output bn", "gain %g", o.output_bn_gain);
    row("seed", "%u", o.seed);
}

void print_model(const Context& context, const nib_model* model)
{
    auto info = sized<nib_model_info>();
    context.check(nib_model_get_info(model, &info));
    auto options = sized<nib_model_options>();
    context.check(nib_model_get_options(model, &options));
    row("kind", "model");
    row("parameters", "%lld", static_cast<long long>(info.parameters));
    print_vocabulary(context, model, info.vocabulary, info.encoding, nib_model_symbol);
    print_options(options);
    for (std::int32_t i = 0; i < info.tensors; ++i) {
        auto tensor = sized<nib_tensor_info>();
        context.check(nib_model_tensor(model, i, &tensor, nullptr));
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

void print_folded(const Context& context, const nib_folded* folded)
{
    auto info = sized<nib_folded_info>();
    context.check(nib_folded_get_info(folded, &info));
    row("kind", "folded model");
    row("bytes", "%zu", info.file_bytes);
    row("weights", "%d bits", info.weight_bits);
    row("flash", "%zu bytes, used in place", info.file_bytes);
    row("RAM", "%zu bytes of workspace, one symbol at a time", info.workspace_bytes);
    row("multiply-adds", "%lld a symbol", static_cast<long long>(info.multiply_adds));
    row("context", "%d", info.context_length);
    print_vocabulary(context, folded, info.vocabulary, info.encoding, nib_folded_symbol);
    print_certificate(info);
}

void info(const std::string& path)
{
    const Context context(1);
    const ModelFile file = load_model_file(context, path);
    if (file.model) print_model(context, file.model.get());
    if (file.folded) print_folded(context, file.folded.get());
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
