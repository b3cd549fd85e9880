#include "deploy/class_names.hpp"

#include "infer/names.hpp"
#include "io/schema_text.hpp"

namespace nib {

std::string section_of_names(const std::vector<std::string>& classes)
{
    std::string section;
    for (const std::string& each : classes) {
        const auto size = static_cast<std::uint32_t>(each.size());
        for (int shift = 0; shift < 32; shift += 8) section += static_cast<char>(size >> shift & 0xff);
        section.append(each).append((4 - each.size() % 4) % 4, '\0');
    }
    return section;
}

std::vector<std::string> read_names(const infer::View& view)
{
    std::vector<std::string> classes;
    const char* at = view.names;
    for (std::uint32_t i = 0; i < view.header->classes(); ++i, at = infer::behind_name(at)) {
        const infer::Name name = infer::name_at(at);
        classes.emplace_back(name.text, name.size);
    }
    return classes;
}

std::string text_without_classes(const Schema& schema)
{
    Schema rest = schema;
    rest.classes.clear();
    return text_of(rest);
}

} // namespace nib
