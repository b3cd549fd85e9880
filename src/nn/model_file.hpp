// A model as a safetensors file: the tensors of PyTorch's state_dict, everything else in the metadata.
#pragma once

#include "io/safetensors.hpp"
#include "nn/model.hpp"

#include <string>
#include <vector>

namespace nib {

// Tensors named and shaped as the state_dict of the same torch.nn.Module, batch normalisation's running_mean,
// running_var and num_batches_tracked among them. A running standard deviation is stored as its square, from which the
// root gives it back exactly. Metadata: every field of nib_model_options by its name, "encoding", "vocabulary" (the
// symbols' code points or bytes, in decimal), "steps" and "format" ("pt"). Atomic, as write_file. Throws NIB_ERR_IO.
void save_model(const Model& model, const std::string& path);

// Throws NIB_ERR_IO, NIB_ERR_FORMAT for a file without this metadata or whose tensors do not have the shapes that it
// asks for, NIB_ERR_MISMATCH for a state_dict, which has none of it. The random stream starts anew from the seed.
Model load_model(const std::string& path, Memory* memory);

// Parameters and running statistics alone. Throws NIB_ERR_IO, NIB_ERR_FORMAT, or NIB_ERR_MISMATCH where tensors or
// vocabulary are not the model's, which then stays as it was.
void load_parameters(Model& model, const std::string& path);

// Saving and loading apart from the file, for files that hold more than a model. What a StoredModel holds points into
// it and into the model.
struct StoredModel {
    explicit StoredModel(const Model& model);

    std::vector<StoredTensor> tensors;
    Metadata metadata;

private:
    Buffer<float> dense_, variances_;
};
Model read_model(const Safetensors& file, Memory* memory);

// A tensor's shape and size as it is stored: dense.
Shape shape_of(const Tensor& tensor);
std::size_t count_of(const Tensor& tensor) noexcept;

} // namespace nib
