#include "deploy/export_c.hpp"

#include "activations/description.hpp"
#include "base/error.hpp"
#include "deploy/c_source.hpp"
#include "deploy/export_c_text.hpp"
#include "deploy/weights.hpp"
#include "io/file.hpp"
#include "nib/nib.h"

#include <algorithm>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace nib {

namespace {

constexpr std::size_t block = 4;      // outputs that a layer of the exported code computes at a time
constexpr std::size_t logarithm = 80; // bytes of its terms

std::size_t in_blocks(std::size_t outputs) { return static_cast<std::size_t>(infer::round_up(outputs, block)); }

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

void check_prefix(const std::string& prefix)
{
    bool valid = !prefix.empty() && prefix.size() <= 48 && is_letter(prefix[0]);
    for (const char c : prefix) valid = valid && (is_letter(c) || (c >= '0' && c <= '9') || c == '_');
    if (valid) return;
    throw Error(NIB_ERR_INVALID_ARGUMENT,
                "the prefix is '%s': expected a letter, then letters, digits and underscores, 48 at most",
                prefix.c_str());
}

template <auto get>
std::string literal(const Weights& layer, std::size_t input, std::size_t output)
{
    return c_literal((layer.*get)(input, output));
}

// How the weights of a folded file are written and computed with: texts are pieces for CSource.
struct WeightKind {
    std::uint32_t bits;
    const char* type; // of the C array's numbers
    std::size_t in_line;
    std::string (*number)(const Weights& layer, std::size_t input, std::size_t output);
    bool scales = false;     // of the outputs
    const char* helper = ""; // what the function of a layer needs
    const char* layer = c_text::float_layer;
    const char* call = c_text::float_call;
    const char* float_from = ""; // around a weight, a float
    const char* float_to = "";
    const char* told = ""; // in the head of the file
    const char* arithmetic = "in single precision";
    const char* elsewhere = "";
};

constexpr WeightKind weight_kinds[] = {
    {.bits = 32, .type = "float", .in_line = 8, .number = literal<&Weights::weight>},
    {.bits = 16,
     .type = "uint16_t",
     .in_line = 12,
     .number = literal<&Weights::bfloat16>,
     .helper = c_text::bfloat16,
     .float_from = "$p_float(",
     .float_to = ")",
     .told = "; weights of 16 bits"},
    {.bits = 8,
     .type = "int8_t",
     .in_line = 20,
     .number = literal<&Weights::integer>,
     .scales = true,
     .helper = c_text::quantise,
     .layer = c_text::integer_layer,
     .call = c_text::integer_call,
     .told = "; weights of 8 bits",
     .arithmetic = "of 8-bit integers",
     .elsewhere = ",\n * or by some hundredths where an activation is then rounded to another of its 255 steps"},
};

const WeightKind& kind_of(const infer::View& view)
{
    return *std::find_if(std::begin(weight_kinds), std::end(weight_kinds),
                         [&](const WeightKind& kind) { return kind.bits == view.header->weight_bits; });
}

// What the head of the file tells.
struct SourceSizes {
    explicit SourceSizes(const infer::View& view)
    {
        const infer::Header& h = *view.header;
        const infer::LayerSize size = infer::layer_size(h, 0);
        first = view.has_table() ? static_cast<std::size_t>(size.outputs) : h.embedding_size;
        half = in_blocks(static_cast<std::size_t>(view.has_table() ? size.outputs : size.inputs));
        std::size_t weights = 0, floats = h.vocabulary * first * (view.has_table() ? h.context_length : 1);
        for (std::uint32_t i = view.has_table() ? 1 : 0; i < view.layer_count(); ++i, ++further) {
            const Weights layer(view, i);
            const std::size_t outputs = in_blocks(layer.outputs());
            half = std::max(half, outputs);
            floats += outputs * (kind_of(view).scales ? 2 : 1); // with the bias
            weights += outputs * layer.inputs();
        }
        scratch = further == 0 ? half : 2 * half;
        constants = floats * sizeof(float) + weights * h.weight_bits / 8 + 4 * std::size_t{h.vocabulary} + logarithm;
    }

