#include "fuzz/files/safetensors_edit.hpp"

#include "fuzz/fuzz.hpp"
#include "nib/nib.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

namespace nib::fuzz {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t prefix = sizeof(std::uint64_t);

std::size_t header_size(const std::string& bytes)
{
    std::uint64_t size = 0;
    std::memcpy(&size, bytes.data(), prefix);
    return static_cast<std::size_t>(size);
}

std::string with_header(std::string header, const std::string& data)
{
    header.resize((header.size() + prefix - 1) / prefix * prefix, ' ');
    const std::uint64_t size = header.size();
    std::string bytes(prefix, '\0');
    std::memcpy(bytes.data(), &size, prefix);
    return bytes + header + data;
}

std::string crc(const std::string& bytes) { return std::to_string(nib_crc32c(bytes.data(), bytes.size())); }

// As in net/file_checksum.cpp: names and values of everything but the checksum, the tensors sorted.
std::string checksum_of_all(const TensorsFile& file)
{
    std::vector<std::string> lines;
    for (const TensorsFile::Tensor& tensor : file.tensors) lines.push_back(tensor.name + " " + crc(tensor.bytes));
    std::sort(lines.begin(), lines.end());
    std::string all;
    for (const std::string& line : lines) all += line + "\n";
    for (const auto& [key, value] : file.metadata) {
        if (key != "checksum") all += key + " " + value + "\n";
    }
    return crc(all);
}

// The checksums by their keys in the metadata; each may cover those before it.
struct Checksum {
    const char* key;
    std::string (*of)(const TensorsFile&);
};
constexpr Checksum checksums[] = {{"checksum", checksum_of_all}};

std::string some_value(Random& random)
{
    return random.of<const char*>({"",
                                   "0",
                                   "1",
                                   "-1",
                                   "2",
                                   "16",
                                   "256",
                                   "257",
                                   "2147483648",
                                   "9223372036854775807",
                                   "9223372036854775808",
                                   "1e400",
                                   "1e308",
                                   "1e-320",
                                   "-0",
                                   "nan",
                                   "inf",
                                   " 1",
                                   "1 ",
                                   "0x10",
                                   "embedding 2, flatten, linear",
                                   "embedding 2, flatten, linear # 3 x (tanh)",
                                   "embedding 2, flatten, linear 65536, linear",
                                   "embedding 2, flatten, 2000 x (tanh), linear",
                                   "embedding 2, flatten, 1000 x (residual(tanh)), linear",
                                   "linear, tanh",
                                   "symbols",
                                   "symbols context=1",
                                   "symbols context=256",
                                   "bytes",
                                   "utf8",
                                   "sgd",
                                   "adamw",
                                   "%s%n",
                                   "97 98 99",
                                   "99 98",
                                   "10 13 97",
                                   "55296",
                                   "1114112"});
}

template <class Map>
auto some_entry(Random& random, Map& map)
{
    return std::next(map.begin(), static_cast<std::ptrdiff_t>(random.below(map.size())));
}

void edit_metadata(Random& random, std::map<std::string, std::string>& metadata)
{
    if (metadata.empty()) return;
    const auto entry = some_entry(random, metadata);
    const std::string key = entry->first, value = entry->second;
    switch (random.below(6)) {
    case 0:
        metadata.erase(entry);
        return;
    case 1:
        metadata.erase(entry);
        metadata[key + random.of<const char*>({" ", ".", "x"})] = value;
        return;
    case 2:
        metadata[random.of<const char*>({"more", "checkpoint", "vocabulary", "crc32c", "checksum", "steps", ""})] =
            some_value(random);
        return;
    case 3:
        entry->second = some_entry(random, metadata)->second;
        return;
    default:
        entry->second = some_value(random);
    }
}

std::size_t element_size(const std::string& dtype)
{
    return dtype == "U8" ? 1 : dtype == "F16" || dtype == "BF16" ? 2 : dtype == "F64" || dtype == "I64" ? 8 : 4;
}

// Gives the tensor as many bytes as its shape needs, or none if that is too many.
void fit(TensorsFile::Tensor& tensor)
{
    std::uint64_t count = element_size(tensor.dtype);
    for (const std::uint64_t extent : tensor.shape) count = extent > 5000 ? 0 : count * extent;
    tensor.bytes.resize(count <= 100000 ? static_cast<std::size_t>(count) : 0);
}

void edit_shape(Random& random, TensorsFile::Tensor& tensor)
{
    if (tensor.shape.empty() || random.one_in(6)) {
        tensor.shape.insert(tensor.shape.begin(), random.below(3));
    } else if (random.one_in(6)) {
        tensor.shape.pop_back();
    } else if (random.one_in(4)) {
        std::reverse(tensor.shape.begin(), tensor.shape.end());
    } else {
        std::uint64_t& extent = random.any(tensor.shape);
        extent = random.of<std::uint64_t>({0, 1, extent + 1, extent - 1, 2 * extent, 4097, std::uint64_t{1} << 31});
    }
    fit(tensor);
}

float some_number(Random& random, float before)
{
    using Limits = std::numeric_limits<float>;
    return random.of({Limits::quiet_NaN(), Limits::infinity(), -Limits::infinity(), Limits::denorm_min(), Limits::max(),
                      0.0f, -0.0f, -before, before * 1e6f, before * 1e-6f, 1.0f, -1.0f});
}

void edit_numbers(Random& random, TensorsFile::Tensor& tensor)
{
    const std::size_t size = element_size(tensor.dtype), count = tensor.bytes.size() / size;
    if (count == 0) return;
    for (std::size_t n = random.of<std::size_t>({1, 1, 2, count}); n > 0; --n) {
        char* at = tensor.bytes.data() + random.below(count) * size;
        if (tensor.dtype == "F32") {
            float number = 0;
            std::memcpy(&number, at, sizeof number);
            number = some_number(random, number);
            std::memcpy(at, &number, sizeof number);
        } else {
            const auto number = random.of<std::int64_t>({0, -1, 623, 624, 625, 1LL << 31, INT64_MAX});
            std::memcpy(at, &number, size);
        }
    }
}

void edit_tensors(Random& random, std::vector<TensorsFile::Tensor>& tensors)
{
    if (tensors.empty()) return;
    const std::size_t at = random.below(tensors.size());
    TensorsFile::Tensor& tensor = tensors[at];
    switch (random.below(9)) {
    case 0:
        tensors.erase(tensors.begin() + static_cast<std::ptrdiff_t>(at));
        return;
    case 1:
        tensor.name = random.of<std::string>(
            {"", "more", "9.weight", "output.linear", tensor.name + "x", "trainer.more", "adamw.m.more", "%s%n"});
        return;
    case 2: {
        TensorsFile::Tensor copy = tensor;
        copy.name = random.of<std::string>({copy.name, copy.name + ".copy", "more", "7.bias"});
        tensors.push_back(std::move(copy));
        return;
    }
    case 3:
        std::swap(tensor, random.any(tensors));
        return;
    case 4:
        std::swap(tensor.bytes, random.any(tensors).bytes);
        return;
    case 5: {
        const auto wrapper = random.of<std::string>({"module.", "_orig_mod.", "x"});
        for (TensorsFile::Tensor& each : tensors) each.name = wrapper + each.name;
        return;
    }
    case 6:
        tensor.dtype = random.of<const char*>({"F32", "F64", "I32", "I64", "U8", "F16", "BF16", "f32", ""});
        return fit(tensor);
    default:
        return edit_shape(random, tensor);
    }
}

// A value as text that replaces one of the header's.
std::string raw_value(Random& random)
{
    return random.of<const char*>({"0", "-1", "2147483648", "9223372036854775807", "18446744073709551615",
                                   "18446744073709551616", "1e400", "1.5", "nan", "NaN", "null", "true", "[]", "{}",
                                   "[[[[[1]]]]]", "\"x\"", "", "\"\\u0000\"", "\"\xff\""});
}

constexpr const char* mark = "@raw@";

// Writes a value that the JSON library would not write: a mark stands in its place first.
std::string dump(const Json& json, Random& random)
{
    std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
    const std::string quoted = std::string("\"") + mark + "\"";
    const std::size_t at = text.find(quoted);
    return at == std::string::npos ? text : text.replace(at, quoted.size(), raw_value(random));
}

Json& some_member(Random& random, Json& object)
{
    return *std::next(object.begin(), static_cast<std::ptrdiff_t>(random.below(object.size())));
}

void rename(Random& random, Json& object, const std::string& key)
{
    Json renamed = Json::object();
    const std::string name = random.of<std::string>({key + "x", "", "__metadata__", "dtype", "shape"});
    for (auto& [each, value] : object.items()) renamed[each == key ? name : each] = value;
    object = std::move(renamed);
}

void edit_object(Random& random, Json& object)
{
    if (object.empty()) return;
    const auto member = std::next(object.begin(), static_cast<std::ptrdiff_t>(random.below(object.size())));
    const std::string key = member.key();
    switch (random.below(4)) {
    case 0:
        object.erase(member);
        return;
    case 1:
        return rename(random, object, key);
    case 2: {
        Json& value = member.value();
        if (!value.is_array() || value.empty()) break;
        some_member(random, value) = mark;
        return;
    }
    }
    object[key] = mark;
}

} // namespace

