// One entry of a thread's list for a training step.
#pragma once

#include "net/planner.hpp"

namespace nib {

struct StepEntry {
    enum What { run, arrive, wait } what;
    Stage stage; // if it is run
};

} // namespace nib
