// How far the processors are from each other, which decides what two threads can gain on small work.
#pragma once

namespace nib::bench {

// Seconds for a flag's way from one core to another and back, measured now. Negative where there is one thread only.
double core_distance();

} // namespace nib::bench
