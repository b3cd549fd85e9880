// The parts of metrics.jsonl that resuming a run needs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace nib::cli {

// A member is none if the file lacks it.
struct Remembered {
    std::optional<std::int64_t> eval_every, patience; // as the run was last begun or resumed
    std::optional<std::int64_t> ended_at;             // steps run when it ended
};

// A file that is missing or damaged remembers nothing.
Remembered remembered_run(const std::string& folder);

} // namespace nib::cli
