#include "io/safetensors_header.hpp"

#include "base/error.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace nib {

namespace {

using Json = nlohmann::json;

constexpr const char* metadata_key = "__metadata__";

struct DtypeInfo {
    const char* name;
    std::uint64_t size; // bytes
};
constexpr std::array<DtypeInfo, 5> dtypes = {{{"U8", 1}, {"I32", 4}, {"F32", 4}, {"F64", 8}, {"I64", 8}}};

const DtypeInfo& info(Dtype dtype) noexcept { return dtypes[static_cast<std::size_t>(dtype)]; }

// Refuses what the parser itself lets pass: two equal keys, of which it keeps the last; nesting without end.
class Guard {
public:
    explicit Guard(const std::string& file) : file_(file.c_str()) {}

    bool operator()(int depth, Json::parse_event_t event, const Json& value)
    {
        const auto level = static_cast<std::size_t>(depth); // of the key; of what surrounds a new object or array
        if (event == Json::parse_event_t::object_start || event == Json::parse_event_t::array_start) {
            if (level >= max_depth)
                throw Error(NIB_ERR_FORMAT, "%s: the header nests deeper than %zu", file_, max_depth);
            keys_[level + 1].clear();
        } else if (event == Json::parse_event_t::key) {
            const auto& key = value.get_ref<const std::string&>();
            if (!keys_[level].insert(key).second) {
                throw Error(NIB_ERR_FORMAT, "%s: '%s' stands twice in the header", file_, key.c_str());
            }
        }
        return true;
    }

private:
    static constexpr std::size_t max_depth = 3; // header, tensor, shape

    const char* file_;
    std::array<std::set<std::string>, max_depth + 1> keys_; // of the object at hand, by depth
};

Json parse_json(std::string_view json, const std::string& file)
{
    if (!json.starts_with('{')) throw Error(NIB_ERR_FORMAT, "%s: the header does not begin with '{'", file.c_str());
    // The parser would take a NUL for the end.
    if (json.find('\0') != std::string_view::npos) {
        throw Error(NIB_ERR_FORMAT, "%s: the header has a NUL in it", file.c_str());
    }
    Guard guard(file);
    try {
        return Json::parse(json.begin(), json.end(), [&](int depth, Json::parse_event_t event, Json& value) {
            return guard(depth, event, value);
        });
    } catch (const Json::exception& error) {
        throw Error(NIB_ERR_FORMAT, "%s: the header is not JSON: %s", file.c_str(), error.what());
    }
}

// A field of a tensor that is an array of whole numbers from 0 to 2^64 - 1.
Shape parse_numbers(const Json& value, const char* key, const std::string& tensor, const std::string& file)
{
    Shape numbers;
    const bool whole = value.is_array() && std::all_of(value.begin(), value.end(),
                                                       [](const Json& each) { return each.is_number_unsigned(); });
    if (!whole) {
        throw Error(NIB_ERR_FORMAT, "%s: tensor '%s': %s is not a list of whole numbers from 0 to 2^64 - 1",
                    file.c_str(), tensor.c_str(), key);
    }
    for (const Json& each : value) numbers.push_back(each.get<std::uint64_t>());
    return numbers;
}

Dtype parse_dtype(const Json& value, const std::string& tensor, const std::string& file)
{
    for (std::size_t i = 0; i < dtypes.size(); ++i) {
        if (value == dtypes[i].name) return static_cast<Dtype>(i);
    }
    const std::string found = value.is_string() ? value.get<std::string>() : value.type_name();
    throw Error(NIB_ERR_FORMAT, "%s: tensor '%s': dtype '%s', expected F32, F64, I64, I32 or U8", file.c_str(),
                tensor.c_str(), found.c_str());
}

HeaderEntry parse_entry(const std::string& name, const Json& fields, const std::string& file)
{
    const bool complete = fields.is_object() && fields.size() == 3 && fields.contains("dtype") &&
                          fields.contains("shape") && fields.contains("data_offsets");
    if (!complete) {
        throw Error(NIB_ERR_FORMAT, "%s: tensor '%s': expected dtype, shape and data_offsets, and nothing else",
                    file.c_str(), name.c_str());
    }
    HeaderEntry entry = {name, parse_dtype(fields["dtype"], name, file), {}, 0, 0};
    entry.shape = parse_numbers(fields["shape"], "shape", name, file);
    const Shape offsets = parse_numbers(fields["data_offsets"], "data_offsets", name, file);
    if (offsets.size() != 2) {
        throw Error(NIB_ERR_FORMAT, "%s: tensor '%s': %zu data_offsets, expected begin and end", file.c_str(),
                    name.c_str(), offsets.size());
    }
    entry.begin = offsets[0];
    entry.end = offsets[1];
    return entry;
}

Metadata parse_metadata(const Json& value, const std::string& file)
{
    if (!value.is_object()) throw Error(NIB_ERR_FORMAT, "%s: __metadata__ is not a map of strings", file.c_str());
    Metadata metadata;
    for (const auto& [key, text] : value.items()) {
        if (!text.is_string()) {
            throw Error(NIB_ERR_FORMAT, "%s: __metadata__: '%s' is not a string", file.c_str(), key.c_str());
        }
        metadata.emplace(key, text.get<std::string>());
    }
    return metadata;
}

} // namespace

std::string describe(Dtype dtype, const Shape& shape)
{
    std::string text = std::string(info(dtype).name) + " (";
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (i > 0) text += ", ";
        text += std::to_string(shape[i]);
    }
    return text + ")";
}

std::uint64_t byte_size(Dtype dtype, const Shape& shape) noexcept
{
    std::uint64_t size = info(dtype).size;
    for (const std::uint64_t extent : shape) {
        if (extent != 0 && size > UINT64_MAX / extent) return UINT64_MAX;
        size *= extent;
    }
    return size;
}

Header parse_header(std::string_view json, const std::string& file)
{
    const Json root = parse_json(json, file);
    Header header;
    for (const auto& [name, value] : root.items()) {
        if (name == metadata_key) {
            header.metadata = parse_metadata(value, file);
        } else {
            header.entries.push_back(parse_entry(name, value, file));
        }
    }
    return header;
}

std::string format_header(std::span<const StoredTensor> tensors, const Metadata& metadata)
{
    nlohmann::ordered_json root = nlohmann::ordered_json::object();
    if (!metadata.empty()) {
        auto& map = root[metadata_key] = nlohmann::ordered_json::object();
        for (const auto& [key, text] : metadata) map[key] = text;
    }
    std::uint64_t begin = 0;
    for (const StoredTensor& tensor : tensors) {
        const std::uint64_t size = tensor.bytes.size();
        if (root.contains(tensor.name) || tensor.name == metadata_key) {
            throw Error(NIB_ERR_INTERNAL, "tensor '%s' is stored twice", tensor.name.c_str());
        }
        if (size != byte_size(tensor.dtype, tensor.shape)) {
            throw Error(NIB_ERR_INTERNAL, "tensor '%s' is stored as %s of %zu bytes", tensor.name.c_str(),
                        describe(tensor.dtype, tensor.shape).c_str(), tensor.bytes.size());
        }
        auto& fields = root[tensor.name];
        fields["dtype"] = info(tensor.dtype).name;
        fields["shape"] = tensor.shape;
        fields["data_offsets"] = {begin, begin + size};
        begin += size;
    }
    return root.dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace nib