    std::size_t first;         // numbers of the table or the embedding for a symbol
    std::size_t half;          // floats of the widest activations
    std::size_t scratch;       // floats
    std::size_t constants;     // bytes
    std::uint32_t further = 0; // layers behind the table or the embedding
};

std::string network(const infer::View& view)
{
    const infer::Header& h = *view.header;
    std::string text = std::to_string(h.context_length) + " symbols of " + std::to_string(h.vocabulary);
    if (h.inner_layers > 0) {
        text += ", " + std::to_string(h.inner_layers) + " x " + std::to_string(h.inner_width) + " " +
                activations::description_of(static_cast<nib_activation>(h.activation)).word;
    }
    return text + ", " + std::to_string(h.vocabulary) + " logits" + kind_of(view).told;
}

void set_values(CSource& text, const infer::View& view, const SourceSizes& sizes)
{
    const infer::Header& h = *view.header;
    const std::size_t context_bytes = sizeof(std::int32_t) * h.context_length;
    text.set("version", nib_version());
    text.set("network", network(view));
    text.set("context", h.context_length);
    text.set("vocabulary", h.vocabulary);
    text.set("last", h.vocabulary - 1);
    text.set("first", sizes.first);
    text.set("scratch", sizes.scratch);
    text.set("scratch_bytes", sizes.scratch * sizeof(float));
    text.set("context_bytes", context_bytes);
    text.set("main_bytes", sizes.scratch * sizeof(float) + context_bytes + 2504);
    text.set("constants", sizes.constants);
    text.set("multiply_adds", static_cast<std::size_t>(infer::multiply_adds(h)));
    const WeightKind& kind = kind_of(view);
    text.set("type", kind.type);
    text.set("float", kind.float_from);
    text.set("/float", kind.float_to);
    text.set("arithmetic", kind.arithmetic);
    text.set("elsewhere", kind.elsewhere);
    const bool utf8 = h.encoding == 0;
    text.set("encoding", utf8 ? "UTF-8" : "one byte");
    text.set("symbol_size",
             utf8 ? "id == 0 ? 0u : bytes[0] < 0xc0 ? 1u : bytes[0] < 0xe0 ? 2u : bytes[0] < 0xf0 ? 3u : 4u"
                  : "id == 0 ? 0u : 1u");
}

void write_symbols(CSource& text, const infer::View& view)
{
    text.write("static const unsigned char $p_symbols[$P_VOCABULARY][4] = {");
    for (std::ptrdiff_t id = 0; id < view.vocabulary(); ++id) {
        const unsigned char* s = view.symbols + 4 * id;
        char line[40];
        std::snprintf(line, sizeof line, "%s{%d, %d, %d, %d},", id % 6 == 0 ? "\n    " : " ", s[0], s[1], s[2], s[3]);
        text.write(line);
    }
    text.write("\n};\n");
}

// Of the first layer as a table or an embedding, without the padding that the file has.
void write_first(CSource& text, const infer::View& view, const SourceSizes& sizes)
{
    const auto vocabulary = static_cast<std::size_t>(view.vocabulary());
    if (view.has_table()) {
        const auto stride = static_cast<std::size_t>(view.lookup().stride);
        const std::size_t rows = vocabulary * static_cast<std::size_t>(view.context_length());
        text.write("\n/* [place][symbol][" + std::to_string(sizes.first) + "] */");
        text.write_floats("table", rows * sizes.first,
                          [&](std::size_t i) { return view.first[i / sizes.first * stride + i % sizes.first]; });
        text.write(c_text::table_first);
    } else {
        text.write("\n/* [symbol][" + std::to_string(sizes.first) + "] */");
        text.write_floats("embedding", vocabulary * sizes.first, [&](std::size_t i) { return view.first[i]; });
        text.write(c_text::embedding_first);
    }
}

void write_layer(CSource& text, const WeightKind& kind, const Weights& layer, std::uint32_t number)
{
    const std::size_t inputs = layer.inputs(), outputs = layer.outputs(), padded = in_blocks(outputs);
    const std::string suffix = std::to_string(number);
    text.write("\n/* Layer " + suffix + ": " + std::to_string(inputs) + " inputs, " + std::to_string(outputs) +
               " outputs. */");
    text.write_floats("bias" + suffix, padded, [&](std::size_t o) { return layer.bias(o); });
    if (kind.scales) text.write_floats("scales" + suffix, padded, [&](std::size_t o) { return layer.scale(o); });
    text.write_array(kind.type, "weights" + suffix, padded * inputs, kind.in_line, [&](std::size_t i) {
        return kind.number(layer, i / block % inputs, i / (block * inputs) * block + i % block);
    });
}

void write_forward(CSource& text, const infer::View& view, const SourceSizes& sizes)
{
    const auto activates = [&](std::uint32_t layer) { return view.activation(layer) != NIB_IDENTITY; };
    text.set("other", sizes.further == 0 ? "" : ", *y = scratch + " + std::to_string(sizes.half));
    text.write(c_text::forward_head);
    std::string from = "y", to = "x";
    text.set("to", to);
    text.set("outputs", sizes.first);
    if (view.has_table() && activates(0)) text.write(c_text::activate_call);
    for (std::uint32_t i = view.has_table() ? 1 : 0; i < view.layer_count(); ++i) {
        const Weights layer(view, i);
        std::swap(from, to);
        text.set("layer", i);
        text.set("inputs", layer.inputs());
        text.set("outputs", layer.outputs());
        text.set("bound", c_literal(layer.input_bound()));
        text.set("from", from);
        text.set("to", to);
        text.write(kind_of(view).call);
        if (activates(i)) text.write(c_text::activate_call);
    }
}

} // namespace

void export_c(const Folded& folded, const std::string& prefix, const std::string& path, Memory* memory)
{
    const infer::View& view = folded.view();
    check_prefix(prefix);
    const WeightKind& kind = kind_of(view);
    const SourceSizes sizes(view);
    CSource text(prefix, memory);
    set_values(text, view, sizes);
    text.write(c_text::head);
    write_symbols(text, view);
    for (std::uint32_t i = view.has_table() ? 1 : 0; i < view.layer_count(); ++i) write_layer(text, kind, {view, i}, i);
    write_first(text, view, sizes);
    if (sizes.further > 0) {
        text.write(kind.helper);
        text.write(kind.layer);
    }
    text.write(c_text::exp);
    // Every layer but the last has that of the first.
    if (const nib_activation activation = view.activation(0); activation != NIB_IDENTITY) {
        text.write(activations::description_of(activation).c_text);
        text.write(c_text::activate);
    }
    write_forward(text, view, sizes);
    text.write(c_text::rest);
    const std::string_view bytes = text.bytes();
    const std::span<const char> part(bytes.data(), bytes.size());
    write_file(path, {&part, 1});
}

} // namespace nib
