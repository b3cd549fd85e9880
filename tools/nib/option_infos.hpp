// The options of a model and of its training as the library describes them. Code that loops over them names none.
#pragma once

#include "nib/nib.h"

#include <cstdint>
#include <span>
#include <string>

namespace nib::cli {

using OptionInfos = std::span<const nib_option_info>;

// The options in the library's order. They live as long as the program.
OptionInfos model_infos();
OptionInfos train_infos();

// The option must exist in the library.
const nib_option_info& find_option(OptionInfos infos, const char* name);

// For every kind except NIB_OPTION_DOUBLE and NIB_OPTION_TEXT. options: the struct that the option is a member of.
std::int64_t whole_of(const nib_option_info& option, const void* options);
void set_whole(const nib_option_info& option, void* options, std::int64_t value);

double real_of(const nib_option_info& option, const void* options);
void set_real(const nib_option_info& option, void* options, double value);

const char* text_of(const nib_option_info& option, const void* options);
void set_text(const nib_option_info& option, void* options, const char* value);

// A copy that lives as long as the program: options hold texts by pointers.
const char* lasting(const std::string& text);
nib_model_options lasting(nib_model_options options);

// A file may hold a value that is newer than this program: "unknown".
const char* word_of(const nib_option_info& option, std::int64_t value);

// Whether this option has any effect with the others as they are.
bool has_effect(OptionInfos infos, const nib_option_info& option, const void* options);

} // namespace nib::cli
