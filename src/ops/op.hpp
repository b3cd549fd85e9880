// How the exports write an operation of a folded file. The operations are constant objects, each in its own file;
// list.hpp finds them. infer/format.hpp says what the file holds of an operation, and infer/engine.cpp what the engine
// does.
#pragma once

#include "infer/view.hpp"
#include "ops/c_source.hpp"
#include "ops/onnx_graph.hpp"

#include <string>
#include <vector>

namespace nib {

// One of a file's operations, as an export sees it.
struct OpAt {
    const infer::View& view;
    const infer::Operation& operation;
    std::string number; // the operation's, which makes its names unique

    std::size_t inputs() const noexcept { return operation.inputs; }
    std::size_t outputs() const noexcept { return operation.outputs; }
    std::size_t stride() const noexcept { return static_cast<std::size_t>(infer::stride_of(operation)); }
    const char* section() const noexcept { return view.sections + operation.section; }
    const float* floats() const noexcept { return view.numbers(operation); }
};

struct Op {
    const char* word;

    // C. c_arrays writes the arrays of the operation's numbers, whose bytes the source counts; null: it has none.
    // c_functions returns the functions that the call needs; each is written once, in this order. c_call returns the
    // call, in which $[from], $[to] and $[term] stand for the operation's places; null: nothing is called.
    void (*c_arrays)(CSource& c, const OpAt& at) = nullptr;
    std::vector<std::string> (*c_functions)(const infer::Operation& operation) = nullptr;
    void (*c_call)(CSource& c, const OpAt& at) = nullptr;

    // ONNX: adds the operation's nodes, starting from graph.value(), with weights of 32 bits.
    void (*onnx)(OnnxGraph& graph, const OpAt& at) = nullptr;
};

// How many outputs a product of the exported C computes at a time: arrays and places are filled up to a multiple of it.
inline constexpr std::size_t c_block = 4;
constexpr std::size_t in_blocks(std::size_t outputs) { return (outputs + c_block - 1) / c_block * c_block; }

} // namespace nib
