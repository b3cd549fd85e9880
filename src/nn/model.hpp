// A model: what was asked for, its parameters, its running statistics, and the random stream that it was drawn from.
#pragma once

#include "base/buffer.hpp"
#include "io/vocabulary.hpp"
#include "nib/nib.h"
#include "nn/layout.hpp"
#include "random/distributions.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace nib {

// The most training steps that a model counts: a file may tell of as many, and there is room for those of a trainer.
inline constexpr std::int64_t most_steps = std::int64_t{1} << 62;

struct Model {
    // Throws what check_options throws. All parameters are 0, gammas too, until initialise() or a file fills them;
    // running means are 0 and running variances 1.
    Model(const nib_model_options& options, Vocabulary vocabulary, Memory* memory);

    nib_model_options options;
    Vocabulary vocabulary;
    Layout layout;
    Buffer<float> parameters; // layout.size
    Buffer<float> running;    // layout.running_size
    Generator generator;      // seeded by options.seed; drawn from by initialise(), then by the trainer
    std::int64_t steps = 0;   // training steps that this model has seen, 0..most_steps
    // The checksum of its last trainer's data set (Text::checksum); none: it had no trainer.
    std::optional<std::uint32_t> data_checksum;
    // The changes that made its numbers of those of the file that they were last read from (NetworkTensors::converted).
    std::string converted;
    Memory* memory;

    float* at(std::ptrdiff_t offset) noexcept { return parameters.data() + offset; }
    const float* at(std::ptrdiff_t offset) const noexcept { return parameters.data() + offset; }
};

// Copies a tensor of the arena to or from a dense row-major array of rows * columns.
void read_tensor(const Tensor& tensor, const float* arena, float* values) noexcept;
void write_tensor(const Tensor& tensor, const float* values, float* arena) noexcept;

// Draws all parameters from the model's stream, as nib_model_options says.
void initialise(Model& model);

} // namespace nib
