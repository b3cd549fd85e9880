// The examples of each training step.
#pragma once

#include "base/buffer.hpp"
#include "io/dataset.hpp"
#include "net/segments.hpp"
#include "net/step.hpp"
#include "nib/nib.h"
#include "random/distributions.hpp"
#include "random/permutation.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace nib {

// Each thread has one, and all draw the same. For text, examples are drawn with replacement from the model's stream.
// For a table they are drawn without replacement: each epoch is a permutation by the model's seed and the epoch's
// number, and epochs follow each other without a gap, so that no minibatch is short. A checkpoint stores only the step.
class Draws {
public:
    Draws(const Model& model, const Dataset& data, const nib_train_options& options, const Segments& segments,
          std::ptrdiff_t stride, Memory* memory);

    // The rank's examples of a step, of those that all ranks draw; valid until the next call. generator: for text, the
    // stream that they are drawn from.
    StepBatch draw(std::int64_t step, Generator& generator);

private:
    void draw_numbers(const DataTable& table, std::int64_t step);
    StepBatch draw_rows(const DataTable& table, std::int64_t step);
    std::span<const std::uint32_t> own_numbers() const;
    float weigh(const DataTable& table);
    float weight_of(const DataTable& table, std::uint32_t example) const;

    const Model& model_;
    const Dataset& data_;
    Segments segments_;
    std::ptrdiff_t stride_;
    Permutation permutation_;
    std::int64_t epoch_ = -1;       // the epoch of permutation_
    Buffer<std::uint32_t> numbers_; // of all ranks' examples
    Buffer<std::int32_t> contexts_, classes_;
    Buffer<float> targets_, weights_;
    std::vector<float> class_weights_; // empty: each is 1
};

} // namespace nib
