#include "metrics_reader.hpp"

#include "failure.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace nib::cli {

std::string metrics_path(const std::string& folder)
{
    return (std::filesystem::path(folder) / "metrics.jsonl").string();
}

MetricsReader::MetricsReader(const std::string& folder) : path_(metrics_path(folder)), file_(path_, std::ios::binary)
{
    if (!file_)
        throw Failure("cannot read " + path_ + ": " + std::strerror(errno) +
                      ": expected a folder that nib train wrote");
}

bool MetricsReader::next()
{
    errno = 0;
    const bool whole = std::getline(file_, line_) && !file_.eof();
    check_read();
    if (!whole) return false;
    offset_ = end_;
    end_ += static_cast<std::streamoff>(line_.size()) + 1;
    ++number_;
    return true;
}

std::string MetricsReader::line_at(std::streamoff offset)
{
    std::string line;
    file_.clear();
    errno = 0;
    file_.seekg(offset);
    std::getline(file_, line);
    check_read();
    return line;
}

void MetricsReader::check_read() const
{
    if (file_.bad()) throw Failure("cannot read " + path_ + ": " + std::strerror(errno));
}

void MetricsReader::damaged(const std::string& why) const
{
    throw DamagedMetrics(path_ + ":" + std::to_string(number_) + ": " + why);
}

} // namespace nib::cli
