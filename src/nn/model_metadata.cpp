#include "nn/model_metadata.hpp"

#include "base/error.hpp"
#include "io/metadata.hpp"
#include "nn/check_options.hpp"
#include "nn/model.hpp"

#include <charconv>
#include <type_traits>

namespace nib {

namespace {

// How each field of nib_model_options is written. Names in the file are the fields' names; whole numbers are
// model_integers.
struct Real {
    const char* key;
    double nib_model_options::*field;
};

constexpr Real reals[] = {
    {"bn_eps", &nib_model_options::bn_eps},
    {"bn_momentum", &nib_model_options::bn_momentum},
    {"hidden_gain", &nib_model_options::hidden_gain},
    {"hidden_bias_scale", &nib_model_options::hidden_bias_scale},
    {"output_gain", &nib_model_options::output_gain},
    {"output_bias_scale", &nib_model_options::output_bias_scale},
    {"output_bn_gain", &nib_model_options::output_bn_gain},
};

constexpr const char* activations[] = {"tanh", "relu", "identity"};
constexpr const char* variances[] = {"biased", "unbiased"};
constexpr const char* runnings[] = {"variance", "std"};
constexpr const char* inits[] = {"scaled", "fan_in"};
constexpr const char* encodings[] = {"utf8", "bytes"};

// Calls field(key, the field, the words of its values) for each enumeration.
template <class Options, class Field>
void for_enums(Options& options, Field field)
{
    field("activation", options.activation, activations);
    field("bn_variance", options.bn_variance, variances);
    field("bn_running", options.bn_running, runnings);
    field("hidden_init", options.hidden_init, inits);
    field("output_init", options.output_init, inits);
}

} // namespace

void put_options(const nib_model_options& options, Metadata& metadata)
{
    for (const auto& each : model_integers) metadata[each.name] = std::to_string(options.*each.field);
    for (const Real& each : reals) metadata[each.key] = shortest(options.*each.field);
    for_enums(options, [&](const char* key, auto value, const auto& words) { metadata[key] = words[value]; });
    metadata["seed"] = std::to_string(options.seed);
}

void put_vocabulary(const Vocabulary& vocabulary, Metadata& metadata)
{
    std::string symbols;
    for (const std::uint32_t symbol : vocabulary.symbols()) {
        if (!symbols.empty()) symbols += ' ';
        symbols += std::to_string(symbol);
    }
    metadata[vocabulary_key] = symbols;
    metadata["encoding"] = encodings[vocabulary.encoding()];
}

void put_data_checksum(std::uint32_t checksum, Metadata& metadata)
{
    metadata[data_checksum_key] = std::to_string(checksum);
}

nib_model_options get_options(const Safetensors& file)
{
    nib_model_options options{};
    options.struct_size = sizeof options;
    for (const auto& each : model_integers) {
        options.*each.field = static_cast<std::int32_t>(metadata_integer(file, each.name, each.low, each.high));
    }
    for (const Real& each : reals) options.*each.field = metadata_real(file, each.key);
    for_enums(options, [&](const char* key, auto& value, const auto& words) {
        value = metadata_word<std::remove_reference_t<decltype(value)>>(file, key, words);
    });
    options.seed = static_cast<std::uint32_t>(metadata_integer(file, "seed", 0, UINT32_MAX));
    try {
        check_options(options);
    } catch (const Error& error) {
        throw Error(NIB_ERR_FORMAT, "%s: the metadata's %s", file.name().c_str(), error.what());
    }
    return options;
}

Vocabulary get_vocabulary(const Safetensors& file)
{
    const std::string& text = metadata_value(file, vocabulary_key);
    std::vector<std::uint32_t> symbols;
    for (const char *at = text.data(), *end = at + text.size(); at != end;) {
        std::uint32_t symbol = 0;
        const auto [next, error] = std::from_chars(at, end, symbol);
        const bool ends = error == std::errc{} && (next == end || *next == ' ');
        if (!ends) refuse_value(file, vocabulary_key, "whole numbers from 0 to 1114111 with a space between two");
        symbols.push_back(symbol);
        at = next == end ? end : next + 1;
    }
    const auto encoding = metadata_word<nib_encoding>(file, "encoding", encodings);
    try {
        return Vocabulary(encoding, std::move(symbols));
    } catch (const Error& error) {
        throw Error(NIB_ERR_FORMAT, "%s: %s", file.name().c_str(), error.what());
    }
}

std::int64_t get_steps(const Safetensors& file) { return metadata_integer(file, "steps", 0, most_steps); }

std::optional<std::uint32_t> get_data_checksum(const Safetensors& file)
{
    if (!file.metadata().contains(data_checksum_key)) return std::nullopt;
    return static_cast<std::uint32_t>(metadata_integer(file, data_checksum_key, 0, UINT32_MAX));
}

} // namespace nib
