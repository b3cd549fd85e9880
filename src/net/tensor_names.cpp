#include "net/tensor_names.hpp"

#include "base/error.hpp"
#include "io/visible.hpp"

#include <algorithm>
#include <utility>

namespace nib {

namespace {

constexpr std::string_view blanks = " \t\r";

// Takes the next word off the line; empty at its end.
std::string_view take_word(std::string_view& line)
{
    line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
    const std::string_view word = line.substr(0, line.find_first_of(blanks));
    line.remove_prefix(word.size());
    return word;
}

[[noreturn]] void refuse_twice(std::size_t line, const std::string& name, std::size_t first)
{
    throw Error(NIB_ERR_INVALID_ARGUMENT, "names, line %zu: '%s' stands in line %zu as well: expected each name once",
                line, visible(shortened(name, 80)).c_str(), first);
}

} // namespace

TensorNames::TensorNames(std::string_view text)
{
    std::map<std::string, std::size_t, std::less<>> in_file; // with their lines
    std::size_t number = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        const std::string_view line = text.substr(at, end - at);
        add(line.substr(0, line.find('#')), ++number, in_file);
        at = end + 1;
    }
}

void TensorNames::add(std::string_view line, std::size_t number,
                      std::map<std::string, std::size_t, std::less<>>& in_file)
{
    const std::string first(take_word(line)), second(take_word(line));
    if (first.empty()) return;
    if (second.empty() || !take_word(line).empty())
        throw Error(NIB_ERR_INVALID_ARGUMENT,
                    "names, line %zu: expected two names, that in the file and that in the network", number);
    if (const auto found = in_file.find(first); found != in_file.end()) refuse_twice(number, first, found->second);
    if (const auto found = all_.find(second); found != all_.end()) refuse_twice(number, second, found->second.line);
    in_file.emplace(first, number);
    all_.emplace(second, Entry{first, number});
}

} // namespace nib
