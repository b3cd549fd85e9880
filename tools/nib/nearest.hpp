// The word that was probably meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nib::cli {

// Of the words the one that needs the fewest letters added, left out, changed or swapped with the next; the first of
// several. nullptr: none is near.
const std::string* nearest(std::string_view typed, const std::vector<std::string>& words);

// "; did you mean 'train'?"; empty where no word is near.
std::string did_you_mean(std::string_view typed, const std::vector<std::string>& words);

} // namespace nib::cli
