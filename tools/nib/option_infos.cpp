#include "option_infos.hpp"

#include "failure.hpp"

#include "nib/nib.hpp"

#include <cstddef>
#include <cstring>
#include <set>
#include <string>
#include <vector>

namespace nib::cli {
namespace {

template <class Number>
Number read(const nib_option_info& option, const void* options)
{
    Number number;
    std::memcpy(&number, static_cast<const char*>(options) + option.offset, sizeof number);
    return number;
}

template <class Number>
void write(const nib_option_info& option, void* options, Number number)
{
    std::memcpy(static_cast<char*>(options) + option.offset, &number, sizeof number);
}

} // namespace

OptionInfos model_infos()
{
    static const std::vector<nib_option_info> infos = model_option_infos();
    return infos;
}

OptionInfos train_infos()
{
    static const std::vector<nib_option_info> infos = train_option_infos();
    return infos;
}

const nib_option_info& find_option(OptionInfos infos, const char* name)
{
    for (const nib_option_info& info : infos)
        if (std::strcmp(info.name, name) == 0) return info;
    throw Failure(std::string("the library has no option ") + name);
}

std::int64_t whole_of(const nib_option_info& option, const void* options)
{
    if (option.kind == NIB_OPTION_INT64) return read<std::int64_t>(option, options);
    if (option.kind == NIB_OPTION_UINT32) return read<std::uint32_t>(option, options);
    return read<std::int32_t>(option, options);
}

void set_whole(const nib_option_info& option, void* options, std::int64_t value)
{
    if (option.kind == NIB_OPTION_INT64) return write(option, options, value);
    if (option.kind == NIB_OPTION_UINT32) return write(option, options, static_cast<std::uint32_t>(value));
    write(option, options, static_cast<std::int32_t>(value));
}

double real_of(const nib_option_info& option, const void* options) { return read<double>(option, options); }
void set_real(const nib_option_info& option, void* options, double value) { write(option, options, value); }

const char* text_of(const nib_option_info& option, const void* options) { return read<const char*>(option, options); }
void set_text(const nib_option_info& option, void* options, const char* value) { write(option, options, value); }

const char* lasting(const std::string& text)
{
    static std::set<std::string> texts; // its elements do not move
    return texts.insert(text).first->c_str();
}

nib_model_options lasting(nib_model_options options)
{
    for (const nib_option_info& option : model_infos())
        if (option.kind == NIB_OPTION_TEXT) set_text(option, &options, lasting(text_of(option, &options)));
    return options;
}

const char* word_of(const nib_option_info& option, std::int64_t value)
{
    const auto index = static_cast<std::size_t>(value);
    return index < option.word_count ? option.words[index] : "unknown";
}

bool has_effect(OptionInfos infos, const nib_option_info& option, const void* options)
{
    if (option.needs[0] == nullptr) return true;
    for (const char* name : option.needs) {
        if (name != nullptr && whole_of(find_option(infos, name), options) == option.needed_value) return true;
    }
    return false;
}

} // namespace nib::cli
