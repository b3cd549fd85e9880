// The speed at which numbers reach a core from each level of the memory.
#pragma once

namespace nib::bench {

enum class Level { second_cache, third_cache, memory };

// Bytes a second for this many threads together: the best seen so far in this run. Every call measures some more, since
// the clock's speed and the neighbours' load change. For a cache the bytes are read; for memory half of them are read
// and half are written.
double bandwidth(Level level, int threads);

} // namespace nib::bench
