// The command line's words for enumerations of the ABI that are not options of a model or of its training, in the order
// of their values.
#pragma once

#include "nib/nib.h"

#include <cstddef>
#include <span>

namespace nib::cli {

inline constexpr const char* split_names[] = {"train", "val", "test"};
inline constexpr const char* stream_names[] = {"lecture", "counter"};
inline constexpr const char* weights_names[] = {"f32", "bf16", "int8"};
inline constexpr const char* first_layer_names[] = {"smallest", "table"};
inline constexpr const char* encoding_names[] = {"UTF-8", "bytes"};
inline constexpr const char* activation_names[] = {"tanh",      "relu",     "identity", "gelu",
                                                   "gelu-tanh", "silu",     "sigmoid",  "leaky-relu",
                                                   "elu",       "hardtanh", "softplus", "relu6"};

// A file may hold a value that is newer than this program.
template <class Enum>
const char* name_of(std::span<const char* const> names, Enum value)
{
    const auto index = static_cast<std::size_t>(value);
    return index < names.size() ? names[index] : "unknown";
}

} // namespace nib::cli
