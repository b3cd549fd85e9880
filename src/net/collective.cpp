#include "net/collective.hpp"

#include "base/check.hpp"
#include "base/error.hpp"
#include "net/segments.hpp"

#include <cstring>

namespace nib {

namespace {

const nib_collective& checked(const nib_collective& engine)
{
    const auto missing = [](const char* name) {
        throw Error(NIB_ERR_INVALID_ARGUMENT, "collective->%s is NULL", name);
    };
    check_range("collective->ranks", engine.ranks, 1, most_segments);
    check_range("collective->rank", engine.rank, 0, engine.ranks - 1);
    if (engine.all_gather == nullptr) missing("all_gather");
    if (engine.all_to_all == nullptr) missing("all_to_all");
    if (engine.broadcast == nullptr) missing("broadcast");
    return engine;
}

bool copied(const void* from, std::size_t bytes, void* to) noexcept
{
    std::memcpy(to, from, bytes);
    return true;
}

} // namespace

Collective::Collective(const nib_collective& engine) : engine_(checked(engine)) {}

bool Collective::is_done(const char* call, int error) noexcept
{
    if (error == 0) return true;
    failure_ = call;
    error_ = error;
    return false;
}

bool Collective::all_gather(const void* send, std::size_t bytes, void* receive) noexcept
{
    if (failed()) return false;
    if (bytes == 0) return true;
    if (ranks() == 1) return copied(send, bytes, receive);
    return is_done("all_gather", engine_.all_gather(engine_.user, send, bytes, receive));
}

bool Collective::all_to_all(const void* send, std::size_t bytes, void* receive) noexcept
{
    if (failed()) return false;
    if (bytes == 0) return true;
    if (ranks() == 1) return copied(send, bytes, receive);
    return is_done("all_to_all", engine_.all_to_all(engine_.user, send, bytes, receive));
}

bool Collective::broadcast(void* memory, std::size_t bytes) noexcept
{
    if (failed()) return false;
    if (bytes == 0 || ranks() == 1) return true;
    return is_done("broadcast", engine_.broadcast(engine_.user, memory, bytes));
}

std::string Collective::why() const
{
    std::string text = "rank ";
    text.append(std::to_string(rank())).append(" of ").append(std::to_string(ranks())).append(": ");
    return text.append(failure_).append(" failed with the engine's error ").append(std::to_string(error_));
}

void Collective::abandon(const char* why) noexcept
{
    if (!failed() && ranks() > 1 && engine_.abandon != nullptr) engine_.abandon(engine_.user, why);
}

} // namespace nib
