// How much stack a thread has left.
#pragma once

#include <cstddef>

namespace nib {

// The stack that a thread of nib needs, as documented in nib.h. No call uses more than 22 KB of it in a release build,
// measured by tests/api/limits_test.cpp; the rest is for other compilers and C libraries, and for thread-local
// variables, which lie in a thread's stack. Code that is not optimised, or is instrumented, needs more.
#if defined(__has_feature)
#define NIB_HAS_FEATURE(feature) __has_feature(feature)
#else
#define NIB_HAS_FEATURE(feature) 0
#endif
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && !NIB_HAS_FEATURE(address_sanitizer)
inline constexpr std::size_t stack_needed = std::size_t{48} << 10;
#else
inline constexpr std::size_t stack_needed = std::size_t{512} << 10;
#endif

// Bytes below the caller's frame; SIZE_MAX if the system does not report them, or if the caller runs on its own stack,
// as a coroutine does. A thread's first call takes some 50 us, the others 1 ns.
std::size_t stack_left() noexcept;

} // namespace nib
