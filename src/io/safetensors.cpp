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

} // namespace

std::string joined(const Shape& numbers, const char* separator)
{
    std::string text;
    for (const std::uint64_t number : numbers) text += (text.empty() ? "" : separator) + std::to_string(number);
    return text;
}

void save_safetensors(const std::string& path, std::vector<StoredTensor> tensors, const Metadata& metadata)
{
    std::sort(tensors.begin(), tensors.end(), [](const StoredTensor& a, const StoredTensor& b) {
        return std::tie(b.dtype, a.name) < std::tie(a.dtype, b.name);
    });
    std::string header = format_header(tensors, metadata);
    header.resize((header.size() + prefix - 1) / prefix * prefix, ' ');
    const std::uint64_t size = header.size();

    std::vector<std::span<const char>> parts = {{reinterpret_cast<const char*>(&size), sizeof size}, header};
    for (const StoredTensor& tensor : tensors) parts.push_back(tensor.bytes);
    write_file(path, parts);
}

Safetensors::Safetensors(Buffer<char> bytes, std::string name) : bytes_(std::move(bytes)), name_(std::move(name))
{
    std::span<const char> rest = bytes_.span();
    std::uint64_t size = 0;
    if (rest.size() < prefix) {
        throw Error(NIB_ERR_FORMAT, "%s: %zu bytes, expected a safetensors file, which has 10 at least", name_.c_str(),
                    rest.size());
    }
    std::memcpy(&size, rest.data(), prefix);
    rest = rest.subspan(prefix);
    if (size > max_header) {
        throw Error(NIB_ERR_FORMAT, "%s: a header of %llu bytes, expected at most %zu: not a safetensors file?",
                    name_.c_str(), static_cast<unsigned long long>(size), max_header);
    }
    if (size > rest.size()) {
        throw Error(NIB_ERR_FORMAT, "%s: the file ends at byte %zu, within its header of %llu bytes", name_.c_str(),
                    bytes_.size(), static_cast<unsigned long long>(size));
    }
    const auto header_size = static_cast<std::size_t>(size);
    Header header = parse_header({rest.data(), header_size}, name_);
    metadata_ = std::move(header.metadata);
    place(header.entries, rest.subspan(header_size));
}

void Safetensors::place(std::span<HeaderEntry> entries, std::span<const char> data)
{
    std::sort(entries.begin(), entries.end(), [](const HeaderEntry& a, const HeaderEntry& b) {
        return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
    });
    std::uint64_t at = 0;
    for (HeaderEntry& entry : entries) {
        const std::uint64_t size = byte_size(entry.dtype, entry.shape);
        const auto fail = [&](const char* expected, std::uint64_t value) {
            throw Error(NIB_ERR_FORMAT, "%s: tensor '%s': %s at bytes %llu to %llu of the data, expected %s %llu",
                        name_.c_str(), entry.name.c_str(), describe(entry.dtype, entry.shape).c_str(),
                        static_cast<unsigned long long>(entry.begin), static_cast<unsigned long long>(entry.end),
                        expected, static_cast<unsigned long long>(value));
        };
        if (entry.begin != at) fail("it to begin at", at);
        if (entry.end < entry.begin || entry.end - entry.begin != size) fail("a size in bytes of", size);
        if (entry.end > data.size()) fail("it to end within the file's", data.size());
        const auto bytes = data.subspan(static_cast<std::size_t>(at), static_cast<std::size_t>(size));
        tensors_.push_back({std::move(entry.name), entry.dtype, std::move(entry.shape), bytes});
        at = entry.end;
    }
    if (at != data.size()) {
        throw Error(NIB_ERR_FORMAT, "%s: %zu bytes of data, expected %llu, as the tensors have", name_.c_str(),
                    data.size(), static_cast<unsigned long long>(at));
    }
}

const StoredTensor* Safetensors::find(std::string_view tensor) const noexcept
{
    const auto named = [&](const StoredTensor& each) { return each.name == tensor; };
    const auto found = std::find_if(tensors_.begin(), tensors_.end(), named);
    return found == tensors_.end() ? nullptr : &*found;
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
