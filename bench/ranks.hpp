// Ranks that train one model together:
//
// <call>/<bytes>/<engine>/<ranks>: a call of nib_collective with so many bytes for each rank; all_gather, all_to_all
// and broadcast.
//
// train_step_ranks/<network>/<batch>/<engine>/<ranks>: a step in 8 segments on ranks of one thread each; calls is how
// often it calls the engine.
//
// The engine "threads" has its ranks in this process. Under mpirun each process is a rank, and MPI is the engine.
#pragma once

#include "nib/nib.h"

namespace nib::bench {

// Registers the rows of ranks that are threads.
void add_ranks();

// Registers, on rank 0, the rows of the processes, which must outlive them.
void add_processes(const nib_collective& processes);

// Takes part, on the other ranks, in the rows that rank 0 runs, until it releases them.
void follow(const nib_collective& processes);
void release(const nib_collective& processes);

} // namespace nib::bench
