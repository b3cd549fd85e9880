#include "base/stack.hpp"

#include <cstdint>

#if defined(__linux__)
#include <pthread.h>
#endif

namespace nib {

namespace {

struct Stack {
    std::uintptr_t low, high;
};

// This thread's stack; {0, 0}: not known yet.
constinit thread_local Stack stack = {0, 0};

// Returns {0, UINTPTR_MAX} if the system does not report the stack.
Stack stack_of_thread() noexcept
{
    Stack found = {0, UINTPTR_MAX};
#if defined(__linux__)
    pthread_attr_t attributes;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0) return found;
    void* low = nullptr;
    std::size_t size = 0;
    if (pthread_attr_getstack(&attributes, &low, &size) == 0) {
        found.low = reinterpret_cast<std::uintptr_t>(low);
        found.high = found.low + size;
    }
    pthread_attr_destroy(&attributes);
#endif
    return found;
}

std::size_t below(std::uintptr_t here) noexcept
{
    return here >= stack.low && here < stack.high ? here - stack.low : SIZE_MAX;
}

} // namespace

std::size_t stack_left() noexcept
{
    const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    if (stack.high == 0) stack = stack_of_thread();
    // The limit of a process's first thread may have been raised since.
    if (below(here) < stack_needed) stack = stack_of_thread();
    return below(here);
}

} // namespace nib
