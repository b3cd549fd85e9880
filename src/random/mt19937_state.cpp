// Kept apart from mt19937.cpp, which is a part of libnib_infer and throws no exceptions.
#include "base/error.hpp"
#include "random/mt19937.hpp"

namespace nib {

Mt19937 Mt19937::from_state(const State& state)
{
    if (state.position > state_size) {
        throw Error(NIB_ERR_FORMAT, "random state at position %u, expected 0 to %zu", state.position, state_size);
    }
    Mt19937 generator(0);
    generator.state_ = state;
    return generator;
}

} // namespace nib
