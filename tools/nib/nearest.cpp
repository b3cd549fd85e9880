#include "nearest.hpp"

#include <algorithm>
#include <cstddef>

namespace nib::cli {
namespace {

// The optimal string alignment distance.
std::size_t distance(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), now(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        now[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t changed = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            now[j] = std::min({last[j] + 1, now[j - 1] + 1, changed});
            const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) now[j] = std::min(now[j], before[j - 2] + 1);
        }
        before = last;
        last = now;
    }
    return last[b.size()];
}

// If one word begins with the other, they are near, however much is missing: --batch-size and --batch.
std::size_t distance_of_words(std::string_view typed, std::string_view word)
{
    constexpr std::size_t least = 4; // letters, of which "--" are two
    const bool is_begun = std::min(typed.size(), word.size()) >= least && word.starts_with(typed);
    const bool is_longer = word.size() >= least && typed.starts_with(word);
    return is_begun || is_longer ? 1 : distance(typed, word);
}

} // namespace

const std::string* nearest(std::string_view typed, const std::vector<std::string>& words)
{
    constexpr std::size_t longest = 100; // letters of the typed word: nothing longer is a word
    if (typed.size() > longest) return nullptr;
    std::size_t least = std::max<std::size_t>(1, typed.size() / 3) + 1;
    const std::string* found = nullptr;
    for (const std::string& word : words) {
        const std::size_t each = distance_of_words(typed, word),
                          dashes = std::min(word.find_first_not_of('-'), word.size());
        if (each >= least || each >= word.size() - dashes) continue; // no letter would be the same
        least = each;
        found = &word;
    }
    return found;
}

std::string did_you_mean(std::string_view typed, const std::vector<std::string>& words)
{
    const std::string* const word = nearest(typed, words);
    return word == nullptr ? "" : "; did you mean '" + *word + "'?";
}

} // namespace nib::cli
