// A model as a safetensors file: the tensors of PyTorch's state_dict, everything else in the metadata.
#pragma once

#include "io/safetensors.hpp"
#include "net/check_numbers.hpp"
#include "net/file_tensors.hpp"
#include "net/model.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nib {

// The tensors have the names and shapes of the state_dict of the same torch.nn.Module, including batch normalisation's
// running_mean, running_var and num_batches_tracked. A running standard deviation is stored as its square, whose root
// gives it back exactly. Metadata: every field of nib_model_options by its name, "encoding", "vocabulary" (the symbols'
// code points or bytes, in decimal), "steps", "data.crc32c" (Text::checksum), "format" ("pt") and "checksum"
// (net/file_checksum.hpp). Atomic, as write_file. Throws NIB_ERR_IO.
void save_model(const Model& model, const std::string& path);

// The bytes of the file that save_model writes.
Buffer<char> model_bytes(const Model& model);

// Throws NIB_ERR_IO; NIB_ERR_FORMAT for a file that lacks this metadata, whose tensors are not exactly those that the
// metadata ask for, whose checksum does not match, whose numbers are not valid, or whose text has unknown words;
// NIB_ERR_MISMATCH for a state_dict, which has no metadata. Names with a prefix and numbers of other floating types are
// accepted (NetworkTensors); model.converted says so. The random stream starts anew from the seed.
Model load_model(const std::string& path, const SpecWords& words, Memory* memory);

// Loads parameters and running statistics alone. Throws NIB_ERR_IO, NIB_ERR_FORMAT as load_model, or NIB_ERR_MISMATCH
// if the tensors, or the vocabulary or columns, are not the model's; the model is then unchanged. names:
// NetworkTensors'.
void load_parameters(Model& model, const std::string& path, const TensorNames* names = nullptr);
void load_parameters(Model& model, const Safetensors& file, const TensorNames* names = nullptr);

// Saving and loading without the file itself, for files that hold more than a model. A StoredModel points into itself
// and into the model.
struct StoredModel {
    explicit StoredModel(const Model& model);

    std::vector<StoredTensor> tensors;
    Metadata metadata;

private:
    Buffer<float> dense_, variances_;
};
Model read_model(const Safetensors& file, const SpecWords& words, Memory* memory);

// The beginning of read_model: nothing is allocated yet, and no number read. The tensors are matched to the network
// before the checksum is checked, because an error about another network's tensors says more.
struct ModelHead {
    ModelDesign design;
    DataFormat format;
    std::int64_t steps;
    NetworkTensors tensors;
};
ModelHead check_model_file(const Safetensors& file, const SpecWords& words, Writer writer);

// Reads the numbers of the model's tensors into arrays laid out as the model's. Throws NIB_ERR_FORMAT for a number that
// is not finite, a negative variance, or a variance of 0 that would be a divisor.
void read_parameters(const NetworkTensors& tensors, const Model& model, float* parameters);
void read_running(const NetworkTensors& tensors, const Model& model, float* statistics);

// The valid range of a running variance or standard deviation.
NumberRange range_of_spread(const Running& running) noexcept;

} // namespace nib
