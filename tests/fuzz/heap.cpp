#include "fuzz/heap.hpp"

#include <algorithm>
#include <cstdlib>
#include <malloc.h>
#include <mutex>
#include <new>

namespace {

std::mutex mutex;
nib::fuzz::Heap counted;

void* take(std::size_t size, std::size_t alignment)
{
    const std::lock_guard lock(mutex);
    if (size > counted.largest) {
        ++counted.refused;
        return nullptr;
    }
    const std::size_t rounded = (std::max<std::size_t>(size, 1) + alignment - 1) / alignment * alignment;
    void* memory = alignment <= alignof(std::max_align_t) ? std::malloc(std::max<std::size_t>(size, 1))
                                                          : std::aligned_alloc(alignment, rounded);
    if (memory == nullptr) return nullptr;
    ++counted.objects;
    counted.bytes += malloc_usable_size(memory);
    counted.peak = std::max(counted.peak, counted.bytes);
    return memory;
}

void give_back(void* memory) noexcept
{
    if (memory == nullptr) return;
    {
        const std::lock_guard lock(mutex);
        --counted.objects;
        counted.bytes -= malloc_usable_size(memory);
    }
    std::free(memory);
}

void* take_or_throw(std::size_t size, std::size_t alignment)
{
    void* memory = take(size, alignment);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}

constexpr std::size_t usual = alignof(std::max_align_t);

} // namespace

nib::fuzz::Heap& nib::fuzz::heap() noexcept { return counted; }

void* operator new(std::size_t size) { return take_or_throw(size, usual); }
void* operator new[](std::size_t size) { return take_or_throw(size, usual); }
void* operator new(std::size_t size, std::align_val_t alignment)
{
    return take_or_throw(size, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return take(size, usual); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return take(size, usual); }
void operator delete(void* memory) noexcept { give_back(memory); }
void operator delete[](void* memory) noexcept { give_back(memory); }
void operator delete(void* memory, std::size_t) noexcept { give_back(memory); }
void operator delete[](void* memory, std::size_t) noexcept { give_back(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { give_back(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { give_back(memory); }
