// Arrays next to memory that must not be touched, so that one access past their end kills the test.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <limits>
#include <new>
#include <type_traits>

namespace nib::test {

// The end of the array at which a forbidden page begins. The rest of the mapped pages at the other end holds NaN, and
// intact() tells whether it still does.
enum class Guard { behind, before };

// A fixed-size array, filled with NaN (0xff bytes). As guarded memory ends with a page, not with a cache line, arrays
// of an odd size have only the alignment of their elements.
template <class T>
class Guarded {
    static_assert(std::is_trivially_copyable_v<T>);

public:
    explicit Guarded(std::size_t size, Guard guard = Guard::behind)
        : size_(size),
          page_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))),
          inner_((size * sizeof(T) + page_ - 1) / page_ * page_)
    {
        void* mapped = mmap(nullptr, inner_ + 2 * page_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (mapped == MAP_FAILED) throw std::bad_alloc();
        outer_ = static_cast<unsigned char*>(mapped);
        unsigned char* first = outer_ + page_;
        if (inner_ > 0) {
            if (mprotect(first, inner_, PROT_READ | PROT_WRITE) != 0) throw std::bad_alloc();
            std::memset(first, fill, inner_);
        }
        data_ = reinterpret_cast<T*>(guard == Guard::behind ? first + inner_ - size * sizeof(T) : first);
    }
    ~Guarded() { munmap(outer_, inner_ + 2 * page_); }
    Guarded(const Guarded&) = delete;
    Guarded& operator=(const Guarded&) = delete;

    T* data() noexcept { return data_; }
    const T* data() const noexcept { return data_; }
    std::size_t size() const noexcept { return size_; }
    T& operator[](std::size_t i) noexcept { return data_[i]; }
    const T& operator[](std::size_t i) const noexcept { return data_[i]; }
    T* begin() noexcept { return data_; }
    T* end() noexcept { return data_ + size_; }
    const T* begin() const noexcept { return data_; }
    const T* end() const noexcept { return data_ + size_; }

    bool intact() const noexcept
    {
        const auto untouched = [](const unsigned char* from, const unsigned char* to) {
            return std::all_of(from, to, [](unsigned char byte) { return byte == fill; });
        };
        const auto* begins = reinterpret_cast<const unsigned char*>(data_);
        const unsigned char* first = outer_ + page_;
        return untouched(first, begins) && untouched(begins + size_ * sizeof(T), first + inner_);
    }

private:
    static constexpr unsigned char fill = 0xff;

    std::size_t size_, page_, inner_;
    unsigned char* outer_;
    T* data_;
};

} // namespace nib::test
