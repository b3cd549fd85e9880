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

using Json = nlohmann::json; // only its parser is used

constexpr const char* metadata_key = "__metadata__";

struct DtypeInfo {
    const char* name;
    std::uint64_t size; // bytes
};
constexpr std::array<DtypeInfo, 7> dtypes = {
    {{"U8", 1}, {"F16", 2}, {"BF16", 2}, {"I32", 4}, {"F32", 4}, {"F64", 8}, {"I64", 8}}};

const DtypeInfo& info(Dtype dtype) noexcept { return dtypes[static_cast<std::size_t>(dtype)]; }

[[noreturn]] void refuse(const char* file, const std::string& tensor, const std::string& sentence)
{
    throw Error(NIB_ERR_FORMAT, "%s: tensor '%s': %s", file, tensor.c_str(), sentence.c_str());
}

[[noreturn]] void refuse_twice(const char* file, const std::string& name)
{
    throw Error(NIB_ERR_FORMAT, "%s: '%s' stands twice in the header", file, name.c_str());
}

// Turns the parser's events into entries and metadata, and refuses what the parser accepts: equal keys, except the
// names of tensors, and unlimited nesting. A tree of all values would take 60 bytes for each byte of the header.
class Builder {
public:
    explicit Builder(const std::string& file) : file_(file.c_str()) {}

    SafetensorsHeader& header() noexcept { return header_; }

    bool null() { return value("null"); }
    bool boolean(bool) { return value("boolean"); }
    bool number_integer(Json::number_integer_t) { return value("number"); }
    bool number_float(Json::number_float_t, const std::string&) { return value("number"); }
    bool number_unsigned(Json::number_unsigned_t number)
    {
        if (depth_ < max_depth || !is_list(field_)) return value("number");
        if (numbers_.size() == max_numbers)
            refuse(file_, name_, field_names[field_] + std::string(" has more than 64 numbers"));
        numbers_.push_back(number);
        return true;
    }
    bool string(std::string& text)
    {
        if (depth_ == 2 && in_metadata_) {
            const auto [at, is_new] = header_.metadata.try_emplace(std::move(key_), std::move(text));
            if (!is_new) refuse_twice(file_, at->first);
        } else if (depth_ == 2 && field_ == dtype) {
            entry_.dtype = parse_dtype(text);
        } else {
            value("string");
        }
        return true;
    }
    bool binary(Json::binary_t&) { return false; } // not in JSON
    bool start_object(std::size_t)
    {
        if (depth_ != 1) return open("object");
        entry_ = {};
        seen_ = {};
        ++depth_;
        return true;
    }
    bool start_array(std::size_t)
    {
        if (depth_ != 2 || in_metadata_ || !is_list(field_)) return open("array");
        numbers_.clear();
        ++depth_;
        return true;
    }
    bool end_object() { return close(); }
    bool end_array() { return close(); }
    bool key(std::string& key)
    {
        if (depth_ == 1) {
            in_metadata_ = key == metadata_key;
            if (in_metadata_ && std::exchange(has_metadata_, true)) refuse_twice(file_, key);
            name_ = std::move(key);
        } else if (depth_ == 2 && in_metadata_) {
            key_ = std::move(key);
        } else if (depth_ == 2) {
            field_ = static_cast<EntryKey>(std::find(field_names, field_names + other, key) - field_names);
            if (std::exchange(seen_[field_], true) && field_ != other) refuse_twice(file_, key);
        }
        return true;
    }
    bool parse_error(std::size_t, const std::string&, const Json::exception& error)
    {
        throw Error(NIB_ERR_FORMAT, "%s: the header is not JSON: %s", file_, error.what());
    }

private:
    static constexpr std::size_t max_depth = 3;    // header, tensor, shape
    static constexpr std::size_t max_numbers = 64; // PyTorch's and NumPy's arrays have no more dimensions

