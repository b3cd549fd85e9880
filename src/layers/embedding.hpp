// embedding E: a vector of E numbers for each symbol (torch.nn.Embedding).
#pragma once

#include <cstdint>

namespace nib {

struct EmbeddingOptions {
    std::int32_t width;
};

} // namespace nib
