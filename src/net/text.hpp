// The text of a network, of its input and of its loss:
//
//   items = item {sep item}        sep = "," or line ends or both; one may end the text; "#" begins a comment
//   item  = COUNT "x" "(" items ")" | "residual" "(" items ["|" items] ")" | WORD {SIZE} {KEY "=" VALUE}
//   VALUE = decimal ["/" decimal] or a word
//
// COUNT x (...) is read as that many copies and never printed. layers/list.hpp lists the words, sizes and keys.
#pragma once

#include "net/layer_kind.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace nib {

inline constexpr std::size_t most_layers = 1024;
inline constexpr std::size_t most_text = 256 * 1024; // bytes, given or printed
inline constexpr int most_depth = 16;                // of nested parentheses

// Each throws NIB_ERR_INVALID_ARGUMENT that names the place, "network, line 2, byte 14", the word, what was expected
// and, for a word, the one that it may be a misspelling of.
std::vector<LayerSpec> parse_network(std::string_view text, const SpecWords& words);
InputSpec parse_input(std::string_view text, const SpecWords& words);
LossSpec parse_loss(std::string_view text, const SpecWords& words);

// Prints one line and leaves out values that are the initial ones. parse_network reads it back as the same items.
std::string print_network(std::span<const LayerSpec> items);
std::string print_input(const InputSpec& input);
std::string print_loss(const LossSpec& loss);

// Prints a single item, given those behind it; a residual is printed without its items.
std::string print_layer(const LayerSpec& item, std::span<const LayerSpec> next);

} // namespace nib
