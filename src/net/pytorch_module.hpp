// How a layer is written in Python for PyTorch. deploy/export_pytorch.hpp makes a file of all layers.
#pragma once

#include <initializer_list>
#include <string>

namespace nib {

struct PytorchModule {
    std::string made;             // the expression: "nn.Linear(80, 200)"; for a residual only the class
    const char* type = nullptr;   // the source of the class; null: torch.nn has it
    std::string untrainable = {}; // the options that torch.nn cannot train with: " running=std"; empty: none
};

// "NAME(ARGUMENT, ARGUMENT)"; an empty argument is left out.
std::string python_call(const char* name, std::initializer_list<std::string> arguments);

// "eps=0.01"; empty where the value is torch.nn's default.
std::string python_argument(const char* name, double value, double initial);

// The shortest decimal that reads back as the same number: "0.2", "1e-05", "1.0".
std::string python_float(double value);

} // namespace nib
