#include "fuzz/calls/hooks.hpp"

#include "fuzz/fuzz.hpp"

#include <cstdlib>

namespace nib::fuzz {

nib_context_options Hooks::options(std::int32_t threads)
{
    return {.struct_size = sizeof(nib_context_options),
            .threads = threads,
            .allocate = allocate,
            .deallocate = deallocate,
            .user = this};
}

void Hooks::fail_after(std::size_t others, bool misaligned) noexcept
{
    armed_ = true;
    misaligned_ = misaligned;
    left_ = others;
}

bool Hooks::refused() noexcept
{
    const bool was = refused_;
    armed_ = refused_ = false;
    return was;
}

void* Hooks::allocate(void* user, std::size_t size, std::size_t alignment)
{
    Hooks& self = *static_cast<Hooks*>(user);
    require(size > 0 && alignment > 0 && (alignment & (alignment - 1)) == 0, "an alignment is a power of two");
    const bool fails = self.armed_ && self.left_-- == 0;
    self.refused_ = self.refused_ || fails || size > largest;
    if (size > largest || (fails && !self.misaligned_)) return nullptr;
    const std::size_t shift = fails ? 8 : 0, whole = (size + shift + alignment - 1) / alignment * alignment;
    void* begins = std::aligned_alloc(alignment, whole);
    require(begins != nullptr, "the heap has memory");
    void* memory = static_cast<char*>(begins) + shift;
    self.blocks_[memory] = {begins, size, alignment};
    return memory;
}

void Hooks::deallocate(void* user, void* memory, std::size_t size, std::size_t alignment)
{
    Hooks& self = *static_cast<Hooks*>(user);
    const auto found = self.blocks_.find(memory);
    require(found != self.blocks_.end(), "what is given back was taken");
    require(found->second.size == size && found->second.alignment == alignment, "it is given back as it was taken");
    std::free(found->second.begins);
    self.blocks_.erase(found);
}

} // namespace nib::fuzz
