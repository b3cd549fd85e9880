// How fast numbers come to a core from where they lie.
#pragma once

namespace nib::bench {

enum class Level { second_cache, third_cache, memory };

// Bytes a second that so many threads have together: the best seen so far in this run. Every call measures some more,
// since the clock's speed and the neighbours change. Of a cache they are read; of memory as many are read as written.
double bandwidth(Level level, int threads);

} // namespace nib::bench
