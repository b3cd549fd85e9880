// The steps of a run of nib train, and what follows them on the way: log, records, validation, checkpoints.
#pragma once

#include "checkpoints.hpp"
#include "interrupts.hpp"
#include "ranks.hpp"
#include "recorder.hpp"
#include "run_log.hpp"
#include "validation.hpp"

#include "nib/nib.hpp"

#include <cstdint>

namespace nib::cli {

// The objects that follow a run beside its steps.
struct Watch {
    RunLog& log;
    Recorder& recorder;
    Validation& validation;
    Checkpoints& checkpoints;
    const Interrupts& interrupts;
    Ranks& ranks;
};

// Runs the remaining steps, or until a signal comes or patience runs out. Returns the seconds that it took. Throws
// Failure if the run diverges; its last good checkpoint and a report are then written.
double run_steps(const nib::context& context, nib::trainer& trainer, std::int64_t steps, const Watch& watch);

// Writes the last checkpoint, of a finished run too: a crash before the model is written loses nothing. Throws Stopped
// if a signal ended the run.
void put_away(const nib::trainer& trainer, std::int64_t steps, const Watch& watch);

} // namespace nib::cli
