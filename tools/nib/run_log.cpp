#include "run_log.hpp"

#include "failure.hpp"
#include "terminal.hpp"

#include <algorithm>
#include <cstdio>

#include <unistd.h>

namespace nib::cli {
namespace {

// Log lines would break the live line on the same terminal, so a run there has only one of the two.
std::int64_t line_interval(std::int64_t steps, std::int64_t log_every, std::FILE* lines)
{
    if (log_every > 0) return log_every;
    if (is_quiet()) return 0;
    return isatty(fileno(lines)) != 0 && is_live_terminal(STDERR_FILENO) ? 0 : round_interval(steps, 20);
}

bool shows_progress(std::int64_t log_every, std::FILE* lines)
{
    return !is_quiet() && is_live_terminal(STDERR_FILENO) && !(log_every > 0 && isatty(fileno(lines)) != 0);
}

} // namespace

std::int64_t round_interval(std::int64_t steps, std::int64_t count)
{
    const std::int64_t most = steps / count;
    std::int64_t every = 1;
    for (std::int64_t decade = 1; decade <= most; decade *= 10)
        for (const std::int64_t each : {decade, 2 * decade, 5 * decade})
            if (each <= most) every = each;
    return every;
}

RunLog::RunLog(std::int64_t first, std::int64_t steps, std::int64_t log_every, std::FILE* lines)
    : lines_(lines),
      steps_(steps),
      every_(line_interval(steps, log_every, lines)),
      progress_(shows_progress(log_every, lines), first, steps)
{
}

void RunLog::add(std::int64_t first, std::span<const float> losses)
{
    constexpr double keep = 0.998; // about the last thousand steps count
    const auto count = static_cast<std::int64_t>(losses.size());
    for (const float loss : losses) {
        smoothed_ = keep * smoothed_ + (1 - keep) * static_cast<double>(loss);
        weight_ = keep * weight_ + (1 - keep);
    }
    if (every_ > 0) {
        for (std::int64_t step = (first + every_ - 1) / every_ * every_; step < first + count; step += every_) {
            std::fprintf(lines_, "%7lld/%7lld: %.4f\n", static_cast<long long>(step), static_cast<long long>(steps_),
                         static_cast<double>(losses[static_cast<std::size_t>(step - first)]));
        }
        std::fflush(lines_);
    }
    progress_.update(first + count, smoothed_ / std::max(weight_, 1e-300));
}

void RunLog::add_validation(std::int64_t steps_run, double loss, bool is_best)
{
    progress_.set_validation(loss);
    if (progress_.is_shown()) return;
    note("after step %lld: val %.4f%s", static_cast<long long>(steps_run), loss, is_best ? ", the best so far" : "");
}

} // namespace nib::cli
