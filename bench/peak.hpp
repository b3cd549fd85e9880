// The limit that results are stated against.
#pragma once

namespace nib::bench {

// The FMA peak of so many cores with the instruction set in use, GFLOP/s: the best seen so far in this run. Every call
// measures for some milliseconds more, since the clock's speed changes.
double peak_gflops(int threads);

} // namespace nib::bench
