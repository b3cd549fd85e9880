#include "deploy/export_c.hpp"

#include "base/error.hpp"
#include "deploy/export_c_common.hpp"
#include "deploy/export_c_table.hpp"
#include "deploy/export_c_table_text.hpp"
#include "deploy/export_c_text.hpp"
#include "io/file.hpp"
#include "nib/nib.h"
#include "ops/c_words.hpp"
#include "ops/list.hpp"
#include "ops/planes.hpp"

#include <algorithm>
#include <cstdio>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nib {

namespace {

constexpr std::size_t logarithm = 80; // bytes of its constants

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

// The words of a file for weights of this many bits.
struct WeightKind {
    std::uint32_t bits;
    const char *told, *arithmetic, *elsewhere;
};

constexpr WeightKind weight_kinds[] = {
    {32, "", "in single precision", ""},
    {16, "; weights of 16 bits", "in single precision", ""},
    {8, "; weights of 8 bits", "of 8-bit integers",
     ",\n * or by some hundredths where an activation is then rounded to another of its 255 steps"},
};

const WeightKind& kind_of(const infer::View& view)
{
    return *std::find_if(std::begin(weight_kinds), std::end(weight_kinds),
                         [&](const WeightKind& kind) { return kind.bits == view.header->weight_bits; });
}

// The places of the operations in the caller's scratch memory, in floats.
class ScratchPlaces {
public:
    explicit ScratchPlaces(const infer::View& view)
    {
        std::size_t widths[infer::max_places] = {};
        if (!view.is_of_text()) widths[0] = in_blocks(static_cast<std::size_t>(view.inputs()));
        for (const infer::Operation* o = view.operations(); o != view.end(); ++o) {
            if (o->kind == infer::OperationKind::keep || o->kind == infer::OperationKind::swap) continue;
            widths[o->to] = std::max(widths[o->to], in_blocks(o->outputs));
            if (o->copy >= 0) widths[o->copy] = std::max(widths[o->copy], in_blocks(o->inputs));
        }
        for (std::size_t i = 0; i < std::size(widths); ++i) {
            places_[i] = floats;
            floats += widths[i];
        }
    }

    // The place as an expression; for -1, nothing.
    std::string at(int place) const
    {
        if (place < 0) return "";
        const std::size_t offset = places_[place];
        return offset == 0 ? "scratch" : "scratch + " + std::to_string(offset);
    }

