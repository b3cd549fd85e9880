#include "nn/model_metadata.hpp"

#include "base/error.hpp"
#include "io/metadata.hpp"
#include "nn/check_options.hpp"

#include <charconv>
#include <type_traits>

namespace nib {

namespace {

// How each field of nib_model_options is written. Names in the file are the fields' names.
struct Integer {
    const char* key;
    std::int32_t nib_model_options::*field;
};
struct Real {
    const char* key;
    double nib_model_options::*field;
};

constexpr Integer integers[] = {
    {"context_length", &nib_model_options::context_length}, {"embedding_size", &nib_model_options::embedding_size},
    {"hidden_size", &nib_model_options::hidden_size},       {"hidden_layers", &nib_model_options::hidden_layers},
    {"batchnorm", &nib_model_options::batchnorm},           {"output_batchnorm", &nib_model_options::output_batchnorm},
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
    for (const Integer& each : integers) metadata[each.key] = std::to_string(options.*each.field);
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
    metadata["vocabulary"] = symbols;
    metadata["encoding"] = encodings[vocabulary.encoding()];
}

nib_model_options get_options(const Safetensors& file)
{
    nib_model_options options{};
    options.struct_size = sizeof options;
    for (const Integer& each : integers) options.*each.field = metadata_number<std::int32_t>(file, each.key);
    for (const Real& each : reals) options.*each.field = metadata_number<double>(file, each.key);
    for_enums(options, [&](const char* key, auto& value, const auto& words) {
        value = metadata_word<std::remove_reference_t<decltype(value)>>(file, key, words);
    });
    options.seed = metadata_number<std::uint32_t>(file, "seed");
    try {
        check_options(options);
    } catch (const Error& error) {
        throw Error(NIB_ERR_FORMAT, "%s: the metadata's %s", file.name().c_str(), error.what());
    }
    return options;
}

Vocabulary get_vocabulary(const Safetensors& file)
{
    const std::string& text = metadata_value(file, "vocabulary");
    std::vector<std::uint32_t> symbols;
    for (const char *at = text.data(), *end = at + text.size(); at != end;) {
        std::uint32_t symbol = 0;
        const auto [next, error] = std::from_chars(at, end, symbol);
        if (error != std::errc{} || symbols.size() > Vocabulary::max_symbols) refuse_value(file, "vocabulary", text);
        symbols.push_back(symbol);
        at = next;
        if (at != end && *at++ != ' ') refuse_value(file, "vocabulary", text);
    }
    try {
        return Vocabulary(metadata_word<nib_encoding>(file, "encoding", encodings), std::move(symbols));
    } catch (const Error& error) {
        throw Error(NIB_ERR_FORMAT, "%s: %s", file.name().c_str(), error.what());
    }
}

std::int64_t get_steps(const Safetensors& file) { return metadata_number<std::int64_t>(file, "steps"); }

} // namespace nib
