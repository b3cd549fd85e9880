// The types with which an activation's file describes the activation, beside its arithmetic.
#pragma once

#include <initializer_list>

namespace nib::activations {

// An operator of ONNX (opset 13). Its input is the result of the operator before it, or the activation's input if it is
// the first.
struct OnnxNode {
    const char* operation;
    std::initializer_list<float> constants = {}; // further inputs
    bool with_input = false;                     // the activation's own input is the second one
};

// The largest errors over all floats. tests/activations checks them on every instruction set.
struct Errors {
    double y;     // in units in the last place of y
    double slope; // in units of 2^-24
};

} // namespace nib::activations
