#include "deploy/export_onnx.hpp"

#include "base/error.hpp"
#include "io/file.hpp"
#include "io/schema_text.hpp"
#include "net/model_metadata.hpp"
#include "nib/nib.h"
#include "ops/list.hpp"
#include "ops/planes.hpp"

#include <span>
#include <string>
#include <string_view>

namespace nib {

namespace onnx {
enum ModelField : std::uint32_t {
    ir_version = 1,
    producer_name,
    producer_version,
    graph = 7,
    opset_import,
    metadata = 14
};
enum OpsetField : std::uint32_t { opset_version = 2 };
enum EntryField : std::uint32_t { metadata_key = 1, metadata_value };

constexpr std::uint64_t ir_of_opset_13 = 7;
constexpr std::size_t largest_file = (std::size_t{1} << 31) - 1; // protobuf's limit
} // namespace onnx

namespace {

OnnxGraph make_graph(const infer::View& view, Memory* memory)
{
    OnnxGraph graph(memory);
    const char* const input = view.is_of_text() ? "contexts" : "rows";
    graph.set_value(input);
    if (view.header->shape.pixels() > 1) {
        graph.begin("planes");
        graph.set_value(onnx_planes(graph, view.header->shape));
    }
    for (std::uint32_t i = 0; i < view.header->operations; ++i) {
        const OpAt at{view, view.operations()[i], std::to_string(i)};
        graph.begin(i + 1 == view.header->operations ? "logits" : op_word(at.operation) + ("." + at.number));
        op_of(at.operation).onnx(graph, at);
        graph.end();
    }
    graph.interface(onnx::graph_input, input, view.is_of_text() ? onnx::type_int64 : onnx::type_float,
                    view.header->inputs);
    graph.interface(onnx::graph_output, "logits", onnx::type_float, view.header->outputs);
    return graph;
}

void add_metadata(ProtobufMessage& model, std::string_view key, std::string_view value, Memory* memory)
{
    ProtobufMessage entry(memory);
    entry.bytes(onnx::metadata_key, key);
    entry.bytes(onnx::metadata_value, value);
    model.message(onnx::metadata, entry);
}

void check_weight_bits(const infer::View& view)
{
    if (view.header->weight_bits == 32) return;
    throw Error(NIB_ERR_UNSUPPORTED,
                "the folded model has weights of %u bits: only float weights, 32 bits, are exported as ONNX",
                view.header->weight_bits);
}

// Adds metadata that describe the contexts or rows, and the outputs.
void add_format(ProtobufMessage& model, const Folded& folded, Memory* memory)
{
    if (!folded.view().is_of_text()) return add_metadata(model, "table", text_of(folded.schema()), memory);
    add_metadata(model, "context_length", std::to_string(folded.view().inputs()), memory);
    Metadata metadata;
    put_vocabulary(folded.vocabulary(), metadata);
    for (const char* key : {"vocabulary", "encoding"}) add_metadata(model, key, metadata[key], memory);
}

} // namespace

void export_onnx(const Folded& folded, const std::string& path, Memory* memory)
{
    const infer::View& view = folded.view();
    check_weight_bits(view);
    if (folded.bytes().size() > onnx::largest_file) {
        throw Error(NIB_ERR_UNSUPPORTED, "the folded model has %zu bytes: an ONNX file can have %zu",
                    folded.bytes().size(), onnx::largest_file);
    }
    ProtobufMessage opset(memory), model(memory);
    opset.number(onnx::opset_version, 13);
    model.number(onnx::ir_version, onnx::ir_of_opset_13);
    model.bytes(onnx::producer_name, "nib");
    model.bytes(onnx::producer_version, nib_version());
    model.message(onnx::graph, make_graph(view, memory).message());
    model.message(onnx::opset_import, opset);
    add_format(model, folded, memory);
    const std::string_view bytes = model.bytes();
    const std::span<const char> part(bytes.data(), bytes.size());
    write_file(path, {&part, 1});
}

} // namespace nib
