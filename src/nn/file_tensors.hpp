// The tensors of a model file: which there are, and that a file has these and no others.
#pragma once

#include "io/safetensors.hpp"
#include "nn/layout.hpp"
#include "random/mt19937.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace nib {

// What a checkpoint has beside the model; train/checkpoint.hpp says what they hold.
inline constexpr const char* running_name = "trainer.running";
inline constexpr const char* random_name = "trainer.random";
inline constexpr std::size_t random_size = Mt19937::state_size + 3;
std::string moment_name(const Tensor& tensor, bool second);

// A tensor's shape and size as it is stored: dense.
Shape shape_of(const Tensor& tensor);
std::size_t count_of(const Tensor& tensor) noexcept;

// A normalised layer's buffers, as PyTorch names them.
struct Running {
    std::string mean, variance, count;
    const Layer* layer;
    std::size_t outputs;
};
std::vector<Running> running_of(const Layout& layout);

// Throws status, naming file and tensor, unless the file has every parameter and running statistic of the network, and
// beside them none but num_batches_tracked and what a checkpoint has, each of its type and shape. A count of batches
// that is out of its range, 0 to most_steps, is NIB_ERR_FORMAT.
void check_tensors(const Safetensors& file, const Layout& layout, nib_status status);

} // namespace nib
