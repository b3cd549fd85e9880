#include "checkpoints.hpp"

#include "files.hpp"

#include <algorithm>
#include <utility>

namespace nib::cli {

Checkpoints::Checkpoints(const Context& context, nib_trainer* trainer, std::string path, std::int64_t every)
    : context_(context), trainer_(trainer), path_(std::move(path)), every_(every)
{
    write();
}

std::int64_t Checkpoints::limit(std::int64_t piece) const
{
    return every_ > 0 ? std::min(piece, every_ - nib_trainer_step(trainer_) % every_) : piece;
}

void Checkpoints::add()
{
    const bool due = every_ > 0 ? nib_trainer_step(trainer_) % every_ == 0 : Clock::now() >= next_;
    if (due) write();
}

void Checkpoints::write()
{
    constexpr std::chrono::seconds interval(10);
    constexpr int share = 20; // of the time, one part in so many
    const Clock::time_point begin = Clock::now();
    check_own_file(path_);
    context_.check(nib_trainer_save(trainer_, path_.c_str()));
    last_ = nib_trainer_step(trainer_);
    const Clock::time_point end = Clock::now();
    next_ = end + std::max<Clock::duration>(interval, share * (end - begin));
}

} // namespace nib::cli
