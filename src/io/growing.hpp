// An array that grows until its size is known.
#pragma once

#include "base/buffer.hpp"

#include <algorithm>
#include <cstddef>

namespace nib {

// Gives buffer room for `size` values: the first `used` ones stay, the others are 0.
template <class T>
void resize_buffer(Buffer<T>& buffer, std::size_t used, std::size_t size, Memory* memory)
{
    Buffer<T> resized(size, memory);
    if (used > 0) std::memcpy(static_cast<void*>(resized.data()), buffer.data(), used * sizeof(T));
    buffer = std::move(resized);
}

// Doubles its room when it is full.
template <class T>
class Growing {
public:
    explicit Growing(Memory* memory) noexcept : memory_(memory) {}

    void append(const T& value)
    {
        if (used_ == buffer_.size()) resize_buffer(buffer_, used_, std::max<std::size_t>(16, 2 * used_), memory_);
        buffer_[used_++] = value;
    }
    void clear() noexcept { used_ = 0; }
    std::size_t size() const noexcept { return used_; }
    T& operator[](std::size_t i) noexcept { return buffer_[i]; }
    T& back() noexcept { return buffer_[used_ - 1]; }
    std::span<T> span() noexcept { return {buffer_.data(), used_}; }
    std::span<const T> span() const noexcept { return {buffer_.data(), used_}; }

    // The values, in an array of exactly their number.
    Buffer<T> take()
    {
        if (used_ != buffer_.size()) resize_buffer(buffer_, used_, used_, memory_);
        used_ = 0;
        return std::move(buffer_);
    }

private:
    Memory* memory_;
    Buffer<T> buffer_;
    std::size_t used_ = 0;
};

} // namespace nib
