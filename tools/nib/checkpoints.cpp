#include "checkpoints.hpp"

#include "files.hpp"

#include <algorithm>
#include <utility>

namespace nib::cli {

Checkpoints::Checkpoints(nib::trainer& trainer, Validation& validation, std::string path, std::int64_t every)
    : trainer_(trainer), validation_(validation), path_(std::move(path)), every_(every)
{
    write();
}

std::int64_t Checkpoints::limit(std::int64_t piece) const
{
    return every_ > 0 ? std::min(piece, every_ - trainer_.step() % every_) : piece;
}

void Checkpoints::add()
{
    const bool due = every_ > 0 ? trainer_.step() % every_ == 0 : Clock::now() >= next_;
    if (due) write();
}

void Checkpoints::write()
{
    constexpr std::chrono::seconds interval(10);
    constexpr int share = 20; // checkpoints take one part in so many of the time
    const Clock::time_point begin = Clock::now();
    check_own_file(path_);
    validation_.write();
    trainer_.save(path_);
    last_ = trainer_.step();
    const Clock::time_point end = Clock::now();
    next_ = end + std::max<Clock::duration>(interval, share * (end - begin));
}

} // namespace nib::cli
