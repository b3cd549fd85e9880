#include "option_names.hpp"

#include "option_infos.hpp"

#include <cctype>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace nib::cli {
namespace {

struct Name {
    std::string field, option;
};

// A word of the language is a field's name only where the library states its value: "seed is 3 there and 4 here".
void add_name(std::vector<Name>& names, const std::string& field, const std::string& option)
{
    const bool no_word = field.find_first_of("_.") != std::string::npos;
    names.push_back({no_word ? field : field + " is", no_word ? option : option + " is"});
}

std::vector<Name> all_names()
{
    std::vector<Name> names = {{"max_length", "--max-length"},
                               {"max_loss_difference", "--max-loss-difference"},
                               {"temperature is", "--temperature is"},
                               {"prefix is", "--prefix is"},
                               {"missing=mean", "--missing mean"},
                               {"task=regress", "--task regress"},
                               {"(drop)", "(--drop)"}};
    for (const nib_option_info& info : model_infos())
        if (info.flag != nullptr) add_name(names, info.name, info.flag);
    for (const nib_option_info& info : train_infos()) {
        if (info.flag == nullptr) continue;
        add_name(names, std::string("train.") + info.name, info.flag);
        add_name(names, info.name, info.flag);
    }
    return names;
}

// Whether the name is not part of another word or path, and not a word of the language: "the loss is nan".
bool stands_alone(const std::string& text, std::size_t at, std::size_t size)
{
    if (std::string_view(text).substr(0, at).ends_with("the ")) return false;
    const auto in_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
    const bool begins = at == 0 || (!in_word(text[at - 1]) && std::strchr("./-'\"", text[at - 1]) == nullptr);
    return begins && (at + size == text.size() || !in_word(text[at + size]));
}

} // namespace

std::string as_typed(std::string message)
{
    static const std::vector<Name> names = all_names();
    for (const auto& [field, option] : names) {
        for (std::size_t at = 0; (at = message.find(field, at)) != std::string::npos; ++at) {
            if (stands_alone(message, at, field.size())) message.replace(at, field.size(), option);
        }
    }
    return message;
}

} // namespace nib::cli
