// A model: its options, its parameters, its running statistics, and the random stream from which it was initialised.
#pragma once

#include "base/buffer.hpp"
#include "io/dataset.hpp"
#include "net/design.hpp"
#include "nib/nib.h"
#include "random/distributions.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace nib {

// The most training steps that a model counts. A file may state this many and still leave room for a trainer's steps.
inline constexpr std::int64_t most_steps = std::int64_t{1} << 62;

struct Model {
    // All parameters are 0, including those of norms, until initialise() or a file fills them; running means are 0 and
    // running variances 1. format: of the data for which the design was made.
    Model(ModelDesign design, DataFormat format, Memory* memory);

    // The options as requested, with the texts in their printed form. The strings are valid as long as the model is not
    // moved or destroyed.
    nib_model_options options() const;

    std::uint32_t seed;
    InputSpec input;
    LossSpec loss;
    std::string network_text, input_text, loss_text;
    std::ptrdiff_t context_length; // symbols that the network sees; 0 for a model of a table
    DataFormat format;
    Network network;
    Layout layout;
    Buffer<float> parameters;   // layout.size
    Buffer<float> running;      // layout.running_size
    Generator generator;        // seeded; drawn from by initialise(), then by the trainer
    std::uint64_t revision = 0; // changes whenever parameters change, so that copies know whether they are current
    std::int64_t steps = 0;     // training steps that this model has seen, 0..most_steps
    // The checksum of the data set of its last trainer (Text::checksum); none: it had no trainer.
    std::optional<std::uint32_t> data_checksum;
    // How the numbers of the file that was last read were converted (NetworkTensors::converted).
    std::string converted;
    Memory* memory;

    // These throw NIB_ERR_MISMATCH if the model is of the other kind of data.
    const Vocabulary& vocabulary() const { return vocabulary_of(format); }
    const Schema& schema() const { return schema_of(format); }
    const Scale* unscale() const; // of a network that ends with it, else null
    bool is_of_text() const noexcept { return std::holds_alternative<Vocabulary>(format); }

    float* at(std::ptrdiff_t offset) noexcept { return parameters.data() + offset; }
    const float* at(std::ptrdiff_t offset) const noexcept { return parameters.data() + offset; }
};

// Copies parameters, running statistics, and the record of the training; allocates nothing. Throws NIB_ERR_MISMATCH for
// a model of another network, input or vocabulary.
void copy_model(const Model& from, Model& to);

// Copies a tensor of the arena to or from a dense row-major array of rows * columns.
void read_tensor(const Tensor& tensor, const float* arena, float* values) noexcept;
void write_tensor(const Tensor& tensor, const float* values, float* arena) noexcept;

// Draws all parameters from the model's stream, in the order of the nodes, as documented at nib_model_options.
void initialise(Model& model);

// Sets the nodes' constants that come from the data: means and deviations of the training split.
void fit(Model& model, const DataTable& table);

} // namespace nib
