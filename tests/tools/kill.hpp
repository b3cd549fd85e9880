// Training runs that are killed at random moments until one ends.
#pragma once

#include "tools/run.hpp"

#include <random>
#include <string>
#include <vector>

namespace nib::test {

// AdamW, a cosine with warm-up, batch normalisation: every part of a checkpoint matters. It takes some tenths of a
// second.
inline std::vector<std::string> run_of(const TextFolder& folder, const std::string& out,
                                       const std::vector<std::string>& more = {})
{
    std::vector<std::string> all = {"train",   folder.names(), "--out",    folder / out, "--hidden", "24",
                                    "--steps", "1500",         "--warmup", "100",        "--batch",  "16"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

// The model with which a run ended, as the bytes of its file.
inline std::string model_of(const TextFolder& folder, const std::string& out)
{
    return read_text(folder / (out + "/model.safetensors"));
}

// Runs with --resume on 1 to 3 threads, each ended by SIGKILL after a random time, until one ends by itself.
// Checkpoints are so frequent that one is being written most of the time. Returns the number of kills.
int kill_until_done(const TextFolder& folder, const std::string& out, std::mt19937& random);

} // namespace nib::test
