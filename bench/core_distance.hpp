// The distance between processors, which decides how much two threads gain on small work.
#pragma once

namespace nib::bench {

// Seconds that a flag takes from one core to another and back, measured now. Negative if there is only one thread.
double core_distance();

} // namespace nib::bench
