// Aligned arrays whose memory comes from the caller's hooks.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory_resource>
#include <span>
#include <type_traits>
#include <utility>

namespace nib {

static_assert(sizeof(std::size_t) == 8, "libnib is for 64-bit processors; libnib_infer runs on any");

// Where memory comes from: the process's heap, or the allocator hooks of the C ABI. Every array whose size depends on
// data or model is allocated from one of these.
using Memory = std::pmr::memory_resource;

// The size of a cache line and of the widest vector register: no array shares a line with another's writer, and every
// aligned vector load is one access.
inline constexpr std::size_t alignment = 64;

// A fixed-size array of plain values, zeroed, aligned to a cache line, movable, freed where it came from.
// Throws std::bad_alloc.
template <class T>
class Buffer {
    static_assert(std::is_trivially_copyable_v<T>);

public:
    Buffer() = default;
    Buffer(std::size_t size, Memory* memory) : memory_(memory), size_(size)
    {
        if (size == 0) return;
        data_ = static_cast<T*>(memory->allocate(size * sizeof(T), alignment));
        std::memset(static_cast<void*>(data_), 0, size * sizeof(T));
    }
    ~Buffer() { release(); }
    Buffer(Buffer&& other) noexcept { swap(other); }
    Buffer& operator=(Buffer&& other) noexcept
    {
        swap(other);
        return *this;
    }

    T* data() noexcept { return data_; }
    const T* data() const noexcept { return data_; }
    std::size_t size() const noexcept { return size_; }
    T& operator[](std::size_t i) noexcept { return data_[i]; }
    const T& operator[](std::size_t i) const noexcept { return data_[i]; }
    T* begin() noexcept { return data_; }
    T* end() noexcept { return data_ + size_; }
    const T* begin() const noexcept { return data_; }
    const T* end() const noexcept { return data_ + size_; }
    std::span<T> span() noexcept { return {data_, size_}; }
    std::span<const T> span() const noexcept { return {data_, size_}; }

private:
    void swap(Buffer& other) noexcept
    {
        std::swap(memory_, other.memory_);
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
    }
    void release() noexcept
    {
        if (data_ != nullptr) memory_->deallocate(data_, size_ * sizeof(T), alignment);
    }

    Memory* memory_ = nullptr;
    T* data_ = nullptr;
    std::size_t size_ = 0;
};

} // namespace nib
