#include "deploy/folded.hpp"

#include "base/error.hpp"
#include "deploy/bad_number.hpp"
#include "deploy/class_names.hpp"
#include "deploy/fold.hpp"
#include "io/file.hpp"
#include "io/schema_text.hpp"
#include "io/symbol.hpp"
#include "net/design.hpp"
#include "nib/infer.h"
#include "ops/list.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace nib {

namespace {

// Names the operation that does not fit the others, if the start holds them.
void refuse_operations(std::span<const char> start, const infer::Header& h, const char* name)
{
    std::vector<infer::Operation> operations(h.operations);
    const std::size_t bytes = operations.size() * sizeof operations[0];
    if (start.size() < sizeof h + bytes) return;
    std::memcpy(operations.data(), start.data() + sizeof h, bytes);
    const std::uint32_t bad = infer::first_bad_operation(h, operations.data());
    if (bad == h.operations) return;
    const infer::Operation& o = operations[bad];
    throw Error(NIB_ERR_FORMAT,
                "%s is damaged: its operation %u (%s, %u inputs, %u outputs) is out of range, or does not fit those "
                "around it",
                name, bad, op_word(o), o.inputs, o.outputs);
}

// Explains a failure that infer::open reports only as a status. start: the file's first bytes, at least a header if the
// file is that long.
[[noreturn]] void refuse(std::span<const char> start, std::uint64_t size, const char* name)
{
    infer::Header h{}; // an empty file has no bytes to point to
    if (start.size() >= sizeof h) std::memcpy(&h, start.data(), sizeof h);
    if (!std::equal(std::begin(infer::magic), std::end(infer::magic), h.magic)) {
        throw Error(NIB_ERR_FORMAT, "%s is no folded model (.nib)", name);
    }
    if (h.version != infer::version) {
        throw Error(NIB_ERR_FORMAT, "%s is a folded model of version %u: expected %u", name, h.version, infer::version);
    }
    if (h.answers > infer::Answers::numbers)
        throw Error(NIB_ERR_FORMAT, "%s is damaged: its header has %u for \"answers\": expected 0 to 3", name,
                    static_cast<unsigned>(h.answers));
    for (const infer::HeaderRange& each : infer::header_ranges) {
        if (each.holds(h)) continue;
        throw Error(NIB_ERR_FORMAT, "%s is damaged: its header has %u for \"%s\": expected %u to %u", name,
                    h.*each.field, each.name, h.is_of_text() ? each.low : each.table_low,
                    h.is_of_text() ? each.high : each.table_high);
    }
    if (h.weight_bits % 8 != 0 || h.weight_bits == 24) {
        throw Error(NIB_ERR_FORMAT, "%s is damaged: its header has weights of %u bits: expected 8, 16 or 32", name,
                    h.weight_bits);
    }
    if (!infer::shape_in_range(h)) {
        throw Error(NIB_ERR_FORMAT, "%s is damaged: its header has rows of %u numbers, and of %u channels x %u x %u",
                    name, h.inputs, h.shape.channels, h.shape.height, h.shape.width);
    }
    const infer::FileParts parts = infer::parts_of(h);
    if (parts.schema - parts.test_contexts > infer::max_test_bytes) {
        throw Error(NIB_ERR_FORMAT, "%s is damaged: its test vector has %llu bytes: expected at most %llu", name,
                    static_cast<unsigned long long>(parts.schema - parts.test_contexts),
                    static_cast<unsigned long long>(infer::max_test_bytes));
    }
    if (h.file_bytes != size) {
        throw Error(NIB_ERR_FORMAT, "%s is damaged: it has %llu bytes, its header says %llu", name,
                    static_cast<unsigned long long>(size), static_cast<unsigned long long>(h.file_bytes));
    }
    refuse_operations(start, h, name);
    throw Error(NIB_ERR_FORMAT, "%s is damaged: its checksum, its sizes or its certificate are wrong", name);
}

infer::View open(const Buffer<char>& file, const char* name)
{
    infer::View view{};
    if (infer::open(file.data(), file.size(), view) != NIB_OK) refuse(file.span(), file.size(), name);
    infer::BadNumber bad;
    if (infer::find_bad_number(view, bad)) throw Error(NIB_ERR_FORMAT, "%s: %s", name, describe(view, bad).c_str());
    view.use(infer_kernels());
    return view;
}

Vocabulary read_vocabulary(const infer::View& view, const char* name)
{
    const auto encoding = view.header->encoding == 0 ? NIB_ENCODING_UTF8 : NIB_ENCODING_BYTES;
    std::vector<std::uint32_t> symbols;
    for (std::ptrdiff_t id = 1; id < view.vocabulary(); ++id) {
        const std::string_view text(reinterpret_cast<const char*>(view.symbols + 4 * id), 4);
        const Symbol symbol = decode_symbol(encoding, text);
        if (symbol.fault != nullptr)
            throw Error(NIB_ERR_FORMAT, "%s: symbol %td of the vocabulary: %s", name, id, symbol.fault);
        symbols.push_back(symbol.value);
    }
    try {
        return Vocabulary(encoding, std::move(symbols));
    } catch (const Error& error) {
        throw Error(NIB_ERR_FORMAT, "%s: %s", name, error.what());
    }
}

DataFormat read_format(const infer::View& view, const char* name)
{
    if (view.is_of_text()) return read_vocabulary(view, name);
    try {
        Schema schema = read_schema({view.schema, view.header->schema_bytes}, read_names(view));
        const DataShape shape = shape_of(schema);
        const bool is_classes = view.header->classes() > 0;
        const auto learned = static_cast<std::ptrdiff_t>(is_classes ? view.header->classes() : view.header->outputs);
        if (shape.features != view.inputs() || shape.learned != learned || (shape.task == Task::classes) != is_classes)
            throw Error(NIB_ERR_FORMAT, "%td numbers a row and %td to learn: the file has %td and %td", shape.features,
                        shape.learned, view.inputs(), learned);
        return schema;
    } catch (const Error& error) {
        throw Error(NIB_ERR_FORMAT, "%s: its schema: %s", name, error.what());
    }
}

// Reads the network's text, which must be printable ASCII, so that it is safe to show.
std::string read_text(const infer::View& view, const char* name)
{
    std::string text(view.text, view.header->text_bytes);
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] >= ' ' && text[i] <= '~') continue;
        throw Error(NIB_ERR_FORMAT, "%s is damaged: byte %zu of the network's text is 0x%02x: expected a printable one",
                    name, i, static_cast<unsigned>(static_cast<unsigned char>(text[i])));
    }
    return text;
}

} // namespace

