// The numbers of a folded file's layers, whatever the file keeps them as: what an export writes.
#pragma once

#include "base/error.hpp"
#include "infer/view.hpp"

namespace nib {

// y[o] = bias(o) + sum over k of x[k] weight(k, o). A view: it lives as long as the file.
class Weights {
public:
    Weights(const infer::View& view, std::uint32_t layer) : layer_(view.layer(layer)) {}

    std::size_t inputs() const noexcept { return static_cast<std::size_t>(layer_.inputs); }
    std::size_t outputs() const noexcept { return static_cast<std::size_t>(layer_.outputs); }

    float weight(std::size_t input, std::size_t output) const noexcept
    {
        return static_cast<const float*>(layer_.weights)[input * static_cast<std::size_t>(layer_.stride) + output];
    }
    float bias(std::size_t output) const noexcept { return layer_.bias[output]; }

private:
    infer::Layer layer_;
};

// Throws NIB_ERR_UNSUPPORTED for weights that an export does not know.
inline void check_weight_bits(const infer::View& view)
{
    if (view.header->weight_bits == 32) return;
    throw Error(NIB_ERR_UNSUPPORTED,
                "the folded model has weights of %u bits: only float weights, 32 bits, are exported",
                view.header->weight_bits);
}

} // namespace nib
