#include "io/metadata.hpp"

#include "base/error.hpp"

#include <charconv>

namespace nib {

namespace {

// Parses the whole text as one number; false if it is not a number, or one that Number cannot hold.
template <class Number>
bool parse(const std::string& text, Number& number)
{
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size();
}

template <class Number>
std::string shortest_of(Number value)
{
    char text[32];
    return std::string(text, std::to_chars(text, text + sizeof text, value).ptr);
}

} // namespace

std::string shortest(double value) { return shortest_of(value); }
std::string shortest(float value) { return shortest_of(value); }

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

int metadata_word(const Safetensors& file, const std::string& key, std::span<const char* const> words)
{
    const std::string& text = metadata_value(file, key);
    const int index = index_of(words, text);
    if (index < 0) refuse_value(file, key, expected_words(words, text));
    return index;
}

void put_fields(std::span<const Field> fields, const void* options, const std::string& prefix, Metadata& metadata)
{
    for (const Field& field : fields) {
        std::string& text = metadata[prefix + field.name];
        if (field.kind == FieldKind::real)
            text = shortest(real_of(field, options));
        else if (field.kind == FieldKind::text)
            text = text_of(field, options);
        else if (field.kind == FieldKind::word)
            text = field.words[static_cast<std::size_t>(whole_of(field, options))];
        else
            text = std::to_string(whole_of(field, options));
    }
}

void get_fields(std::span<const Field> fields, const Safetensors& file, const std::string& prefix, void* options)
{
    for (const Field& field : fields) {
        const std::string key = prefix + field.name;
        if (field.kind == FieldKind::real) {
            set_real(field, options, metadata_real(file, key));
        } else if (field.kind == FieldKind::text) {
            const bool may_lack = field.initial_text[0] == '\0' && !file.metadata().contains(key);
            set_text(field, options, may_lack ? "" : metadata_value(file, key).c_str());
        } else if (field.kind == FieldKind::word) {
            set_whole(field, options, metadata_word(file, key, field.words));
        } else {
            const auto [low, high] = whole_range(field);
            set_whole(field, options, metadata_integer(file, key, low, high));
        }
    }
}

} // namespace nib
