// The order of a step's stages and of the meetings between them, and the places of its buffers.
#pragma once

#include "net/planner.hpp"
#include "train/step_entry.hpp"

#include <cstddef>
#include <vector>

namespace nib {

// The order: every stage once, as given, and the meetings.
std::vector<StepEntry::What> order_of(const std::vector<Stage>& stages, int threads);

// Offsets, in floats; both are equal if one copy is enough.
struct BufferPlace {
    std::ptrdiff_t copies[2] = {0, 0};
};

// The places, by buffer id. end: the floats of all buffers together.
std::vector<BufferPlace> places_of(const Planner& planner, const std::vector<Stage>& stages,
                                   const std::vector<StepEntry::What>& order, std::ptrdiff_t& end);

} // namespace nib
