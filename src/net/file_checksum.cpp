#include "net/file_checksum.hpp"

#include "base/crc32c.hpp"
#include "base/error.hpp"
#include "io/metadata.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>

namespace nib {

namespace {

constexpr const char* checksum_key = "checksum";

// CRC-32C of lines: "NAME CRC-32C-OF-ITS-BYTES" for each tensor, sorted, then "KEY VALUE" for the metadata.
std::uint32_t checksum(std::span<const StoredTensor> tensors, const Metadata& metadata)
{
    std::vector<std::string> lines;
    for (const StoredTensor& tensor : tensors)
        lines.push_back(tensor.name + " " + std::to_string(crc32c(tensor.bytes.data(), tensor.bytes.size())));
    std::sort(lines.begin(), lines.end());
    std::string all;
    for (const std::string& line : lines) all += line + "\n";
    for (const auto& [key, value] : metadata) {
        if (key != checksum_key) all += key + " " + value + "\n";
    }
    return crc32c(all.data(), all.size());
}

} // namespace

void save_with_checksum(const std::string& path, std::vector<StoredTensor> tensors, Metadata metadata)
{
    metadata[checksum_key] = std::to_string(checksum(tensors, metadata));
    save_safetensors(path, std::move(tensors), metadata);
}

Buffer<char> bytes_with_checksum(std::vector<StoredTensor> tensors, Metadata metadata, Memory* memory)
{
    metadata[checksum_key] = std::to_string(checksum(tensors, metadata));
    return safetensors_bytes(std::move(tensors), metadata, memory);
}

void check_checksum(const Safetensors& file)
{
    if (!file.metadata().contains(checksum_key)) return;
    const std::int64_t stored = metadata_integer(file, checksum_key, 0, UINT32_MAX);
    const std::uint32_t computed = checksum(file.tensors(), file.metadata());
    if (stored == computed) return;
    throw Error(
        NIB_ERR_FORMAT,
        "%s: damaged: the checksum of its tensors and metadata is %u, expected %u, as the metadata says. A file "
        "that was changed on purpose is taken without \"%s\" in its metadata",
        file.name().c_str(), computed, static_cast<std::uint32_t>(stored), checksum_key);
}

} // namespace nib
