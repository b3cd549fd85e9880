#include "run_steps.hpp"

#include "failure.hpp"
#include "files.hpp"
#include "report.hpp"
#include "run_folder.hpp"
#include "streams.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace nib::cli {
namespace {

// How many steps to run until the next look at the clock: a tenth of a second's worth, judging by the piece before. At
// the end of every piece all threads meet, which costs some microseconds.
std::int64_t next_piece(std::int64_t piece, double seconds)
{
    constexpr double wanted_seconds = 0.1;
    constexpr double longest = 65536; // the size of the array of losses
    const double growth = std::min(8.0, wanted_seconds / std::max(seconds, 1e-9));
    return static_cast<std::int64_t>(std::clamp(static_cast<double>(piece) * growth, 1.0, longest));
}

// Repeats the run from the last checkpoint to a step, reproducible to the bit, in the same time. Returns whether it got
// there.
bool repeat_until(nib::trainer& trainer, std::int64_t step, const Watch& watch)
{
    constexpr std::int64_t piece = 1000;
    try {
        watch.ranks.resume(trainer, watch.checkpoints.path());
        while (trainer.step() < step && watch.interrupts.signal() == 0)
            watch.ranks.run(trainer, std::min(piece, step - trainer.step()), false);
    } catch (const nib::error&) { // that checkpoint then stays the last
        return false;
    }
    return trainer.step() == step;
}

// With checkpoints by the clock: makes `step`, up to which all numbers were finite, the last checkpoint, unless it is.
void go_back(nib::trainer& trainer, std::int64_t step, const Watch& watch)
{
    Checkpoints& checkpoints = watch.checkpoints;
    if (!checkpoints.by_clock() || step <= checkpoints.last()) return;
    if (repeat_until(trainer, step, watch)) checkpoints.write();
}

// Ends a run that cannot continue, and keeps its good steps. The report shows how it came to that.
[[noreturn]] void fail_diverged(const nib::context& context, nib::trainer& trainer, std::int64_t good,
                                const std::string& divergence, const Watch& watch)
{
    const Checkpoints& checkpoints = watch.checkpoints;
    const std::filesystem::path folder = std::filesystem::path(checkpoints.path()).parent_path();
    const std::string page = (folder / "report.html").string();
    check_own_file(page);
    write_report(context, {folder.string()}, page);
    std::string trouble;
    try {
        go_back(trainer, good, watch);
    } catch (const std::runtime_error& error) { // Failure, nib::error
        trouble = std::string("; ") + error.what();
    }
    throw Failure(divergence + "; " + checkpoints.path() + " is of step " + std::to_string(checkpoints.last()) +
                  trouble);
}

// Runs count more steps; observed: the last of them. Returns the divergence that ended them, if any.
std::optional<Failure> run_piece(Ranks& ranks, nib::trainer& trainer, std::int64_t count, bool observed,
                                 std::span<float> losses)
{
    try {
        ranks.run(trainer, count, observed, losses);
    } catch (const nib::error& error) {
        if (error.status() != NIB_ERR_DIVERGED) throw;
        return Failure(error);
    }
    return std::nullopt;
}

void validate(const Watch& watch)
{
    const std::optional<Validated> found = watch.validation.add();
    if (!found) return;
    watch.log.add_validation(found->step, found->loss, found->is_best);
    watch.recorder.add_validation({found->step, found->loss});
}

} // namespace

double run_steps(const nib::context& context, nib::trainer& trainer, std::int64_t steps, const Watch& watch)
{
    using Clock = std::chrono::steady_clock;
    const auto seconds_since = [](Clock::time_point then) {
        return std::chrono::duration<double>(Clock::now() - then).count();
    };
    const Clock::time_point begin = Clock::now();
    std::vector<float> losses;
    std::int64_t piece = 1;
    for (std::int64_t step = trainer.step();
         step < steps && watch.interrupts.signal() == 0 && !watch.validation.has_ended();) {
        const Clock::time_point then = Clock::now();
        piece = watch.recorder.piece(step, watch.validation.limit(watch.checkpoints.limit(piece)));
        piece = std::min(piece, steps - step);
        const bool observed = watch.recorder.has_statistics(step + piece - 1);
        losses.resize(static_cast<std::size_t>(piece));
        const std::optional<Failure> divergence = run_piece(watch.ranks, trainer, piece, observed, losses);
        const std::int64_t done = trainer.step() - step;
        const std::span those(losses.data(), static_cast<std::size_t>(done)); // also if the run diverges
        watch.log.add(step, those);
        watch.recorder.add(trainer, step, those);
        if (divergence) {
            watch.recorder.add_divergence(step + done, divergence->what());
            fail_diverged(context, trainer, step, divergence->what(), watch);
        }
        step += done;
        if (observed) watch.recorder.observe(trainer, step - 1);
        const double seconds = seconds_since(then);
        validate(watch);
        watch.checkpoints.add();
        piece = next_piece(piece, seconds);
    }
    return seconds_since(begin);
}

void put_away(const nib::trainer& trainer, std::int64_t steps, const Watch& watch)
{
    const std::int64_t step = trainer.step();
    if (watch.checkpoints.last() != step) watch.checkpoints.write();
    if (step == steps) return;
    if (watch.validation.has_ended()) {
        note("ended after step %lld of %lld: no new best in %lld evaluations; a larger --patience goes on, with "
             "--resume",
             static_cast<long long>(step), static_cast<long long>(steps),
             static_cast<long long>(watch.validation.patience()));
        return;
    }
    note("stopped after step %lld of %lld (%s): the same command with --resume goes on from %s",
         static_cast<long long>(step), static_cast<long long>(steps), strsignal(watch.interrupts.signal()),
         watch.checkpoints.path().c_str());
    throw Stopped{watch.interrupts.signal()};
}

} // namespace nib::cli
