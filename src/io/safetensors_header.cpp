#include "io/safetensors_header.hpp"

#include "base/error.hpp"
#include "io/symbol.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>
#include <utility>

namespace nib {

namespace {

using Json = nlohmann::json; // its parser; see Value

constexpr const char* metadata_key = "__metadata__";

struct DtypeInfo {
    const char* name;
    std::uint64_t size; // bytes
};
constexpr std::array<DtypeInfo, 5> dtypes = {{{"U8", 1}, {"I32", 4}, {"F32", 4}, {"F64", 8}, {"I64", 8}}};

const DtypeInfo& info(Dtype dtype) noexcept { return dtypes[static_cast<std::size_t>(dtype)]; }

// A value of the header. Not the library's own kind: the destructor of that allocates, which ends the process where
// there is no memory.
struct Value {
    enum class Kind { null, boolean, number, whole_number, string, array, object };

    Kind kind = Kind::null;
    std::uint64_t number = 0; // a whole one
    std::string text;
    std::vector<Value> items;      // of an array; of an object, by its keys
    std::vector<std::string> keys; // in the order in which they stand

    bool is(Kind wanted) const noexcept { return kind == wanted; }
    const Value* find(std::string_view key) const noexcept
    {
        const auto found = std::find(keys.begin(), keys.end(), key);
        return found == keys.end() ? nullptr : &items[static_cast<std::size_t>(found - keys.begin())];
    }
    const char* type_name() const noexcept
    {
        constexpr const char* names[] = {"null", "boolean", "number", "number", "string", "array", "object"};
        return names[static_cast<std::size_t>(kind)];
    }
};

// Makes a Value of what the parser meets, and refuses what it lets pass: two equal keys; nesting without end.
class Builder {
public:
    explicit Builder(const std::string& file) : file_(file.c_str()) {}

    Value& root() noexcept { return root_; }

    bool null() { return add(Value::Kind::null); }
    bool boolean(bool) { return add(Value::Kind::boolean); }
    bool number_integer(Json::number_integer_t) { return add(Value::Kind::number); }
    bool number_float(Json::number_float_t, const std::string&) { return add(Value::Kind::number); }
    bool number_unsigned(Json::number_unsigned_t number)
    {
        add(Value::Kind::whole_number);
        last_->number = number;
        return true;
    }
    bool string(std::string& text)
    {
        add(Value::Kind::string);
        last_->text = std::move(text);
        return true;
    }
    bool binary(Json::binary_t&) { return false; } // not in JSON
    bool start_object(std::size_t) { return open(Value::Kind::object); }
    bool start_array(std::size_t) { return open(Value::Kind::array); }
    bool end_object() { return close(); }
    bool end_array() { return close(); }
    bool key(std::string& key)
    {
        if (!keys_[depth_].insert(key).second) {
            throw Error(NIB_ERR_FORMAT, "%s: '%s' stands twice in the header", file_, key.c_str());
        }
        open_[depth_ - 1]->keys.push_back(std::move(key));
        return true;
    }
    bool parse_error(std::size_t, const std::string&, const Json::exception& error)
    {
        throw Error(NIB_ERR_FORMAT, "%s: the header is not JSON: %s", file_, error.what());
    }

private:
    static constexpr std::size_t max_depth = 3; // header, tensor, shape

    bool add(Value::Kind kind)
    {
        last_ = depth_ == 0 ? &root_ : &open_[depth_ - 1]->items.emplace_back();
        last_->kind = kind;
        return true;
    }
    bool open(Value::Kind kind)
    {
        if (depth_ >= max_depth) throw Error(NIB_ERR_FORMAT, "%s: the header nests deeper than %zu", file_, max_depth);
        add(kind);
        open_[depth_++] = last_;
        keys_[depth_].clear();
        return true;
    }
    bool close() noexcept
    {
        --depth_;
        return true;
    }

