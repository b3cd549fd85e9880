// Measurements of a training step: activations, their gradients, and the parameters' gradients and updates.
#pragma once

#include "base/buffer.hpp"
#include "net/observation.hpp"
#include "nib/nib.h"
#include "train/histogram.hpp"

#include <cstdint>
#include <vector>

namespace nib {

class Collective;
class StepPlan;
struct Training;

// Reads the results of the last step from the training's memory. The statistics are kept; everything else is valid only
// until the next step.
class Diagnostics {
public:
    Diagnostics(const Training& training, const StepPlan& plan);

    Observation& observation() noexcept { return observation_; } // for the step that is to be measured
    std::int64_t step() const noexcept { return step_; }         // the step measured last; -2: none

    void forget() noexcept { step_ = -2; }

    // If several ranks share the minibatch: brings the examples of all of them together, on every rank, before they are
    // measured. Returns whether that succeeded.
    bool gather(Collective& ranks, std::int64_t step) noexcept;

    // Allocates nothing: the step's result stands, whatever happens to its statistics.
    void measure(std::int64_t step) noexcept;

    const std::vector<nib_layer_statistics>& layers() const noexcept { return layers_; }
    const std::vector<nib_tensor_statistics>& tensors() const noexcept { return tensors_; }

    // index: of an activation layer, or of a tensor, depending on the quantity; throws NIB_ERR_INVALID_ARGUMENT if it
    // is out of range.
    void histogram(nib_quantity quantity, std::int64_t index, nib_histogram& histogram) const;

    // The numbers, dense: (units, positions, rows) of a layer, (rows, columns) of a tensor.
    void values(nib_quantity quantity, std::int64_t index, float* values) const;

private:
    struct MeanAndStd {
        double mean, std;
    };
    MeanAndStd mean_and_std(const NumberRows& numbers) noexcept;
    NumberRows own_rows(nib_quantity quantity, std::size_t layer, std::int64_t step) const noexcept;
    NumberRows rows_of(nib_quantity quantity, std::size_t layer) const noexcept;
    std::ptrdiff_t whole_place(nib_quantity quantity, std::size_t layer) const noexcept;
    NumberRows numbers(nib_quantity quantity, std::int64_t index) const;
    void measure_layer(std::size_t index) noexcept;
    void measure_tensor(std::size_t index) noexcept;
    double update_std(std::size_t tensor, double gradient_std) noexcept;

    const Training& t_;
    const StepPlan& plan_;
    Observation observation_;
    std::int64_t step_ = -2;
    std::vector<nib_layer_statistics> layers_;
    std::vector<nib_tensor_statistics> tensors_;
    Buffer<float> means_, scatters_; // for the rows of the largest array
    Buffer<float> whole_,
        messages_; // for several ranks: the rows of three quantities for all examples; what ranks send
};

} // namespace nib
