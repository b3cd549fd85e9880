#include "net/model_file.hpp"

#include "base/error.hpp"
#include "net/check_numbers.hpp"
#include "net/file_checksum.hpp"
#include "net/model_metadata.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace nib {

namespace {

// Distinguishes a state_dict that PyTorch saved from a damaged file.
void check_metadata(const Safetensors& file)
{
    if (has_format(file) || !has_weights(file)) return;
    throw Error(
        NIB_ERR_MISMATCH,
        "%s: a state_dict without options and vocabulary in its metadata, which can only be loaded into a model "
        "of the same network",
        file.name().c_str());
}

ModelDesign design_of(const Safetensors& file, ModelSpec spec, const DataFormat& format)
{
    try {
        return ModelDesign(std::move(spec), shape_of(format));
    } catch (const Error& error) {
        if (error.status() != NIB_ERR_INVALID_ARGUMENT) throw;
        throw Error(NIB_ERR_FORMAT, "%s: the metadata's %s", file.name().c_str(), error.what());
    }
}

} // namespace

StoredModel::StoredModel(const Model& model)
    : dense_(static_cast<std::size_t>(model.layout.parameters), model.memory),
      variances_(model.running.size(), model.memory)
{
    float* next = dense_.data();
    for (const Tensor& tensor : model.layout.tensors) {
        read_tensor(tensor, model.parameters.data(), next);
        tensors.push_back(stored(tensor.name, shape_of(tensor), std::span<const float>(next, count_of(tensor))));
        next += count_of(tensor);
    }
    for (const Running& running : model.layout.running) {
        const auto size = static_cast<std::size_t>(running.size);
        const float* mean = model.running.data() + running.mean;
        const float* spread = model.running.data() + running.spread;
        float* variance = variances_.data() + running.spread;
        for (std::size_t i = 0; i < size; ++i) variance[i] = running.is_std ? spread[i] * spread[i] : spread[i];
        tensors.push_back(stored(running.mean_name(), {size}, std::span(mean, size)));
        tensors.push_back(stored(running.variance_name(), {size}, std::span<const float>(variance, size)));
        tensors.push_back(stored(running.count_name(), {}, std::span(&model.steps, 1)));
    }
    for (const Scale& scale : model.layout.scales) {
        const auto size = static_cast<std::size_t>(scale.size);
        tensors.push_back(stored(scale.mean_name(), {size}, std::span(model.running.data() + scale.mean, size)));
        tensors.push_back(stored(scale.factor_name(), {size}, std::span(model.running.data() + scale.factor, size)));
    }
    metadata = {{"format", "pt"}, {"steps", std::to_string(model.steps)}};
    put_options(model.options(), metadata);
    put_format(model.format, metadata);
    if (model.data_checksum) put_data_checksum(*model.data_checksum, metadata);
}

void save_model(const Model& model, const std::string& path)
{
    StoredModel file(model);
    save_with_checksum(path, std::move(file.tensors), std::move(file.metadata));
}

Buffer<char> model_bytes(const Model& model)
{
    StoredModel file(model);
    return bytes_with_checksum(std::move(file.tensors), std::move(file.metadata), model.memory);
}

ModelHead check_model_file(const Safetensors& file, const SpecWords& words, Writer writer)
{
    check_metadata(file);
    ModelSpec spec = get_options(file, words);
    DataFormat format = get_format(file);
    const std::int64_t steps = get_steps(file);
    ModelDesign design = design_of(file, std::move(spec), format);
    NetworkTensors tensors(file, design.layout, NIB_ERR_FORMAT, writer);
    check_checksum(file);
    return {std::move(design), std::move(format), steps, std::move(tensors)};
}

NumberRange range_of_spread(const Running& running) noexcept
{
    return running.divides_by_spread ? NumberRange::above_zero : NumberRange::not_negative;
}

void read_parameters(const NetworkTensors& tensors, const Model& model, float* parameters)
{
    std::size_t largest = 0;
    for (const Tensor& tensor : model.layout.tensors) largest = std::max(largest, count_of(tensor));
    Buffer<float> dense(largest, model.memory);
    for (const Tensor& tensor : model.layout.tensors) {
        const std::span<float> values(dense.data(), count_of(tensor));
        tensors.read(tensor.name, shape_of(tensor), values);
        check_numbers(NIB_ERR_FORMAT, tensors.file().name() + ": ", tensor.name, tensor, values);
        write_tensor(tensor, values.data(), parameters);
    }
}

void read_running(const NetworkTensors& tensors, const Model& model, float* statistics)
{
    const std::string where = tensors.file().name() + ": ";
    for (const Running& running : model.layout.running) {
        const auto size = static_cast<std::size_t>(running.size);
        const std::span<float> mean(statistics + running.mean, size), spread(statistics + running.spread, size);
        tensors.read(running.mean_name(), {size}, mean);
        tensors.read(running.variance_name(), {size}, spread);
        check_numbers(NIB_ERR_FORMAT, where, running.mean_name(), mean);
        check_numbers(NIB_ERR_FORMAT, where, running.variance_name(), spread, range_of_spread(running));
        for (float& each : spread) each = running.is_std ? std::sqrt(each) : each;
    }
    for (const Scale& scale : model.layout.scales) {
        const auto size = static_cast<std::size_t>(scale.size);
        const std::span<float> mean(statistics + scale.mean, size), factor(statistics + scale.factor, size);
        tensors.read(scale.mean_name(), {size}, mean);
        tensors.read(scale.factor_name(), {size}, factor);
        check_numbers(NIB_ERR_FORMAT, where, scale.mean_name(), mean);
        check_numbers(NIB_ERR_FORMAT, where, scale.factor_name(), factor, NumberRange::above_zero);
    }
}

Model read_model(const Safetensors& file, const SpecWords& words, Memory* memory)
{
    // Checked before the model is allocated: a small file may ask for a terabyte of parameters that it does not have.
    ModelHead head = check_model_file(file, words, Writer::any);
    Model model(std::move(head.design), std::move(head.format), memory);
    model.steps = head.steps;
    model.data_checksum = get_data_checksum(file);
    model.converted = head.tensors.converted();
    read_parameters(head.tensors, model, model.parameters.data());
    read_running(head.tensors, model, model.running.data());
    return model;
}

Model load_model(const std::string& path, const SpecWords& words, Memory* memory)
{
    return read_model(Safetensors::load(path, memory), words, memory);
}

void load_parameters(Model& model, const std::string& path, const TensorNames* names)
{
    load_parameters(model, Safetensors::load(path, model.memory), names);
}

void load_parameters(Model& model, const Safetensors& file, const TensorNames* names)
{
    const NetworkTensors tensors(file, model.layout, NIB_ERR_MISMATCH, Writer::any, names);
    check_checksum(file);
    if (has_format(file) && get_format(file) != model.format)
        throw Error(NIB_ERR_MISMATCH, "%s: its %s", file.name().c_str(),
                    model.is_of_text() ? "vocabulary is not the model's" : "columns or classes are not the model's");
    // Building names and shapes may run out of memory, so the model changes last.
    Buffer<float> parameters(model.parameters.size(), model.memory), running(model.running.size(), model.memory);
    read_parameters(tensors, model, parameters.data());
    read_running(tensors, model, running.data());
    std::string converted = tensors.converted();
    std::copy(parameters.begin(), parameters.end(), model.parameters.begin());
    std::copy(running.begin(), running.end(), model.running.begin());
    ++model.revision;
    model.converted = std::move(converted);
}

} // namespace nib
