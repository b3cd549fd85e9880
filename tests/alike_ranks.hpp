// Ranks that all do the same as the first, so that one thread is enough: a call has of the others what it sends itself.
#pragma once

#include "nib/nib.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace nib::test {

namespace detail {

struct Alike {
    // For rank 0, the piece that all_to_all gives to each rank is the first.
    template <std::size_t ranks>
    static int gather(void*, const void* send, std::size_t bytes, void* receive)
    {
        for (std::size_t i = 0; i < ranks; ++i) std::memcpy(static_cast<char*>(receive) + i * bytes, send, bytes);
        return 0;
    }
    static int broadcast(void*, void*, std::size_t) { return 0; }
};

} // namespace detail

template <std::size_t ranks>
nib_collective alike_ranks()
{
    auto collective = sized<nib_collective>();
    collective.ranks = static_cast<std::int32_t>(ranks);
    collective.all_gather = collective.all_to_all = detail::Alike::gather<ranks>;
    collective.broadcast = detail::Alike::broadcast;
    return collective;
}

} // namespace nib::test
