// Examples in chunks, dealt out among threads.
#pragma once

#include "base/parallel.hpp"
#include "net/inference.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace nib {

// Examples first to first + size - 1; index counts the chunks of a call.
struct Chunk {
    std::ptrdiff_t index, first, size;
};

constexpr std::ptrdiff_t chunks_of(std::ptrdiff_t examples)
{
    return (examples + Inference::chunk - 1) / Inference::chunk;
}

// Calls each(chunk, scratch) for all chunks of the examples [begin, end), on up to `threads` threads. Each thread calls
// make_scratch() for its own scratch memory. each must not throw. Chunks are processed on any thread and in any order,
// so the caller joins results by chunk index afterwards.
template <class MakeScratch, class Each>
void for_chunks(std::ptrdiff_t begin, std::ptrdiff_t end, int threads, MakeScratch make_scratch, Each each)
{
    const std::ptrdiff_t chunks = chunks_of(end - begin);
    if (chunks == 0) return;
    const int useful = static_cast<int>(std::min<std::ptrdiff_t>(threads, chunks));
    std::vector<decltype(make_scratch())> scratches;
    scratches.reserve(static_cast<std::size_t>(useful));
    for (int i = 0; i < useful; ++i) scratches.push_back(make_scratch());
    parallel(useful, [&](int thread, int granted) {
        for (std::ptrdiff_t c = thread; c < chunks; c += granted) {
            const std::ptrdiff_t first = begin + c * Inference::chunk;
            each(Chunk{c, first, std::min(Inference::chunk, end - first)}, scratches[static_cast<std::size_t>(thread)]);
        }
    });
}

} // namespace nib
