// The word that was probably meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nib::cli {

// The word that needs the fewest letters added, left out, changed or swapped with the next to become `typed`; the first
// if several do. nullptr: no word is near.
const std::string* nearest(std::string_view typed, const std::vector<std::string>& words);

// "; did you mean 'train'?", or "" if no word is near.
std::string did_you_mean(std::string_view typed, const std::vector<std::string>& words);

} // namespace nib::cli
