// The order of a step's stages with the meetings between them, and where its buffers lie.
#pragma once

#include "net/planner.hpp"
#include "train/step_entry.hpp"

#include <cstddef>
#include <vector>

namespace nib {

// Every stage once, in the order given, and the meetings.
std::vector<StepEntry::What> order_of(const std::vector<Stage>& stages, int threads);

// Offsets, in floats; the same one twice where one copy does.
struct BufferPlace {
    std::ptrdiff_t copies[2] = {0, 0};
};

// By id. end: floats of all of them.
std::vector<BufferPlace> places_of(const Planner& planner, const std::vector<Stage>& stages,
                                   const std::vector<StepEntry::What>& order, std::ptrdiff_t& end);

} // namespace nib