    std::size_t floats = 0;

private:
    std::size_t places_[infer::max_places] = {};
};

// The parts of the file, each in the order of the operations.
struct Texts {
    CSource arrays, functions, calls;
};

// Whether a row's numbers have another order than those of the file's values.
bool loads_planes(const infer::View& view)
{
    return view.header->shape.channels > 1 && view.header->shape.pixels() > 1;
}

// Writes the function that computes the outputs; returns their place.
std::string write_operations(Texts& texts, const infer::View& view, const ScratchPlaces& scratch)
{
    std::set<std::string> written;
    // A row is copied, and so are numbers that are predicted.
    if (!view.is_of_text() && (!loads_planes(view) || view.header->answers == infer::Answers::numbers))
        texts.functions.write(*written.insert(c_text::copy).first);
    const auto has_windows = [](const infer::Operation& o) { return infer::has_windows(o.kind); };
    if (std::any_of(view.operations(), view.end(), has_windows)) texts.arrays.write(c_text::windows_type);
    if (loads_planes(view)) texts.functions.write(*written.insert(c_text::transpose).first);
    const auto write_function = [&](const std::string& function) {
        if (written.insert(function).second) texts.functions.write(function);
    };
    CSource& calls = texts.calls;
    for (std::uint32_t i = 0; i < view.header->operations; ++i) {
        const infer::Operation& o = view.operations()[i];
        const OpAt at{view, o, std::to_string(i)};
        const Op& op = op_of(at.operation);
        if (op.c_arrays != nullptr) op.c_arrays(texts.arrays, at);
        if (op.c_call == nullptr) continue;
        for (const std::string& each : op.c_functions(at.operation)) write_function(each);
        calls.set("number", at.number);
        calls.set("inputs", at.inputs());
        calls.set("outputs", at.outputs());
        calls.set("from", scratch.at(o.copy >= 0 ? o.copy : o.from));
        calls.set("to", scratch.at(o.to));
        calls.set("term", scratch.at(o.term));
        if (o.copy >= 0) {
            write_function(c_text::copy);
            calls.write("\n    $p_copy(" + scratch.at(o.from) + ", $[inputs], " + scratch.at(o.copy) + ");");
        }
        op.c_call(calls, at);
    }
    return scratch.at(view.end()[-1].to);
}

// The text "a list of layers" on lines of a comment that end before column 120.
std::string comment_lines(const std::string& text)
{
    std::string lines;
    for (std::size_t at = 0; at < text.size();) {
        constexpr std::size_t width = 100;
        std::size_t end = text.size() - at <= width ? text.size() : text.rfind(' ', at + width);
        if (end == text.npos || end <= at) end = std::min(text.size(), at + width);
        lines.append("\n *     ").append(text, at, end - at);
        at = end < text.size() && text[end] == ' ' ? end + 1 : end;
    }
    return lines;
}

// Writes exp, or as much of it as the functions behind it call.
void write_exp(CSource& text, bool whole, std::string_view functions, std::string_view prefix)
{
    // A prefix may be the end of a word: d_exp does not call exp in d_reduced_exp.
    const auto calls = [&](const char* function) {
        const std::string name = std::string(prefix).append(function);
        for (std::size_t at = 0; (at = functions.find(name, at)) != functions.npos; at += name.size()) {
            const char before = functions[at - 1]; // a function's text begins with a line end
            if (!is_letter(before) && before != '_' && !(before >= '0' && before <= '9')) return true;
        }
        return false;
    };
    whole = whole || calls("_exp(");
    const bool scaled = whole || calls("_scaled_exp(");
    if (scaled || calls("_reduced_exp(")) text.write(c_text::reduced_exp);
    if (scaled) text.write(c_text::scaled_exp);
    if (whole) text.write(c_text::exp);
}

void set_values(CSource& text, const Folded& folded, const ScratchPlaces& scratch)
{
    const infer::View& view = folded.view();
    text.set("version", nib_version());
    text.set("network", with_dollars(comment_lines(in_comment(folded.network()))));
    text.set("told", kind_of(view).told);
    text.set("scratch", scratch.floats);
    text.set("scratch_bytes", scratch.floats * sizeof(float));
    text.set("multiply_adds", static_cast<std::size_t>(infer::multiply_adds(*view.header)));
    text.set("arithmetic", kind_of(view).arithmetic);
    text.set("elsewhere", kind_of(view).elsewhere);
}

void set_text_values(CSource& text, const infer::Header& h, const ScratchPlaces& scratch, std::size_t constants)
{
    const std::size_t context_bytes = sizeof(std::int32_t) * h.inputs,
                      ram = scratch.floats * sizeof(float) + context_bytes;
    text.set("context", h.inputs);
    text.set("vocabulary", h.outputs);
    text.set("last", h.outputs - 1);
    text.set("context_bytes", context_bytes);
    text.set("ram", ram);
    text.set("main_bytes", ram + 2504);
    text.set("constants", constants + 4 * std::size_t{h.outputs} + logarithm);
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

void write_text_model(CSource& text, const infer::View& view, const Texts& texts)
{
    text.write(c_text::of_text::head);
    text.write(c_text::checks);
    text.write(c_text::of_text::symbols);
    write_symbols(text, view);
    text.append(texts.arrays);
    write_exp(text, true, "", "");
    text.append(texts.functions);
    text.write(c_text::softmax);
    text.write(c_text::greatest);
    text.write(c_text::of_text::forward_head);
    text.append(texts.calls);
    text.write(c_text::of_text::rest);
}

void write_table_model(CSource& text, infer::Answers answers, const std::string& prefix, const Texts& texts)
{
    const bool is_classes = answers == infer::Answers::classes, is_two = answers == infer::Answers::two_classes;
    text.write(c_text::of_table::head);
    if (is_two || is_classes) text.write(c_text::of_table::class_declarations);
    text.write(c_text::of_table::end_of_declarations);
    text.write(c_text::checks);
    text.append(texts.arrays);
    write_exp(text, is_two || is_classes, texts.functions.bytes(), prefix);
    text.append(texts.functions);
    if (is_classes) text.write(c_text::softmax);
    if (is_classes) text.write(c_text::greatest);
    text.write(c_text::of_table::forward_head);
    text.append(texts.calls);
    text.write(c_text::of_table::end_of_forward);
    text.write(is_two       ? c_text::of_table::two_probabilities
               : is_classes ? c_text::of_table::probabilities
                            : c_text::of_table::numbers);
    if (is_two || is_classes) text.write(c_text::of_table::class_name);
    text.write(c_text::of_table::end);
}

} // namespace

void export_c(const Folded& folded, const std::string& prefix, const std::string& path, Memory* memory)
{
    const infer::View& view = folded.view();
    check_prefix(prefix);
    const ScratchPlaces scratch(view);
    Texts texts{{prefix, memory}, {prefix, memory}, {prefix, memory}};
    const std::string outputs = write_operations(texts, view, scratch);
    CSource text(prefix, memory);
    set_values(text, folded, scratch);
    text.set(view.is_of_text() ? "logits" : "outputs", outputs);
    if (view.is_of_text()) {
        set_text_values(text, *view.header, scratch, texts.arrays.array_bytes());
        write_text_model(text, view, texts);
    } else {
        text.set("load", loads_planes(view) ? "$p_transpose(row, $[channels], $[pixels], scratch);"
                                            : "$p_copy(row, $P_FEATURES, scratch);");
        text.set("channels", view.header->shape.channels);
        text.set("pixels", static_cast<std::size_t>(view.header->shape.pixels()));
        set_table_values(text, folded, scratch.floats, texts.arrays.array_bytes());
        write_table_model(text, view.header->answers, prefix, texts);
    }
    const std::string_view bytes = text.bytes();
    const std::span<const char> part(bytes.data(), bytes.size());
    write_file(path, {&part, 1});
}

} // namespace nib
