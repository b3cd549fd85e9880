// Programs of random items. Items are numbered, can be repeated by a seed and a number, and run in a watched child
// process.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace nib::fuzz {

class Items {
public:
    virtual ~Items() = default;
    // Ends the process if anything is wrong.
    virtual void run(std::uint64_t seed, std::int64_t index) = 0;
    // A summary line of all items run. all: of a whole run, not of a single item.
    virtual std::string summary(bool all) = 0;
};

// The main function:
//   PROGRAM [--seed S] [--seconds N]    items 0, 1, 2 and so on of the seed for this long; default 1 and 60
//   PROGRAM [--seed S] --only I         only item I
// Prints the summary and returns 0; or prints the child's output, how it ended and the command that repeats it, and
// returns 1. An item must print nothing, leave no object on the heap, and take no longer than two minutes.
int run_items(int argc, char** argv, std::unique_ptr<Items> (*make)());

} // namespace nib::fuzz