Folded::Folded(Buffer<char> file, const std::string& name, Memory* memory)
    : file_(std::move(file)),
      view_(open(file_, name.c_str())),
      format_(read_format(view_, name.c_str())),
      network_(read_text(view_, name.c_str())),
      memory_(memory),
      scratch_(infer::make_plan(*view_.header, NIB_INFER_MAX_BATCH).bytes(), memory)
{
    infer::make_workspace(view_, NIB_INFER_MAX_BATCH, scratch_.data(), scratch_.size(), workspace_);
    if (infer::check_test_vector(view_, workspace_) == NIB_OK) return;
    throw Error(NIB_ERR_FORMAT, "%s does not compute what its test vector says", name.c_str());
}

Folded Folded::load(const std::string& path, Memory* memory)
{
    InputFile file(path);
    alignas(64) infer::Header header{};
    const std::span<char> start(reinterpret_cast<char*>(&header), sizeof header);
    const std::size_t got = file.read(start);
    const std::uint64_t size = file.size().value_or(got < sizeof header ? got : header.file_bytes);
    if (got < sizeof header || infer::check_header(&header, size) != NIB_OK)
        refuse(start.first(got), size, path.c_str());
    if (size > file.most()) file.too_large();
    Buffer<char> bytes = file.read_on(start, static_cast<std::size_t>(size) - got, memory);
    if (bytes.size() < size) refuse(start, bytes.size(), path.c_str());
    if (!file.at_end()) refuse(start, size + 1, path.c_str());
    return Folded(std::move(bytes), path, memory);
}

void Folded::save(const std::string& path) const
{
    const std::span<const char> whole = bytes();
    write_file(path, {&whole, 1});
}

void Folded::logits(std::span<const std::int32_t> contexts, float* out)
{
    const std::int32_t symbols = vocabulary().size();
    for (const std::int32_t id : contexts) {
        if (id >= 0 && id < symbols) continue;
        throw Error(NIB_ERR_INVALID_ARGUMENT, "a context holds the id %d: expected 0 to %d", static_cast<int>(id),
                    static_cast<int>(symbols) - 1);
    }
    infer::logits(view_, contexts.data(), contexts.size() / view_.header->inputs, out, workspace_);
}

} // namespace nib
