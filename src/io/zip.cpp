#include "io/zip.hpp"

#include "base/error.hpp"
#include "base/utf8.hpp"
#include "io/inflate.hpp"
#include "io/visible.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace nib {

namespace {

constexpr std::size_t end_record = 22, directory_record = 46, local_header = 30; // bytes, without names and comments
constexpr std::uint32_t in_zip64 = 0xffffffff;                                   // the number is in a zip64 record

std::uint32_t number_at(std::span<const char> bytes, std::size_t at, std::size_t size)
{
    std::uint32_t number = 0;
    for (std::size_t i = size; i-- > 0;) number = number << 8 | static_cast<unsigned char>(bytes[at + i]);
    return number;
}

bool begins_with(std::span<const char> bytes, std::string_view mark)
{
    return std::string_view(bytes.data(), bytes.size()).starts_with(mark);
}

// Reads exactly `size` bytes of a source and checks their CRC.
class CheckedMember {
public:
    CheckedMember(ByteSource source, std::uint64_t size, std::uint32_t crc, std::string name)
        : source_(std::move(source)), left_(size), expected_(crc), name_(std::move(name))
    {
    }

    std::size_t operator()(std::span<char> bytes)
    {
        const std::size_t wanted = std::min<std::uint64_t>(bytes.size(), left_);
        const std::size_t got = wanted > 0 ? source_(bytes.first(wanted)) : 0;
        if (got < wanted) throw Error(NIB_ERR_DATA, "%s: ends too early", name_.c_str());
        crc_ = zip_crc(crc_, bytes.first(got));
        left_ -= got;
        if (left_ == 0 && has_zip_crc && crc_ != expected_)
            throw Error(NIB_ERR_DATA, "%s: damaged, as its checksum tells", name_.c_str());
        return got;
    }

private:
    ByteSource source_;
    std::uint64_t left_;
    std::uint32_t crc_ = 0, expected_;
    std::string name_;
};

} // namespace

ZipArchive::ZipArchive(ReadAt read_at, std::uint64_t size, std::string name, Memory* memory)
    : read_at_(std::move(read_at)), size_(size), name_(std::move(name)), memory_(memory)
{
    // The record stands at the end, before a comment of up to 65,535 bytes.
    const std::size_t tail_size = static_cast<std::size_t>(std::min<std::uint64_t>(size, end_record + 65535));
    Buffer<char> tail(tail_size, memory);
    read(size - tail_size, tail.span());
    std::size_t at = tail_size < end_record ? 0 : tail_size - end_record + 1;
    const auto found = [&] { return begins_with(tail.span().subspan(at), "PK\x05\x06"); };
    do {
        if (at == 0)
            throw Error(NIB_ERR_DATA, "%s: the directory at the end of a zip archive is not there", name_.c_str());
        --at;
    } while (!found());
    const std::span<const char> record = std::span<const char>(tail.span()).subspan(at);
    const std::uint32_t count = number_at(record, 10, 2), length = number_at(record, 12, 4),
                        first = number_at(record, 16, 4);
    if (count == 0xffff || length == in_zip64 || first == in_zip64) {
        throw Error(NIB_ERR_DATA, "%s: an archive of the kind zip64, expected one below 4 GiB", name_.c_str());
    }
    if (std::uint64_t{first} + length > size)
        throw Error(NIB_ERR_DATA, "%s: ends before the directory of the archive does", name_.c_str());
    Buffer<char> directory(length, memory);
    read(first, directory.span());
    read_directory(directory.span(), count);
}

void ZipArchive::read(std::uint64_t at, std::span<char> bytes) const
{
    if (at <= size_ && read_at_(at, bytes) == bytes.size()) return;
    throw Error(NIB_ERR_DATA, "%s: ends within the archive", name_.c_str());
}

void ZipArchive::read_directory(std::span<const char> directory, std::size_t count)
{
    for (std::size_t i = 0; i < count; ++i) {
        const bool is_record = directory.size() >= directory_record && begins_with(directory, "PK\x01\x02");
        const std::size_t name_size = is_record ? number_at(directory, 28, 2) : 0;
        const std::size_t all =
            is_record ? directory_record + name_size + number_at(directory, 30, 2) + number_at(directory, 32, 2) : 0;
        if (!is_record || all > directory.size()) {
            throw Error(NIB_ERR_DATA, "%s: member %zu of the archive's directory is damaged", name_.c_str(), i + 1);
        }
        members_.push_back({std::string(directory.data() + directory_record, name_size), number_at(directory, 10, 2),
                            (number_at(directory, 8, 2) & 1) != 0, number_at(directory, 16, 4),
                            number_at(directory, 20, 4), number_at(directory, 24, 4), number_at(directory, 42, 4)});
        directory = directory.subspan(all);
    }
}

ByteSource ZipArchive::open(const ZipMember& member) const
{
    const std::string name = name_ + ", " + visible(shortened(member.name));
    if (member.size == in_zip64 || member.stored_size == in_zip64 || member.header == in_zip64)
        throw Error(NIB_ERR_DATA, "%s: of the kind zip64, expected a member below 4 GiB", name.c_str());
    if (member.is_encrypted || (member.method != 0 && member.method != 8)) {
        throw Error(NIB_ERR_DATA, "%s: %s, expected a member that is stored or deflated", name.c_str(),
                    member.is_encrypted
                        ? "encrypted"
                        : (std::string("compressed by method ").append(std::to_string(member.method))).c_str());
    }
    char header[local_header];
    read(member.header, header);
    if (!begins_with(header, "PK\x03\x04"))
        throw Error(NIB_ERR_DATA, "%s: the member does not begin where the directory says", name.c_str());
    const std::uint64_t first = member.header + local_header + number_at(header, 26, 2) + number_at(header, 28, 2);
    if (first + member.stored_size > size_) throw Error(NIB_ERR_DATA, "%s: ends too early", name.c_str());
    const auto read_stored = [this, at = first,
                              left = std::uint64_t{member.stored_size}](std::span<char> bytes) mutable {
        const std::size_t got = read_at_(at, bytes.first(std::min<std::uint64_t>(bytes.size(), left)));
        at += got;
        left -= got;
        return got;
    };
    ByteSource stored = {read_stored, member.stored_size};
    if (member.method == 0 && member.size != member.stored_size) {
        throw Error(NIB_ERR_DATA, "%s: stored in %u bytes, expected %u", name.c_str(), member.stored_size, member.size);
    }
    if (member.method == 0) return {CheckedMember(std::move(stored), member.size, member.crc, name), member.size};
    ByteSource plain = inflated(std::move(stored), DeflateFormat::raw, name, memory_);
    return {CheckedMember(std::move(plain), member.size, member.crc, name), std::nullopt};
}

} // namespace nib
