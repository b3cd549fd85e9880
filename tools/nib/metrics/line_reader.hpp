// A file of anyone's, line by line.
#pragma once

#include <cstddef>
#include <fstream>
#include <ios>
#include <memory>
#include <string>
#include <string_view>

namespace nib::cli {

// Lines end with LF. None is longer than `most` bytes, so that no file takes more memory than that: one that has a
// longer line is refused. Each throws Failure, also where the file cannot be read.
class LineReader {
public:
    // path: of a regular file.
    LineReader(std::string path, std::size_t most);

    // False at the end.
    bool next();

    std::string_view line() const noexcept { return line_; }   // until the next call
    bool cut() const noexcept { return cut_; }                 // the file ended where the line's end was to come
    std::size_t number() const noexcept { return number_; }    // from 1
    std::streamoff offset() const noexcept { return offset_; } // bytes before the line
    const std::string& path() const noexcept { return path_; }

    // The line that begins there is the next; its number is not known.
    void go_to(std::streamoff offset);

    // Throws Failure: what is wrong with the line.
    [[noreturn]] void refuse(const std::string& why) const;

private:
    std::string path_;
    std::ifstream file_;
    std::size_t size_; // of the buffer
    std::unique_ptr<char[]> buffer_;
    std::string_view line_;
    std::streamoff offset_ = 0, end_ = 0; // end_: of the line
    std::size_t number_ = 0;
    bool cut_ = false;
};

} // namespace nib::cli