    const char* file_;
    Value root_;
    Value* last_ = nullptr;
    std::array<Value*, max_depth> open_{}; // from the root to the value at hand; none moves while it is open
    std::size_t depth_ = 0;
    std::array<std::set<std::string>, max_depth + 1> keys_; // of the object at hand, by depth
};

Value parse_json(std::string_view json, const std::string& file)
{
    if (!json.starts_with('{')) throw Error(NIB_ERR_FORMAT, "%s: the header does not begin with '{'", file.c_str());
    // The parser would take a NUL for the end.
    if (json.find('\0') != std::string_view::npos) {
        throw Error(NIB_ERR_FORMAT, "%s: the header has a NUL in it", file.c_str());
    }
    Builder builder(file);
    Json::sax_parse(json.begin(), json.end(), &builder);
    return std::move(builder.root());
}

// A field of a tensor that is an array of whole numbers from 0 to 2^64 - 1.
Shape parse_numbers(const Value& value, const char* key, const std::string& tensor, const std::string& file)
{
    Shape numbers;
    const bool whole = value.is(Value::Kind::array) &&
                       std::all_of(value.items.begin(), value.items.end(),
                                   [](const Value& each) { return each.is(Value::Kind::whole_number); });
    if (!whole) {
        throw Error(NIB_ERR_FORMAT, "%s: tensor '%s': %s is not a list of whole numbers from 0 to 2^64 - 1",
                    file.c_str(), tensor.c_str(), key);
    }
    for (const Value& each : value.items) numbers.push_back(each.number);
    return numbers;
}

Dtype parse_dtype(const Value& value, const std::string& tensor, const std::string& file)
{
    const bool is_text = value.is(Value::Kind::string);
    for (std::size_t i = 0; i < dtypes.size(); ++i) {
        if (is_text && value.text == dtypes[i].name) return static_cast<Dtype>(i);
    }
    throw Error(NIB_ERR_FORMAT, "%s: tensor '%s': dtype '%s', expected F32, F64, I64, I32 or U8", file.c_str(),
                tensor.c_str(), is_text ? value.text.c_str() : value.type_name());
}

HeaderEntry parse_entry(const std::string& name, const Value& fields, const std::string& file)
{
    const Value* const dtype = fields.find("dtype");
    const Value* const shape = fields.find("shape");
    const Value* const data_offsets = fields.find("data_offsets");
    if (fields.keys.size() != 3 || dtype == nullptr || shape == nullptr || data_offsets == nullptr) {
        throw Error(NIB_ERR_FORMAT, "%s: tensor '%s': expected dtype, shape and data_offsets, and nothing else",
                    file.c_str(), name.c_str());
    }
    HeaderEntry entry = {name, parse_dtype(*dtype, name, file), {}, 0, 0};
    entry.shape = parse_numbers(*shape, "shape", name, file);
    const Shape offsets = parse_numbers(*data_offsets, "data_offsets", name, file);
    if (offsets.size() != 2) {
        throw Error(NIB_ERR_FORMAT, "%s: tensor '%s': %zu data_offsets, expected begin and end", file.c_str(),
                    name.c_str(), offsets.size());
    }
    entry.begin = offsets[0];
    entry.end = offsets[1];
    return entry;
}

Metadata parse_metadata(const Value& value, const std::string& file)
{
    if (!value.is(Value::Kind::object))
        throw Error(NIB_ERR_FORMAT, "%s: __metadata__ is not a map of strings", file.c_str());
    Metadata metadata;
    for (std::size_t i = 0; i < value.keys.size(); ++i) {
        if (!value.items[i].is(Value::Kind::string)) {
            throw Error(NIB_ERR_FORMAT, "%s: __metadata__: '%s' is not a string", file.c_str(), value.keys[i].c_str());
        }
        metadata.emplace(value.keys[i], value.items[i].text);
    }
    return metadata;
}

// Text as a JSON string; bytes that are not UTF-8 become U+FFFD.
std::string json_string(std::string_view text)
{
    std::string result = "\"";
    while (!text.empty()) {
        const Symbol symbol = decode_symbol(NIB_ENCODING_UTF8, text);
        const std::size_t size = symbol.fault != nullptr ? 1 : symbol.size;
        if (symbol.fault != nullptr) {
            result += "\xEF\xBF\xBD";
        } else if (symbol.value < 0x20) {
            char code[8];
            std::snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned>(symbol.value));
            result += code;
        } else {
            if (symbol.value == '"' || symbol.value == '\\') result += '\\';
            result += text.substr(0, size);
        }
        text.remove_prefix(size);
    }
    result += '"';
    return result;
}

std::string list(const Shape& numbers) { return '[' + joined(numbers, ",") + ']'; }

} // namespace

std::string describe(Dtype dtype, const Shape& shape)
{
    return std::string(info(dtype).name) + " (" + joined(shape, ", ") + ")";
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
    const Value root = parse_json(json, file);
    Header header;
    for (std::size_t i = 0; i < root.keys.size(); ++i) {
        if (root.keys[i] == metadata_key) {
            header.metadata = parse_metadata(root.items[i], file);
        } else {
            header.entries.push_back(parse_entry(root.keys[i], root.items[i], file));
        }
    }
    return header;
}

std::string format_header(std::span<const StoredTensor> tensors, const Metadata& metadata)
{
    std::string text = "{";
    if (!metadata.empty()) {
        text += json_string(metadata_key) + ":{";
        for (const auto& [key, value] : metadata) text += json_string(key) + ":" + json_string(value) + ",";
        text.back() = '}';
        text += ',';
    }
    std::set<std::string_view> names = {metadata_key};
    std::uint64_t begin = 0;
    for (const StoredTensor& tensor : tensors) {
        const std::uint64_t size = tensor.bytes.size();
        if (!names.insert(tensor.name).second) {
            throw Error(NIB_ERR_INTERNAL, "tensor '%s' is stored twice", tensor.name.c_str());
        }
        if (size != byte_size(tensor.dtype, tensor.shape)) {
            throw Error(NIB_ERR_INTERNAL, "tensor '%s' is stored as %s of %zu bytes", tensor.name.c_str(),
                        describe(tensor.dtype, tensor.shape).c_str(), tensor.bytes.size());
        }
        text += json_string(tensor.name) + ":{\"dtype\":\"" + info(tensor.dtype).name +
                "\",\"shape\":" + list(tensor.shape) + ",\"data_offsets\":" + list({begin, begin + size}) + "},";
        begin += size;
    }
    if (text.size() == 1) return "{}";
    text.back() = '}';
    return text;
}

} // namespace nib
