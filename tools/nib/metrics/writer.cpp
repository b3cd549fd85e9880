#include "metrics/writer.hpp"

#include "files.hpp"
#include "metrics/reader.hpp"

#include <cerrno>
#include <filesystem>
#include <string_view>
#include <utility>
#include <variant>

#include <fcntl.h>
#include <unistd.h>

namespace nib::cli {
namespace {

std::optional<std::int64_t> step_of(const RunRecord& run) { return run.resumed_at ? run.resumed_at : 0; }

// The run is resumed from the checkpoint with the same number of steps, which was written after this record.
std::optional<std::int64_t> step_of(const ValidationRecord& record) { return record.step - 1; }

// The record belongs to a run's end, whichever step was the best one, and is written again there.
std::optional<std::int64_t> step_of(const BestRecord&) { return std::nullopt; }

template <class Other>
std::optional<std::int64_t> step_of(const Other& record)
{
    return record.step;
}

// A line that is not a record was cut, or is not nib's; a record without a step is dropped as well.
bool is_before(std::string_view line, std::int64_t first)
{
    try {
        const auto of_record = [](const auto& record) { return step_of(record); };
        const std::int64_t step = std::visit(of_record, parse_record(line).what).value_or(-1);
        return step >= 0 && step < first;
    } catch (const NoRecord&) {
        return false;
    }
}

// The lines of the steps before first.
std::string kept_lines(const std::string& path, std::int64_t first)
{
    std::string kept;
    if (!std::filesystem::exists(path)) return kept;
    for (MetricsReader old(path); old.next();)
        if (is_before(old.line(), first)) kept.append(old.line()).append(1, '\n');
    return kept;
}

} // namespace

MetricsWriter::MetricsWriter(const nib::context& context, const std::string& path) : path_(path) { begin(context, ""); }

MetricsWriter::MetricsWriter(const nib::context& context, const std::string& path, std::int64_t first) : path_(path)
{
    check_own_file(path);
    begin(context, kept_lines(path, first));
}

MetricsWriter::~MetricsWriter()
{
    if (file_ >= 0) close(file_);
}

// EINTR is not a refusal: the file is closed then too (Linux).
void MetricsWriter::finish()
{
    if (close(std::exchange(file_, -1)) != 0 && errno != EINTR) cannot_write(path_, errno);
}

// A new file each time: the old one may have another name elsewhere, a hard link, and then stays there.
void MetricsWriter::begin(const nib::context& context, const std::string& lines)
{
    check_own_file(path_);
    context.write_file(path_, lines);
    file_ = open(path_.c_str(), O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
    if (file_ < 0) cannot_write(path_, errno);
}

// Writes with one call if the system takes it all, so that a kill cuts at most the last line.
void MetricsWriter::add_line(const std::string& line)
{
    for (std::size_t done = 0; done < line.size();) {
        const ssize_t written = write(file_, line.data() + done, line.size() - done);
        if (written >= 0)
            done += static_cast<std::size_t>(written);
        else if (errno != EINTR)
            cannot_write(path_, errno);
    }
}

void MetricsWriter::add_steps(std::span<const StepRecord> steps)
{
    std::string lines;
    for (const StepRecord& record : steps) lines += line_of(record);
    add_line(lines);
}

} // namespace nib::cli
