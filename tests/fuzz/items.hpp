// Programs of random items: numbered, each repeated by a seed and its number, run in a child process that is watched.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace nib::fuzz {

class Items {
public:
    virtual ~Items() = default;
    // Ends the process where something is not as it should be.
    virtual void run(std::uint64_t seed, std::int64_t index) = 0;
    // The sums of all that were run, in a line. all: for as long as was asked, not one alone.
    virtual std::string summary(bool all) = 0;
};

// The main function:
//   PROGRAM [--seed S] [--seconds N]    items 0, 1, 2 and so on of the seed for so long; default 1 and 60
//   PROGRAM [--seed S] --only I         item I alone
// Prints the summary and answers 0; or what the child printed, how it ended and what repeats that, and answers 1. An
// item may print nothing, leave no object on the heap, and take no longer than two minutes.
int run_items(int argc, char** argv, std::unique_ptr<Items> (*make)());

} // namespace nib::fuzz
