// A map from a network's names of tensors to those of a file that names them differently.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace nib {

// The text has a line for each tensor: its name in the file, blanks, its name in the network. "#" begins a comment.
class TensorNames {
public:
    struct Entry {
        std::string in_file;
        std::size_t line; // from 1
    };

    // Throws NIB_ERR_INVALID_ARGUMENT, naming the line, for one without two names, and for a name that stands twice on
    // its side.
    explicit TensorNames(std::string_view text);

    // By the names in the network.
    const std::map<std::string, Entry, std::less<>>& all() const noexcept { return all_; }

private:
    void add(std::string_view line, std::size_t number, std::map<std::string, std::size_t, std::less<>>& in_file);

    std::map<std::string, Entry, std::less<>> all_;
};

} // namespace nib
