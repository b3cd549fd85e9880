// Where an operation has its weights, as infer/format.hpp lays them out: in words, for each of some lanes of outputs.
// The inputs lie in runs, each of whole words.
#pragma once

#include "infer/format.hpp"

#include <cstddef>

namespace nib {

class WeightPlaces {
public:
    explicit WeightPlaces(const infer::Operation& o)
        : in_word_(32 / o.bits),
          run_(o.inputs),
          lanes_(infer::section_row(o)),
          channels_(o.in.channels),
          pixels_(static_cast<std::ptrdiff_t>(o.in.pixels())),
          is_dense_(o.kind == infer::OperationKind::dense)
    {
        if (o.kind == infer::OperationKind::depthwise) run_ = infer::taps_of(o);
        if (o.kind == infer::OperationKind::convolution) {
            run_ = infer::runs_of(o).inputs;
            lanes_ = 16;
            group_outputs_ = o.out.channels / o.groups;
            group_stride_ = infer::group_stride(o);
        }
        run_words_ = infer::word_rows(run_, o.bits);
        panel_ = infer::weight_rows(o) * lanes_;
    }

    // An output's number in a row of the section.
    std::size_t output(std::ptrdiff_t o) const
    {
        const auto at = static_cast<std::size_t>(o);
        return group_outputs_ == 0 ? at : at / group_outputs_ * group_stride_ + at % group_outputs_;
    }
    // The word of an output's weight, and its part there.
    std::size_t word(std::ptrdiff_t o, std::ptrdiff_t k) const
    {
        const auto input = static_cast<std::size_t>(k);
        const std::size_t row = input / run_ * run_words_ + input % run_ / in_word_, at = output(o);
        return at / lanes_ * panel_ + row * lanes_ + at % lanes_;
    }
    unsigned part(std::ptrdiff_t k) const
    {
        return static_cast<unsigned>(static_cast<std::size_t>(k) % run_ % in_word_);
    }
    // The layer's number of an input, and the reverse: a dense operation that reads planes has its inputs in the order
    // (y, x, channel), where the layer has (channel, y, x).
    std::ptrdiff_t input(std::ptrdiff_t k) const { return is_dense_ ? k % channels_ * pixels_ + k / channels_ : k; }
    std::ptrdiff_t of_input(std::ptrdiff_t k) const { return is_dense_ ? k % pixels_ * channels_ + k / pixels_ : k; }

private:
    std::size_t in_word_, run_, lanes_, run_words_ = 0, panel_ = 0, group_outputs_ = 0, group_stride_ = 0;
    std::ptrdiff_t channels_, pixels_;
    bool is_dense_;
};

} // namespace nib
