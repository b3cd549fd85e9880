// The types in which an activation's file describes itself, beside its arithmetic.
#pragma once

#include <initializer_list>

namespace nib::activations {

// An operator of ONNX (opset 13). It takes the result of the one before, the first the activation's input.
struct OnnxNode {
    const char* operation;
    std::initializer_list<float> constants = {}; // further inputs
    bool with_input = false;                     // the activation's own input is the second one
};

// The largest errors over all floats, which tests/activations holds them to on every instruction set.
struct Errors {
    double y;     // in units in its last place
    double slope; // in units of 2^-24
};

} // namespace nib::activations
