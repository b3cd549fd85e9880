#include "deploy/export_c.hpp"

#include "base/error.hpp"
#include "deploy/export_c_text.hpp"
#include "deploy/output.hpp"
#include "deploy/weights.hpp"
#include "io/file.hpp"
#include "nib/nib.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace nib {

namespace {

constexpr std::size_t block = 4; // outputs that a layer of the exported code computes at a time

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

std::string in_capitals(std::string text)
{
    for (char& c : text) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    return text;
}

// Fills in the pieces of export_c_text.hpp.
class CText {
public:
    CText(const std::string& prefix, Memory* memory) : prefix_(prefix), capitals_(in_capitals(prefix)), out_(memory) {}

    void set(const char* name, std::string value) { values_[name] = std::move(value); }
    void set(const char* name, std::size_t value) { set(name, std::to_string(value)); }

    void write(std::string_view text)
    {
        for (std::size_t at = 0; (at = text.find('$')) != text.npos;) {
            out_.append(text.substr(0, at));
            const char kind = text[at + 1];
            const std::size_t end = kind == '[' ? text.find(']', at) + 1 : at + 2;
            if (kind == '[') {
                out_.append(values_.find(text.substr(at + 2, end - at - 3))->second);
            } else {
                out_.append(kind == 'p' ? prefix_ : capitals_);
            }
            text.remove_prefix(end);
        }
        out_.append(text);
    }

    // static const float NAME[count] = {...}; each(i) gives the numbers.
    template <class Each>
    void write_floats(const std::string& name, std::size_t count, Each each)
    {
        write("\nstatic const float $p_" + name + "[" + std::to_string(count) + "] = {");
        for (std::size_t i = 0; i < count; ++i) {
            out_.append(i % 8 == 0 ? "\n    " : " ");
            write_float(each(i));
        }
        out_.append("\n};\n");
    }

    std::string_view bytes() const noexcept { return out_.bytes(); }

private:
    // The shortest decimal that is the number again, whatever the locale.
    void write_float(float value)
    {
        if (!std::isfinite(value)) throw Error(NIB_ERR_DIVERGED, "the model holds a weight that is not finite");
        char text[32];
        char* end = std::to_chars(text, text + sizeof text, value).ptr;
        const std::string_view digits(text, static_cast<std::size_t>(end - text));
        out_.append(digits);
        out_.append(digits.find_first_of(".e") == digits.npos ? ".0f," : "f,");
    }

    std::string prefix_, capitals_;
    std::map<std::string, std::string, std::less<>> values_;
    Output out_;
};

// What the head of the file tells.
struct Sizes {
    explicit Sizes(const infer::View& view)
    {
        const infer::Header& h = *view.header;
        const infer::LayerSize size = infer::layer_size(h, 0);
        first = view.has_table() ? static_cast<std::size_t>(size.outputs) : h.embedding_size;
        half = in_blocks(static_cast<std::size_t>(view.has_table() ? size.outputs : size.inputs));
        floats = h.vocabulary * first * (view.has_table() ? h.context_length : 1);
        for (std::uint32_t i = view.has_table() ? 1 : 0; i < view.layer_count(); ++i, ++further) {
            const Weights layer(view, i);
            const std::size_t outputs = in_blocks(layer.outputs());
            half = std::max(half, outputs);
            floats += outputs * (layer.inputs() + 1);
        }
        scratch = further == 0 ? half : 2 * half;
    }

