#include "io/metadata.hpp"

namespace nib {

std::string shortest(double value)
{
    char text[32];
    return std::string(text, std::to_chars(text, text + sizeof text, value).ptr);
}

const std::string& metadata_value(const Safetensors& file, const char* key)
{
    const auto found = file.metadata().find(key);
    if (found != file.metadata().end()) return found->second;
    throw Error(NIB_ERR_FORMAT, "%s: the metadata has no \"%s\": not written by nib?", file.name().c_str(), key);
}

void refuse_value(const Safetensors& file, const char* key, const std::string& value)
{
    throw Error(NIB_ERR_FORMAT, "%s: the metadata's \"%s\" is \"%.40s\", which cannot be read", file.name().c_str(),
                key, value.c_str());
}

} // namespace nib
