#include "random/multinomial.hpp"

#include "base/math.hpp"
#include "random/uniform.hpp"

namespace nib {

std::size_t multinomial(Mt19937& words, std::span<const float> p) noexcept
{
    // A race of exponential variables: the largest p / q comes first with the probability p / sum(p).
    std::size_t winner = 0;
    float best = 0.0f;
    for (std::size_t i = 0; i < p.size(); ++i) {
        // PyTorch computes log1p(-u). 1 - u is exact, as u is a multiple of 2^-53.
        const float q = static_cast<float>(0.0 - natural_log(1.0 - uniform_double(words)));
        // 0 / 0 (once in 2^53 draws) compares false: a class with probability 0 does not win.
        const float ratio = p[i] / q;
        if (ratio > best) {
            best = ratio;
            winner = i;
        }
    }
    return winner;
}

} // namespace nib
