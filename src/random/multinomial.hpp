// One draw from a discrete distribution, as PyTorch draws it. Needs no library but the compiler's: a part of
// libnib_infer.
#pragma once

#include "random/mt19937.hpp"

namespace nib {

// torch.multinomial(p, 1, replacement=False); PyTorch 2 draws alike with replacement. Returns an index, drawn with the
// probability p[index] / sum(p). p holds at least one number, all finite and >= 0; a zero is never drawn unless all
// are. Takes two words for each number of p.
std::size_t multinomial(Mt19937& words, std::span<const float> p) noexcept;

} // namespace nib
