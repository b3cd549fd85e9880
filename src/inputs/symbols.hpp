// The input of a model of text: the symbols before the one to predict.
#pragma once

#include "net/layer_kind.hpp"

namespace nib {

struct SymbolsOptions {
    std::int32_t context;
};

extern const InputKind symbols_input;

} // namespace nib