TensorsFile::TensorsFile(const std::string& bytes)
{
    const std::size_t size = header_size(bytes);
    const std::string data = bytes.substr(prefix + size);
    const Json header = Json::parse(bytes.substr(prefix, size));
    for (const auto& [name, value] : header.items()) {
        if (name == "__metadata__") {
            metadata = value.get<std::map<std::string, std::string>>();
            continue;
        }
        const std::size_t begin = value["data_offsets"][0], end = value["data_offsets"][1];
        tensors.push_back({name, value["dtype"], value["shape"], data.substr(begin, end - begin)});
    }
}

std::string TensorsFile::bytes() const
{
    std::string header = "{\"__metadata__\":" + nlohmann::json(metadata).dump(), data;
    for (const Tensor& tensor : tensors) {
        Json entry;
        entry["dtype"] = tensor.dtype;
        entry["shape"] = tensor.shape;
        entry["data_offsets"] = {data.size(), data.size() + tensor.bytes.size()};
        header += ',' + Json(tensor.name).dump() + ':' + entry.dump(); // a name may stand twice
        data += tensor.bytes;
    }
    return with_header(header + "}", data);
}

void edit(Random& random, TensorsFile& file)
{
    switch (random.below(4)) {
    case 0:
        return edit_metadata(random, file.metadata);
    case 1:
        return edit_tensors(random, file.tensors);
    default:
        if (!file.tensors.empty()) edit_numbers(random, random.any(file.tensors));
    }
}

void mend(TensorsFile& file)
{
    for (const Checksum& checksum : checksums) {
        if (file.metadata.count(checksum.key) > 0) file.metadata[checksum.key] = checksum.of(file);
    }
}

void edit_header(Random& random, std::string& bytes)
{
    const std::size_t size = header_size(bytes);
    const std::string data = bytes.substr(prefix + size);
    Json header = Json::parse(bytes.substr(prefix, size), nullptr, false);
    if (!header.is_object() || header.empty()) return;
    if (random.one_in(4)) {
        edit_object(random, header);
    } else if (Json& member = some_member(random, header); member.is_object()) {
        edit_object(random, member);
    }
    std::string text = dump(header, random);
    if (random.one_in(4) && !header.empty()) { // a pair once more
        const std::string value = header.front().dump(-1, ' ', false, Json::error_handler_t::replace);
        text.insert(text.size() - 1, ',' + Json(header.begin().key()).dump() + ':' + value);
    }
    bytes = with_header(text, data);
}

} // namespace nib::fuzz
