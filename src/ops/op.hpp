// An operation of a folded file as the exports write it. The operations are constant objects, each in a file of its
// own; list.hpp finds them. What the file holds of one stands in infer/format.hpp, what the engine does in
// infer/engine.cpp.
#pragma once

#include "infer/view.hpp"
#include "ops/c_source.hpp"
#include "ops/onnx_graph.hpp"

#include <string>
#include <vector>

namespace nib {

// One of a file's operations, for an export.
struct OpAt {
    const infer::View& view;
    const infer::Operation& operation;
    std::string number; // of the operation, which makes names its own

    std::size_t inputs() const noexcept { return operation.inputs; }
    std::size_t outputs() const noexcept { return operation.outputs; }
    std::size_t stride() const noexcept { return static_cast<std::size_t>(infer::stride_of(operation)); }
    const char* section() const noexcept { return view.sections + operation.section; }
    const float* floats() const noexcept { return view.numbers(operation); }
};

struct Op {
    const char* word;

    // C: the arrays of its numbers, whose bytes are counted by the source; null: it has none. The functions that its
    // call needs, each of which is written once, in this order. The call: $[from], $[to] and $[term] stand for its
    // places. Null: nothing is called.
    void (*c_arrays)(CSource& c, const OpAt& at) = nullptr;
    std::vector<std::string> (*c_functions)(const infer::Operation& operation) = nullptr;
    void (*c_call)(CSource& c, const OpAt& at) = nullptr;

    // ONNX: its nodes, from graph.value() on, of weights of 32 bits.
    void (*onnx)(OnnxGraph& graph, const OpAt& at) = nullptr;
};

// Outputs that a product of the exported C computes at a time: arrays and places are filled up to a multiple.
inline constexpr std::size_t c_block = 4;
constexpr std::size_t in_blocks(std::size_t outputs) { return (outputs + c_block - 1) / c_block * c_block; }

} // namespace nib
