#include "fuzz/calls/session.hpp"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <utility>

namespace nib::fuzz {

Session::Session(const Materials& from, Tally& tally, std::uint64_t seed, std::int64_t index, bool again)
    : random(seed, index),
      materials(from),
      tally_(tally),
      oddness_(random.of<std::size_t>({5, 20, 100})),
      failing_(random.one_in(2)),
      // The requests for memory depend on the number of threads.
      other_threads_(again && !failing_)
{
    for (const std::string& slot : materials.slots) std::filesystem::remove(slot);
}

Session::~Session()
{
    while (!entries_.empty()) end(entries_.back().get());
}

// Asks as often in both runs of a sequence, so that both make the same choices.
std::int32_t Session::threads()
{
    const auto asked = static_cast<std::int32_t>(random.below(3));
    return 1 + (other_threads_ ? (asked + 1) % 3 : asked);
}

std::string Session::path_to_read()
{
    return random.one_in(2) ? random.any(materials.slots) : random.any(materials.readable);
}

std::string Session::path_to_write()
{
    if (!odd()) return random.any(materials.slots);
    return random.of<std::string>(
        {materials.folder / "missing/file", materials.folder / "", "", materials.folder / std::string(5000, 'x')});
}

void Session::end(const Entry* entry)
{
    for (std::size_t i = entries_.size(); i-- > 0;) {
        if (i >= entries_.size()) continue;
        const std::vector<const Entry*>& uses = entries_[i]->uses;
        if (std::find(uses.begin(), uses.end(), entry) != uses.end()) {
            end(entries_[i].get());
            i = entries_.size();
        }
    }
    const auto found =
        std::find_if(entries_.begin(), entries_.end(), [&](const auto& each) { return each.get() == entry; });
    const std::unique_ptr<Entry> ended = std::move(*found);
    entries_.erase(found);
    if (const char* function = ended->destroy(); function != nullptr) note(function);
}

void Session::begin(const char* function, Context* context)
{
    function_ = function;
    context_ = context;
    heap().refused = 0;
    if (!failing_ || context == nullptr || context->hooks == nullptr || !random.one_in(8)) return;
    context->hooks->fail_after(random.below(8), random.one_in(4));
}

nib_status Session::ended(nib_status status, std::initializer_list<nib_status> also)
{
    ++tally_.calls;
    Tally::Counts& counts = tally_.functions[function_];
    ++(status == NIB_OK ? counts.ok : counts.refused);

    bool refused = heap().refused > 0;
    if (context_ != nullptr && context_->hooks != nullptr) refused = context_->hooks->refused() || refused;
    const bool wrong = std::exchange(wrong_, false);
    const bool known = status == NIB_OK || status == NIB_ERR_INVALID_ARGUMENT || status == NIB_ERR_NO_MEMORY ||
                       std::find(also.begin(), also.end(), status) != also.end();
    if (!known) std::fprintf(stderr, "status %d\n", static_cast<int>(status));
    check(known, "the status is one that the header names");
    check(status != NIB_ERR_NO_MEMORY || refused, "memory is there unless it was refused");
    check(!wrong || status != NIB_OK, "a wrong argument is refused");
    // Functions of infer.h may report the workspace or the text first; diagnostics may report a step that was not
    // observed.
    const bool may_differ = refused || status == NIB_ERR_STATE || std::string_view(function_).starts_with("nib_infer_");
    check(!wrong || may_differ || status == NIB_ERR_INVALID_ARGUMENT, "a wrong argument is an invalid one");
    mix(status);
    if (context_ != nullptr && context_->handle != nullptr) {
        const std::string message = nib_context_message(context_->handle);
        check(status == NIB_OK || !message.empty(), "an error has a message");
        mix(message);
    }
    return status;
}

void Session::note(const char* function)
{
    ++tally_.calls;
    ++tally_.functions[function].ok;
}

void Session::mix(const void* bytes, std::size_t size)
{
    const auto* at = static_cast<const unsigned char*>(bytes);
    for (std::size_t i = 0; i < size; ++i) hash_ = (hash_ ^ at[i]) * 0x100000001b3u;
}

void Session::check(bool condition, const char* what) const
{
    if (condition) return;
    if (context_ != nullptr && context_->handle != nullptr)
        std::fprintf(stderr, "message: %s\n", nib_context_message(context_->handle));
    std::fprintf(stderr, "%s: ", function_);
    require(false, what);
}

} // namespace nib::fuzz
