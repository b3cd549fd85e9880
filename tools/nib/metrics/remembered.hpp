// What metrics.jsonl remembers of a run for who goes on with it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace nib::cli {

// None of what the file lacks.
struct Remembered {
    std::optional<std::int64_t> eval_every, patience; // of the run as it was last begun or resumed
    std::optional<std::int64_t> ended_at;             // steps run when it ended
};

// A file that is missing or damaged remembers nothing.
Remembered remembered_run(const std::string& folder);

} // namespace nib::cli
