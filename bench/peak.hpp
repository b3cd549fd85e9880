// The peak against which results are stated.
#pragma once

namespace nib::bench {

// The FMA peak of this many cores with the instruction set in use, in GFLOP/s: the best seen so far in this run. Every
// call measures for some milliseconds more, since the clock's speed changes.
double peak_gflops(int threads);

} // namespace nib::bench
