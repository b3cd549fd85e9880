// The cost of a network, computed before a model exists.
#pragma once

#include "deploy/fold.hpp"
#include "net/model.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace nib {

struct NetworkPlan {
    std::string network, input;            // as a model with them prints them
    std::int64_t parameters = 0;           // trainable numbers
    std::int64_t multiply_adds = 0;        // of one example in the network, in evaluation mode
    std::size_t file_bytes = 0;            // of the folded file
    std::size_t workspace_bytes = 0;       // of the engine, for one example at a time
    std::int64_t folded_multiply_adds = 0; // of one example in the folded file
};

// Computed from shapes: neither parameters nor a file are allocated. outputs: the vocabulary's size, or for a table the
// number of classes or of numbers to learn; it must be in range. Throws whatever Network, Layout and plan_fold throw.
NetworkPlan plan_network(ModelSpec spec, std::int32_t outputs, const FoldAs& as, Memory* memory);

} // namespace nib
