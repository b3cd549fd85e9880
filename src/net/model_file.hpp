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

// Tensors named and shaped as the state_dict of the same torch.nn.Module, batch normalisation's running_mean,
// running_var and num_batches_tracked among them. A running standard deviation is stored as its square, from which the
// root gives it back exactly. Metadata: every field of nib_model_options by its name, "encoding", "vocabulary" (the
// symbols' code points or bytes, in decimal), "steps", "data.crc32c" (Text::checksum), "format" ("pt") and "checksum"
// (net/file_checksum.hpp). Atomic, as write_file. Throws NIB_ERR_IO.
void save_model(const Model& model, const std::string& path);

// Throws NIB_ERR_IO, NIB_ERR_FORMAT for a file without this metadata, whose tensors are not just those that it asks
// for, whose checksum does not fit or whose numbers are not good ones, NIB_ERR_MISMATCH for a state_dict, which has no
// metadata. Names with a prefix and numbers of other floating types are taken (NetworkTensors); model.converted says
// so. The random stream starts anew from the seed. A text whose words are not known is NIB_ERR_FORMAT.
Model load_model(const std::string& path, const SpecWords& words, Memory* memory);

// Parameters and running statistics alone. Throws NIB_ERR_IO, NIB_ERR_FORMAT as load_model, or NIB_ERR_MISMATCH where
// tensors, or vocabulary or columns, are not the model's; the model then stays as it was.
void load_parameters(Model& model, const std::string& path);
void load_parameters(Model& model, const Safetensors& file);

// Saving and loading apart from the file, for files that hold more than a model. What a StoredModel holds points into
// it and into the model.
struct StoredModel {
    explicit StoredModel(const Model& model);

    std::vector<StoredTensor> tensors;
    Metadata metadata;

private:
    Buffer<float> dense_, variances_;
};
Model read_model(const Safetensors& file, const SpecWords& words, Memory* memory);

// The beginning of read_model: nothing is allocated yet, and no number read. The tensors are matched to the network
// before the checksum is looked at, since that they are another network's says more.
struct ModelHead {
    ModelDesign design;
    DataFormat format;
    std::int64_t steps;
    NetworkTensors tensors;
};
ModelHead check_model_file(const Safetensors& file, const SpecWords& words, Writer writer);

// The numbers of the model's tensors into arrays as the model's own. Throw NIB_ERR_FORMAT for one
// that is not finite, or a variance that is negative or would be divided by at 0.
void read_parameters(const NetworkTensors& tensors, const Model& model, float* parameters);
void read_running(const NetworkTensors& tensors, const Model& model, float* statistics);

// The range of a running variance or standard deviation.
NumberRange range_of_spread(const Running& running) noexcept;

} // namespace nib
