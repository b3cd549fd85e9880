#include "metrics/line_reader.hpp"

#include "failure.hpp"
#include "files.hpp"

#include <cerrno>
#include <utility>

namespace nib::cli {

// The buffer is not touched beyond the bytes read: it takes no more memory than the longest line.
LineReader::LineReader(std::string path, std::size_t most)
    : path_(std::move(path)),
      file_(path_, std::ios::binary),
      size_(most + 1), // the NUL behind the line
      buffer_(std::make_unique_for_overwrite<char[]>(size_))
{
    if (!file_) cannot_read(path_, errno);
}

bool LineReader::next()
{
    errno = 0;
    file_.getline(buffer_.get(), static_cast<std::streamsize>(size_));
    if (file_.bad()) cannot_read(path_, errno);
    const auto taken = static_cast<std::size_t>(file_.gcount());
    if (taken == 0 && file_.eof()) return false;
    ++number_;
    offset_ = end_;
    if (file_.fail()) refuse("a line of more than " + std::to_string(size_ - 1) + " bytes");
    cut_ = file_.eof();
    end_ += static_cast<std::streamoff>(taken);
    line_ = {buffer_.get(), cut_ ? taken : taken - 1};
    return true;
}

void LineReader::go_to(std::streamoff offset)
{
    file_.clear();
    errno = 0;
    if (!file_.seekg(offset)) cannot_read(path_, errno);
    end_ = offset;
}

void LineReader::refuse(const std::string& why) const
{
    throw Failure(path_ + ":" + std::to_string(number_) + ": " + why);
}

} // namespace nib::cli
