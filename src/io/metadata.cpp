#include "io/metadata.hpp"

#include <charconv>

namespace nib {

namespace {

// The whole text as one number; false where it is none, or more than Number holds.
template <class Number>
bool parse(const std::string& text, Number& number)
{
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size();
}

} // namespace

std::string shortest(double value)
{
    char text[32];
    return std::string(text, std::to_chars(text, text + sizeof text, value).ptr);
}

const std::string& metadata_value(const Safetensors& file, const std::string& key)
{
    const auto found = file.metadata().find(key);
    if (found != file.metadata().end()) return found->second;
    throw Error(NIB_ERR_FORMAT, "%s: the metadata has no \"%s\": not written by nib?", file.name().c_str(),
                key.c_str());
}

void refuse_value(const Safetensors& file, const std::string& key, const std::string& expected)
{
    throw Error(NIB_ERR_FORMAT, "%s: the metadata's \"%s\" is \"%s\": expected %s", file.name().c_str(), key.c_str(),
                shortened(metadata_value(file, key)).c_str(), expected.c_str());
}

std::string whole_number(std::int64_t low, std::int64_t high)
{
    return "a whole number from " + std::to_string(low) + " to " + std::to_string(high);
}

std::int64_t metadata_integer(const Safetensors& file, const std::string& key, std::int64_t low, std::int64_t high)
{
    std::int64_t number = 0;
    if (!parse(metadata_value(file, key), number) || number < low || number > high)
        refuse_value(file, key, whole_number(low, high));
    return number;
}

double metadata_real(const Safetensors& file, const std::string& key)
{
    double number = 0;
    if (!parse(metadata_value(file, key), number)) refuse_value(file, key, "a number");
    return number;
}

} // namespace nib
