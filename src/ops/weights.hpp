// The numbers of a dense operation or a convolution, for the exports.
#pragma once

#include "ops/op.hpp"
#include "ops/weight_places.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>

namespace nib {

// y[o] = bias(o) + sum over k of x[k] weight(k, o); of a convolution, k is the number of a tap's channel, in the order
// (row, tap in the row, channel). A view: it is valid as long as the file.
class Weights {
public:
    explicit Weights(const OpAt& at)
        : places_(at.operation),
          bits_(at.operation.bits),
          bias_(at.floats()),
          scales_(bias_ + infer::section_row(at.operation))
    {
        const std::size_t rows = bits_ == 8 ? 1 + infer::has_offsets(at.operation) : 0;
        words_ = reinterpret_cast<const std::uint32_t*>(scales_ + rows * infer::section_row(at.operation));
    }

    // Outputs of a dense operation up to the next multiple of 16 may be read; behind the last output all is 0.
    float bias(std::size_t output) const { return bias_[places_.output(signed_of(output))]; }
    float scale(std::size_t output) const { return scales_[places_.output(signed_of(output))]; } // of 8 bits

    // A weight of 32 bits.
    float weight(std::size_t input, std::size_t output) const { return std::bit_cast<float>(bits(input, output)); }

    // The weight as an element of an exported array: of 8 bits a whole number, which its output's scale multiplies.
    std::string literal(std::size_t input, std::size_t output) const
    {
        const std::uint32_t number = bits(input, output);
        if (bits_ == 32) return c_literal(std::bit_cast<float>(number));
        return bits_ == 16 ? c_literal(static_cast<std::uint16_t>(number))
                           : c_literal(static_cast<std::int8_t>(number & 0xff));
    }

    // The place of an input of the layer, which has planes in the order (channel, y, x).
    std::size_t of_input(std::size_t k) const { return static_cast<std::size_t>(places_.of_input(signed_of(k))); }

private:
    static std::ptrdiff_t signed_of(std::size_t n) { return static_cast<std::ptrdiff_t>(n); }

    std::uint32_t bits(std::size_t input, std::size_t output) const
    {
        const std::uint32_t word = words_[places_.word(signed_of(output), signed_of(input))];
        return bits_ == 32 ? word : word >> places_.part(signed_of(input)) * bits_;
    }

    WeightPlaces places_;
    std::uint32_t bits_;
    const float *bias_, *scales_;
    const std::uint32_t* words_;
};

} // namespace nib
