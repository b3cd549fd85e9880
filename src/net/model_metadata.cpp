#include "net/model_metadata.hpp"

#include "base/error.hpp"
#include "io/metadata.hpp"
#include "io/schema_text.hpp"
#include "net/model.hpp"
#include "net/model_options.hpp"

#include <charconv>

namespace nib {

namespace {

constexpr const char* encodings[] = {"utf8", "bytes"};

} // namespace

void put_options(const nib_model_options& options, Metadata& metadata)
{
    put_fields(model_fields(), &options, "", metadata);
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

ModelSpec get_options(const Safetensors& file, const SpecWords& words)
{
    nib_model_options options{};
    get_fields(model_fields(), file, "", &options);
    try {
        return read_options(options, words);
    } catch (const Error& error) {
        throw Error(NIB_ERR_FORMAT, "%s: the metadata's %s", file.name().c_str(), error.what());
    }
}

namespace {

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
    const auto encoding = static_cast<nib_encoding>(metadata_word(file, "encoding", encodings));
    try {
        return Vocabulary(encoding, std::move(symbols));
    } catch (const Error& error) {
        throw Error(NIB_ERR_FORMAT, "%s: %s", file.name().c_str(), error.what());
    }
}

} // namespace

void put_format(const DataFormat& format, Metadata& metadata)
{
    if (const auto* vocabulary = std::get_if<Vocabulary>(&format)) return put_vocabulary(*vocabulary, metadata);
    metadata[schema_key] = text_of(std::get<Schema>(format));
}

bool has_format(const Safetensors& file)
{
    return file.metadata().contains(vocabulary_key) || file.metadata().contains(schema_key);
}

DataFormat get_format(const Safetensors& file)
{
    if (!file.metadata().contains(schema_key)) return get_vocabulary(file);
    try {
        return read_schema(metadata_value(file, schema_key));
    } catch (const Error& error) {
        throw Error(NIB_ERR_FORMAT, "%s: the metadata's %s: %s", file.name().c_str(), schema_key, error.what());
    }
}

std::int64_t get_steps(const Safetensors& file) { return metadata_integer(file, "steps", 0, most_steps); }

std::optional<std::uint32_t> get_data_checksum(const Safetensors& file)
{
    if (!file.metadata().contains(data_checksum_key)) return std::nullopt;
    return static_cast<std::uint32_t>(metadata_integer(file, data_checksum_key, 0, UINT32_MAX));
}

} // namespace nib
