// A training run as a file from which it resumes, reproducible to the bit.
#pragma once

#include "io/dataset.hpp"
#include "net/model.hpp"
#include "nib/nib.h"
#include "optim/optimizer.hpp"

#include <cstdint>
#include <string>

namespace nib {

// A training run: what it changes, and what must stay the same.
struct TrainingRun {
    Model& model; // its random stream is the position in a text: every minibatch is drawn from it
    Optimizer& optimizer;
    std::int64_t& step;
    const Dataset& data;
    const nib_train_options& options;
};

// A model file (net/model_file.hpp), which can be loaded as one, and beside the model:
//   trainer.running    F32 (n)      the running statistics themselves; the model's own are stored as squares
//   trainer.random     I32 (627)    the random stream: 624 words, position, 1 if a normal number is kept, its bits
//   adamw.m.<tensor>, adamw.v.<tensor>    AdamW's moments, shaped as the tensor
//   sgd.momentum.<tensor>    the velocity of SGD with momentum, the same way
// Metadata: "checkpoint" (the version, 1), "trainer.step", every train option as "train.<name>", and the data set's
// examples and CRC-32C as "data.<what>".
//
// Atomic and durable, as write_file. Throws NIB_ERR_IO, and NIB_ERR_DIVERGED if a number is not finite; an existing
// file then stays.
void save_checkpoint(const TrainingRun& run, const std::string& path);

// Restores the run to where it was saved. Throws NIB_ERR_IO, NIB_ERR_FORMAT, and NIB_ERR_MISMATCH, naming what differs,
// for a run with other options or data. More steps are allowed if the schedule does not depend on them. After an error
// the run is unchanged.
void load_checkpoint(const std::string& path, const TrainingRun& run);

// Describes the run that a checkpoint was written from.
struct CheckpointHead {
    ModelDesign model;
    nib_train_options train;
    std::int64_t step;
};

// Checks the whole file. Throws NIB_ERR_IO and NIB_ERR_FORMAT.
CheckpointHead read_checkpoint_head(const std::string& path, Memory* memory);

} // namespace nib
