// A temporary folder for a test case, removed at its end.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <stdexcept>
#include <string>
#include <system_error>

namespace nib::test {

class Folder {
public:
    Folder()
    {
        std::string name = std::filesystem::temp_directory_path() / "nib-test-XXXXXX";
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make the folder " + name);
        path_ = name;
    }
    ~Folder()
    {
        std::error_code ignored; // a child process may still be writing
        std::filesystem::remove_all(path_, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    std::string operator/(const std::string& name) const { return path_ / name; }

    // The number of entries: a temporary file that was left behind would be one.
    std::ptrdiff_t count() const
    {
        return std::distance(std::filesystem::directory_iterator(path_), std::filesystem::directory_iterator());
    }

private:
    std::filesystem::path path_;
};

} // namespace nib::test