    enum EntryKey : std::size_t { dtype, shape, data_offsets, other };
    static constexpr const char* field_names[] = {"dtype", "shape", "data_offsets"};
    static bool is_list(EntryKey field) noexcept { return field == shape || field == data_offsets; }

    // Refuses a value that is not a string where metadata or dtype need one, and anything but a whole number in a list.
    bool value(const char* type)
    {
        if (in_metadata_ && depth_ == 1) throw Error(NIB_ERR_FORMAT, "%s: __metadata__ is not a map of strings", file_);
        if (in_metadata_) throw Error(NIB_ERR_FORMAT, "%s: __metadata__: '%s' is not a string", file_, key_.c_str());
        if (depth_ == 1) refuse_fields();
        if (field_ == dtype) refuse_dtype(type);
        if (is_list(field_))
            refuse(file_, name_,
                   field_names[field_] + std::string(" is not a list of whole numbers from 0 to 2^64 - 1"));
        return true;
    }
    // If a tensor has an unknown key, the tensor is refused at its end: the error about endless nesting says more.
    bool open(const char* type)
    {
        if (depth_ >= max_depth) throw Error(NIB_ERR_FORMAT, "%s: the header nests deeper than %zu", file_, max_depth);
        const bool tensor_as_list = depth_ == 1 && !in_metadata_;
        if (tensor_as_list) {
            field_ = other;
            seen_ = {};
        } else if (depth_ > 0) {
            value(type);
        }
        ++depth_;
        return true;
    }
    bool close()
    {
        --depth_;
        if (depth_ == 1 && !in_metadata_) end_tensor();
        if (depth_ != 2 || !is_list(field_)) return true;
        if (field_ == shape) {
            entry_.shape.assign(numbers_.begin(), numbers_.end());
        } else if (numbers_.size() == 2) {
            entry_.begin = numbers_[0];
            entry_.end = numbers_[1];
        } else {
            refuse(file_, name_, std::to_string(numbers_.size()) + " data_offsets, expected begin and end");
        }
        return true;
    }
    void end_tensor()
    {
        if (seen_ != std::array{true, true, true, false}) refuse_fields();
        entry_.name = std::move(name_);
        header_.entries.push_back(std::move(entry_));
    }

    Dtype parse_dtype(const std::string& text) const
    {
        for (std::size_t i = 0; i < dtypes.size(); ++i) {
            if (text == dtypes[i].name) return static_cast<Dtype>(i);
        }
        refuse_dtype(text);
    }
    [[noreturn]] void refuse_dtype(const std::string& found) const
    {
        refuse(file_, name_, "dtype '" + shortened(found) + "', expected F64, F32, BF16, F16, I64, I32 or U8");
    }
    [[noreturn]] void refuse_fields() const
    {
        refuse(file_, name_, "expected dtype, shape and data_offsets, and nothing else");
    }

    const char* file_;
    SafetensorsHeader header_;
    std::size_t depth_ = 0;  // of the current value: 1 in the header, 2 in a tensor or in the metadata
    std::string name_, key_; // of the current member of the header; of the metadata
    bool in_metadata_ = false, has_metadata_ = false;
    EntryKey field_ = other; // of the current tensor
    std::array<bool, other + 1> seen_{};
    HeaderEntry entry_{};
    Shape numbers_;
};

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

const char* name_of(Dtype dtype) noexcept { return info(dtype).name; }

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

SafetensorsHeader parse_header(std::string_view json, const std::string& file)
{
    if (!json.starts_with('{')) throw Error(NIB_ERR_FORMAT, "%s: the header does not begin with '{'", file.c_str());
    // The parser would take a NUL for the end.
    if (json.find('\0') != std::string_view::npos)
        throw Error(NIB_ERR_FORMAT, "%s: the header has a NUL in it", file.c_str());
    Builder builder(file);
    Json::sax_parse(json.begin(), json.end(), &builder);
    return std::move(builder.header());
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
