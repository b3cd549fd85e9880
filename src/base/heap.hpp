// The process's heap as Memory.
#pragma once

#include "base/buffer.hpp"

namespace nib {

// Arrays of 4 MiB and more begin on a 2 MiB boundary, and the system is asked for pages of that size, where it has
// such: fewer of their addresses miss the processor's table of pages. bench/README.md says what that gives. One object
// for all callers, which any thread may use.
Memory* process_heap() noexcept;

} // namespace nib
