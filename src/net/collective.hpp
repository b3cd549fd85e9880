// The ranks that train one model together, as the library sees them: a nib_collective whose failure is remembered.
#pragma once

#include "nib/nib.h"

#include <cstddef>
#include <string>

namespace nib {

// Used by one thread at a time. The engine's functions are called in the same order on every rank. After the first
// failure every call returns false at once, without calling the engine.
class Collective {
public:
    // Throws NIB_ERR_INVALID_ARGUMENT for a rank out of range or a function that is NULL.
    explicit Collective(const nib_collective& engine);

    int rank() const noexcept { return engine_.rank; }
    int ranks() const noexcept { return engine_.ranks; }

    // As the functions of nib_collective. One rank alone copies its bytes itself.
    bool all_gather(const void* send, std::size_t bytes, void* receive) noexcept;
    bool all_to_all(const void* send, std::size_t bytes, void* receive) noexcept;
    bool broadcast(void* memory, std::size_t bytes) noexcept;

    bool failed() const noexcept { return failure_ != nullptr; }

    // The failure in words: "rank 2 of 4: all_gather failed with the engine's error 15". Throws std::bad_alloc.
    std::string why() const;

    // From now on the engine is called again.
    void forget_failure() noexcept { failure_ = nullptr; }

    // Tells the engine that this rank gives up, unless it has failed: the others then know, or cannot be told.
    void abandon(const char* why) noexcept;

private:
    bool is_done(const char* call, int error) noexcept;

    nib_collective engine_;
    const char* failure_ = nullptr; // the name of the call that failed
    int error_ = 0;                 // the engine's, of that call
};

} // namespace nib
