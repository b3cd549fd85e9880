// The common parts of the fuzz targets: memory that counts, and the one exception that a reader may throw.
#pragma once

#include "base/buffer.hpp"
#include "base/error.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory_resource>

namespace nib::fuzz {

// The heap. A request that is larger than a reader can justify ends the program: sizes in a file must be checked
// against the file before they are believed.
class CheckedMemory final : public Memory {
public:
    explicit CheckedMemory(std::size_t largest) : largest_(largest) {}
    void allow(std::size_t largest) noexcept { largest_ = largest; }

private:
    void* do_allocate(std::size_t size, std::size_t alignment) override
    {
        if (size > largest_) {
            std::fprintf(stderr, "%zu bytes asked for: expected at most %zu\n", size, largest_);
            std::abort();
        }
        return std::pmr::new_delete_resource()->allocate(size, alignment);
    }
    void do_deallocate(void* memory, std::size_t size, std::size_t alignment) override
    {
        std::pmr::new_delete_resource()->deallocate(memory, size, alignment);
    }
    bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override { return this == &other; }

    std::size_t largest_;
};

inline Buffer<char> copy_of(const std::uint8_t* bytes, std::size_t size, Memory* memory)
{
    Buffer<char> copy(size, memory);
    if (size > 0) std::memcpy(copy.data(), bytes, size);
    return copy;
}

inline void require(bool condition, const char* what)
{
    if (condition) return;
    std::fprintf(stderr, "not so: %s\n", what);
    std::abort();
}

// Calls read, which may refuse the input with a message; any other exception ends the program.
template <class Read>
void refusable(Read read)
{
    try {
        read();
    } catch (const Error& error) {
        require(error.what()[0] != '\0', "an error has a sentence");
        require(error.status() != NIB_ERR_INTERNAL, "an error is the file's fault");
    }
}

} // namespace nib::fuzz

// Called by libFuzzer.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);