    std::size_t first;         // numbers of the table or the embedding for a symbol
    std::size_t half;          // floats of the widest activations
    std::size_t scratch;       // floats
    std::size_t floats;        // constants
    std::uint32_t further = 0; // layers behind the table or the embedding
};

std::string network(const infer::View& view)
{
    const infer::Header& h = *view.header;
    const char* activations[] = {"tanh", "relu", "identity"};
    std::string text = std::to_string(h.context_length) + " symbols of " + std::to_string(h.vocabulary);
    if (h.hidden_layers > 0) {
        text += ", " + std::to_string(h.hidden_layers) + " x " + std::to_string(h.hidden_size) + " " +
                activations[h.activation];
    }
    return text + ", " + std::to_string(h.vocabulary) + " logits";
}

void set_values(CText& text, const infer::View& view, const Sizes& sizes)
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
    text.set("constants", sizes.floats * sizeof(float) + 4 * std::size_t{h.vocabulary});
    text.set("multiply_adds", static_cast<std::size_t>(infer::multiply_adds(h)));
    const bool utf8 = h.encoding == 0;
    text.set("encoding", utf8 ? "UTF-8" : "one byte");
    text.set("symbol_size",
             utf8 ? "id == 0 ? 0u : bytes[0] < 0xc0 ? 1u : bytes[0] < 0xe0 ? 2u : bytes[0] < 0xf0 ? 3u : 4u"
                  : "id == 0 ? 0u : 1u");
}

void write_symbols(CText& text, const infer::View& view)
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
void write_first(CText& text, const infer::View& view, const Sizes& sizes)
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

void write_layer(CText& text, const Weights& layer, std::uint32_t number)
{
    const std::size_t inputs = layer.inputs(), outputs = layer.outputs(), padded = in_blocks(outputs);
    const std::string suffix = std::to_string(number);
    text.write("\n/* Layer " + suffix + ": " + std::to_string(inputs) + " inputs, " + std::to_string(outputs) +
               " outputs. */");
    text.write_floats("bias" + suffix, padded, [&](std::size_t o) { return o < outputs ? layer.bias(o) : 0.0f; });
    text.write_floats("weights" + suffix, padded * inputs, [&](std::size_t i) {
        const std::size_t input = i / block % inputs, output = i / (block * inputs) * block + i % block;
        return output < outputs ? layer.weight(input, output) : 0.0f;
    });
}

void write_forward(CText& text, const infer::View& view, const Sizes& sizes)
{
    const auto activates = [&](std::uint32_t layer) { return view.activation(layer) != infer::Activation::identity; };
    text.set("other", sizes.further == 0 ? "" : ", *y = scratch + " + std::to_string(sizes.half));
    text.write(c_text::forward_head);
    if (view.has_table() && activates(0)) text.write("    $p_activate(x, " + std::to_string(sizes.first) + ");\n");
    std::string from = "x", to = "y";
    for (std::uint32_t i = view.has_table() ? 1 : 0; i < view.layer_count(); ++i) {
        const Weights layer(view, i);
        const std::string number = std::to_string(i), outputs = std::to_string(layer.outputs());
        text.write("    $p_layer($p_weights" + number + ", $p_bias" + number + ", " + std::to_string(layer.inputs()) +
                   ", " + outputs + ", " + from + ", " + to + ");\n");
        if (activates(i)) text.write("    $p_activate(" + to + ", " + outputs + ");\n");
        std::swap(from, to);
    }
    text.write("    return " + from + ";\n");
}

} // namespace

void export_c(const Folded& folded, const std::string& prefix, const std::string& path, Memory* memory)
{
    const infer::View& view = folded.view();
    check_prefix(prefix);
    check_weight_bits(view);
    const Sizes sizes(view);
    CText text(prefix, memory);
    set_values(text, view, sizes);
    text.write(c_text::head);
    write_symbols(text, view);
    for (std::uint32_t i = view.has_table() ? 1 : 0; i < view.layer_count(); ++i) write_layer(text, {view, i}, i);
    write_first(text, view, sizes);
    if (sizes.further > 0) text.write(c_text::layer);
    // Every layer but the last has that of the first.
    if (const infer::Activation activation = view.activation(0); activation != infer::Activation::identity) {
        text.write(activation == infer::Activation::tanh ? c_text::tanh : c_text::relu);
        text.write(c_text::activate);
    }
    write_forward(text, view, sizes);
    text.write(c_text::rest);
    const std::string_view bytes = text.bytes();
    const std::span<const char> part(bytes.data(), bytes.size());
    write_file(path, {&part, 1});
}

} // namespace nib
