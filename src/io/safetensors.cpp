#include "io/safetensors.hpp"

#include "base/error.hpp"
#include "io/file.hpp"
#include "io/safetensors_header.hpp"

#include <algorithm>
#include <bit>
#include <tuple>
#include <utility>

namespace nib {

namespace {

static_assert(std::endian::native == std::endian::little, "the format is little-endian, and so are nib's targets");

constexpr std::size_t prefix = sizeof(std::uint64_t); // the size of the header

// The header's size by the start of a file of file_size bytes, as far as that size is known.
std::size_t header_size(std::span<const char> start, std::uint64_t file_size, const std::string& name)
{
    std::uint64_t size = 0;
    if (start.size() < prefix) {
        throw Error(NIB_ERR_FORMAT, "%s: %zu bytes, expected a safetensors file, which has 10 at least", name.c_str(),
                    start.size());
    }
    std::memcpy(&size, start.data(), prefix);
    if (size > Safetensors::max_header) {
        throw Error(NIB_ERR_FORMAT, "%s: a header of %llu bytes, expected at most %zu: not a safetensors file?",
                    name.c_str(), static_cast<unsigned long long>(size), Safetensors::max_header);
    }
    if (size > file_size - prefix) {
        throw Error(NIB_ERR_FORMAT, "%s: the file ends at byte %llu, within its header of %llu bytes", name.c_str(),
                    static_cast<unsigned long long>(file_size), static_cast<unsigned long long>(size));
    }
    return static_cast<std::size_t>(size);
}

// Sorts the entries by the place of their data, which must cover all of the data.
void check_places(std::span<HeaderEntry> entries, std::uint64_t data_size, const std::string& name)
{
    std::sort(entries.begin(), entries.end(), [](const HeaderEntry& a, const HeaderEntry& b) {
        return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
    });
    std::uint64_t at = 0;
    for (const HeaderEntry& entry : entries) {
        const std::uint64_t size = byte_size(entry.dtype, entry.shape);
        const auto fail = [&](const char* expected, std::uint64_t value) {
            throw Error(NIB_ERR_FORMAT, "%s: tensor '%s': %s at bytes %llu to %llu of the data, expected %s %llu",
                        name.c_str(), entry.name.c_str(), describe(entry.dtype, entry.shape).c_str(),
                        static_cast<unsigned long long>(entry.begin), static_cast<unsigned long long>(entry.end),
                        expected, static_cast<unsigned long long>(value));
        };
        if (entry.begin != at) fail("it to begin at", at);
        if (entry.end < entry.begin || entry.end - entry.begin != size) fail("a size in bytes of", size);
        if (entry.end > data_size) fail("it to end within the file's", data_size);
        at = entry.end;
    }
    if (at != data_size) {
        throw Error(NIB_ERR_FORMAT, "%s: %llu bytes of data, expected %llu, as the tensors have", name.c_str(),
                    static_cast<unsigned long long>(data_size), static_cast<unsigned long long>(at));
    }
}

// The end of the last array according to the entries.
std::uint64_t bytes_by(std::span<const HeaderEntry> entries)
{
    std::uint64_t end = 0;
    for (const HeaderEntry& entry : entries) end = std::max(end, entry.end);
    return end;
}

Buffer<char> read_exactly(InputFile& file, std::size_t size, const std::string& name, const char* where, Memory* memory)
{
    Buffer<char> bytes = file.read_on({}, size, memory);
    if (bytes.size() == size) return bytes;
    throw Error(NIB_ERR_FORMAT, "%s: the file ends %zu bytes too early, %s", name.c_str(), size - bytes.size(), where);
}

SafetensorsHeader read_header(InputFile& file, std::size_t size, const std::string& name, Memory* memory)
{
    const Buffer<char> json = read_exactly(file, size, name, "within its header", memory);
    return parse_header({json.data(), json.size()}, name);
}

} // namespace

std::string joined(const Shape& numbers, const char* separator)
{
    std::string text;
    for (const std::uint64_t number : numbers) text += (text.empty() ? "" : separator) + std::to_string(number);
    return text;
}

std::string place_of(std::size_t index, const Shape& shape)
{
    Shape place(shape);
    std::uint64_t rest = index;
    for (std::size_t i = shape.size(); i-- > 0; rest /= shape[i]) place[i] = rest % shape[i];
    return joined(place, ", ");
}

namespace {

// Calls use with the parts of a file, one after the other.
template <class Use>
auto with_parts(std::vector<StoredTensor> tensors, const Metadata& metadata, Use use)
{
    std::sort(tensors.begin(), tensors.end(), [](const StoredTensor& a, const StoredTensor& b) {
        return std::tie(b.dtype, a.name) < std::tie(a.dtype, b.name);
    });
    std::string header = format_header(tensors, metadata);
    header.resize((header.size() + prefix - 1) / prefix * prefix, ' ');
    const std::uint64_t size = header.size();

    std::vector<std::span<const char>> parts = {{reinterpret_cast<const char*>(&size), sizeof size}, header};
    for (const StoredTensor& tensor : tensors) parts.push_back(tensor.bytes);
    return use(std::span<const std::span<const char>>(parts));
}

} // namespace

void save_safetensors(const std::string& path, std::vector<StoredTensor> tensors, const Metadata& metadata)
{
    with_parts(std::move(tensors), metadata, [&](auto parts) { write_file(path, parts); });
}

Buffer<char> safetensors_bytes(std::vector<StoredTensor> tensors, const Metadata& metadata, Memory* memory)
{
    return with_parts(std::move(tensors), metadata, [&](auto parts) {
        std::size_t size = 0;
        for (const std::span<const char> part : parts) size += part.size();
        Buffer<char> file(size, memory);
        char* next = file.data();
        for (const std::span<const char> part : parts) next = std::copy(part.begin(), part.end(), next);
        return file;
    });
}

Safetensors::Safetensors(Buffer<char> bytes, std::string name) : bytes_(std::move(bytes)), name_(std::move(name))
{
    const std::span<const char> all = bytes_.span();
    const std::size_t size = header_size(all, all.size(), name_);
    SafetensorsHeader header = parse_header({all.data() + prefix, size}, name_);
    metadata_ = std::move(header.metadata);
    check_places(header.entries, all.size() - prefix - size, name_);
    place(header.entries, all.subspan(prefix + size));
}

Safetensors Safetensors::load(const std::string& path, Memory* memory)
{
    Safetensors result(path);
    InputFile file(path);
    char start[prefix];
    const std::span<const char> read(start, file.read(start));
    const std::size_t size = header_size(read, file.most(), path);
    SafetensorsHeader header = read_header(file, size, path, memory);
    result.metadata_ = std::move(header.metadata);

    const std::uint64_t most = file.most() - prefix - size;
    const std::uint64_t data = file.size() ? most : bytes_by(header.entries);
    check_places(header.entries, data, path);
    if (data > most) file.too_large();
    result.bytes_ = read_exactly(file, static_cast<std::size_t>(data), path, "within its tensors", memory);
    if (!file.at_end())
        throw Error(NIB_ERR_FORMAT, "%s: more than %zu bytes of data, which the tensors have", path.c_str(),
                    result.bytes_.size());
    result.place(header.entries, result.bytes_.span());
    return result;
}

// The entries must be in the order of check_places.
void Safetensors::place(std::span<HeaderEntry> entries, std::span<const char> data)
{
    tensors_.reserve(entries.size());
    for (HeaderEntry& entry : entries) {
        const auto begin = static_cast<std::size_t>(entry.begin), end = static_cast<std::size_t>(entry.end);
        tensors_.push_back(
            {std::move(entry.name), entry.dtype, std::move(entry.shape), data.subspan(begin, end - begin)});
    }
    sort_names();
}

void Safetensors::sort_names()
{
    by_name_.reserve(tensors_.size());
    for (const StoredTensor& tensor : tensors_) by_name_.push_back(&tensor);
    std::sort(by_name_.begin(), by_name_.end(), [](const auto* a, const auto* b) { return a->name < b->name; });
    const auto twice = std::adjacent_find(by_name_.begin(), by_name_.end(),
                                          [](const auto* a, const auto* b) { return a->name == b->name; });
    if (twice == by_name_.end()) return;
    throw Error(NIB_ERR_FORMAT, "%s: '%s' stands twice in the header", name_.c_str(), (*twice)->name.c_str());
}

const StoredTensor* Safetensors::find(std::string_view tensor) const noexcept
{
    const auto found =
        std::lower_bound(by_name_.begin(), by_name_.end(), tensor,
                         [](const StoredTensor* each, std::string_view name) { return each->name < name; });
    return found != by_name_.end() && (*found)->name == tensor ? *found : nullptr;
}

std::span<const char> Safetensors::expect(std::string_view tensor, Dtype dtype, const Shape& shape,
                                          nib_status status) const
{
    const StoredTensor* const found = find(tensor);
    if (found != nullptr && found->dtype == dtype && found->shape == shape) return found->bytes;
    throw Error(status, "%s: tensor '%.*s': %s, expected %s", name_.c_str(), static_cast<int>(tensor.size()),
                tensor.data(), found != nullptr ? describe(found->dtype, found->shape).c_str() : "not there",
                describe(dtype, shape).c_str());
}

} // namespace nib
