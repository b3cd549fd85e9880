#include "net/pytorch_module.hpp"

#include "io/metadata.hpp"

namespace nib {

std::string python_call(const char* name, std::initializer_list<std::string> arguments)
{
    std::string call = name;
    const char* before = "(";
    for (const std::string& argument : arguments) {
        if (argument.empty()) continue;
        call.append(before).append(argument);
        before = ", ";
    }
    return call.append(")");
}

std::string python_argument(const char* name, double value, double initial)
{
    if (value == initial) return "";
    return std::string(name).append("=").append(python_float(value));
}

std::string python_float(double value)
{
    std::string text = shortest(value);
    if (text.find_first_of(".e") == text.npos) text.append(".0");
    return text;
}

} // namespace nib
