#include "base/heap.hpp"

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include <new>

namespace nib {

namespace {

constexpr std::size_t large_page = std::size_t{1} << 21, large_from = 2 * large_page;

class HeapMemory final : public Memory {
    static std::align_val_t aligned(std::size_t size, std::size_t alignment) noexcept
    {
        return std::align_val_t{size >= large_from && alignment < large_page ? large_page : alignment};
    }

    void* do_allocate(std::size_t size, std::size_t alignment) override
    {
        void* const memory = ::operator new(size, aligned(size, alignment));
#if defined(MADV_HUGEPAGE)
        // Whole pages alone: the last one's rest belongs to others. A system without large pages refuses, and the
        // memory is as good as before.
        if (size >= large_from) madvise(memory, size & ~(large_page - 1), MADV_HUGEPAGE);
#endif
        return memory;
    }

    void do_deallocate(void* memory, std::size_t size, std::size_t alignment) override
    {
        ::operator delete(memory, aligned(size, alignment)); // clang 14 knows no sized form
    }

    bool do_is_equal(const Memory& other) const noexcept override { return this == &other; }
};

} // namespace

Memory* process_heap() noexcept
{
    // It is never destroyed: what other static objects free at the end of the process is still freed by it.
    union Kept {
        HeapMemory memory;
        Kept() noexcept : memory() {}
        ~Kept() {}
    };
    static Kept kept;
    return &kept.memory;
}

} // namespace nib
