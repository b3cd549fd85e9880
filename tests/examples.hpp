// Contexts and the symbols that follow them.
#pragma once

#include <cstdint>
#include <vector>

namespace nib::test {

struct Examples {
    std::vector<std::int32_t> contexts; // (count, context_length)
    std::vector<std::int32_t> targets;  // (count)
};

} // namespace nib::test
