#include "io/inflate.hpp"

#include "base/error.hpp"

#include <utility>

#if NIB_ZLIB
#include <zlib.h>
#endif

namespace nib {

#if NIB_ZLIB

namespace {

// The size is stored in front of the memory that zlib gets, since a Memory needs it to free the block.
constexpr std::size_t front = alignment;

void* allocate(void* memory, unsigned count, unsigned size)
{
    const std::size_t bytes = front + std::size_t{count} * size;
    try {
        char* const all = static_cast<char*>(static_cast<Memory*>(memory)->allocate(bytes, alignment));
        std::memcpy(all, &bytes, sizeof bytes);
        return all + front;
    } catch (const std::bad_alloc&) {
        return nullptr; // no exception may pass through C
    }
}

void release(void* memory, void* given)
{
    char* const all = static_cast<char*>(given) - front;
    std::size_t bytes = 0;
    std::memcpy(&bytes, all, sizeof bytes);
    static_cast<Memory*>(memory)->deallocate(all, bytes, alignment);
}

class Inflater {
public:
    Inflater(ByteSource compressed, DeflateFormat format, std::string name, Memory* memory)
        : compressed_(std::move(compressed)),
          name_(std::move(name)),
          input_(piece, memory),
          is_gzip_(format == DeflateFormat::gzip)
    {
        stream_.zalloc = allocate;
        stream_.zfree = release;
        stream_.opaque = memory;
        constexpr int window = 15, gzip = 16;
        if (inflateInit2(&stream_, is_gzip_ ? window + gzip : -window) != Z_OK) throw std::bad_alloc();
    }
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;
    ~Inflater() { inflateEnd(&stream_); }

    std::size_t read(std::span<char> bytes)
    {
        std::size_t done = 0;
        while (done < bytes.size() && !at_end_) {
            if (stream_.avail_in == 0) refill();
            const auto room = static_cast<unsigned>(std::min<std::size_t>(bytes.size() - done, 1u << 30));
            stream_.next_out = reinterpret_cast<unsigned char*>(bytes.data() + done);
            stream_.avail_out = room;
            step(inflate(&stream_, Z_NO_FLUSH));
            done += room - stream_.avail_out;
        }
        return done;
    }

private:
    static constexpr std::size_t piece = 65536;

    void refill()
    {
        const std::size_t got = compressed_(input_.span());
        stream_.next_in = reinterpret_cast<unsigned char*>(input_.data());
        stream_.avail_in = static_cast<unsigned>(got);
        is_last_ = got < input_.size();
    }

    void step(int result)
    {
        if (result == Z_MEM_ERROR) throw std::bad_alloc();
        if (result == Z_STREAM_END) {
            end_member();
        } else if (result != Z_OK && result != Z_BUF_ERROR) {
            throw Error(NIB_ERR_DATA, "%s: what is compressed in it is damaged: %s", name_.c_str(),
                        stream_.msg != nullptr ? stream_.msg : "not deflate");
        } else if (stream_.avail_in == 0 && stream_.avail_out > 0 && is_last_) {
            throw Error(NIB_ERR_DATA, "%s: ends within what is compressed in it", name_.c_str());
        }
    }

    // A gzip file may have several members, one behind the other.
    void end_member()
    {
        if (stream_.avail_in == 0 && !is_last_) refill();
        at_end_ = !is_gzip_ || stream_.avail_in == 0;
        if (!at_end_) inflateReset(&stream_);
    }

    ByteSource compressed_;
    std::string name_;
    Buffer<char> input_;
    bool is_gzip_, at_end_ = false, is_last_ = false; // is_last_: the current input is the last
    z_stream stream_ = {};
};

} // namespace

ByteSource inflated(ByteSource compressed, DeflateFormat format, const std::string& name, Memory* memory)
{
    auto inflater = std::make_shared<Inflater>(std::move(compressed), format, name, memory);
    return {[inflater = std::move(inflater)](std::span<char> bytes) { return inflater->read(bytes); }, std::nullopt};
}

const bool has_zip_crc = true;

std::uint32_t zip_crc(std::uint32_t before, std::span<const char> bytes) noexcept
{
    return static_cast<std::uint32_t>(
        crc32_z(before, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

#else

ByteSource inflated(ByteSource, DeflateFormat format, const std::string& name, Memory*)
{
    throw Error(NIB_ERR_UNSUPPORTED,
                "%s: compressed, which this nib cannot read, as it was built without zlib: %s, or build nib with zlib "
                "(Debian: zlib1g-dev)",
                name.c_str(), format == DeflateFormat::gzip ? "gunzip it" : "write it by numpy.savez");
}

const bool has_zip_crc = false;

std::uint32_t zip_crc(std::uint32_t, std::span<const char>) noexcept { return 0; }

#endif

} // namespace nib
