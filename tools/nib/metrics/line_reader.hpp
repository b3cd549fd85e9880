// Reads a file of any origin line by line.
#pragma once

#include <cstddef>
#include <fstream>
#include <ios>
#include <memory>
#include <string>
#include <string_view>

namespace nib::cli {

// Lines end with LF. A file with a line longer than `most` bytes is refused, so that no file takes more memory than
// that. Each function throws Failure, also if the file cannot be read.
class LineReader {
public:
    // path must name a regular file.
    LineReader(std::string path, std::size_t most);

    // Returns false at the end.
    bool next();

    std::string_view line() const noexcept { return line_; }   // valid until the next call
    bool cut() const noexcept { return cut_; }                 // the file ended before the line did
    std::size_t number() const noexcept { return number_; }    // from 1
    std::streamoff offset() const noexcept { return offset_; } // bytes before the line
    const std::string& path() const noexcept { return path_; }

    // Makes the line that begins at offset the next one; its number is not known.
    void go_to(std::streamoff offset);

    // Throws Failure that says what is wrong with the line.
    [[noreturn]] void refuse(const std::string& why) const;

private:
    std::string path_;
    std::ifstream file_;
    std::size_t size_; // of the buffer
    std::unique_ptr<char[]> buffer_;
    std::string_view line_;
    std::streamoff offset_ = 0, end_ = 0; // end_: where the line ends
    std::size_t number_ = 0;
    bool cut_ = false;
};

} // namespace nib::cli
