// A caller's allocator that counts, checks what is returned to it, and now and then has no memory.
#pragma once

#include "nib/nib.h"

#include <cstddef>
#include <cstdint>
#include <map>

namespace nib::fuzz {

class Hooks {
public:
    static constexpr std::size_t largest = std::size_t{16} << 20; // bytes; larger requests fail

    nib_context_options options(std::int32_t threads);
    std::size_t live() const noexcept { return blocks_.size(); }

    // Makes the allocation after this many others fail, or return misaligned memory; later calls work again.
    void fail_after(std::size_t others, bool misaligned) noexcept;
    // Whether an allocation was refused since the last call, and none fails any more.
    bool refused() noexcept;

private:
    struct Block {
        void* begins;
        std::size_t size, alignment;
    };

    static void* allocate(void* user, std::size_t size, std::size_t alignment);
    static void deallocate(void* user, void* memory, std::size_t size, std::size_t alignment);

    std::map<void*, Block> blocks_;
    bool armed_ = false, misaligned_ = false, refused_ = false;
    std::size_t left_ = 0;
};

} // namespace nib::fuzz
