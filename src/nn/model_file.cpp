#include "nn/model_file.hpp"

#include "base/error.hpp"
#include "nn/check_numbers.hpp"
#include "nn/file_checksum.hpp"
#include "nn/model_metadata.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace nib {

namespace {

// A state_dict that PyTorch saved is to be told from a damaged file.
void check_metadata(const Safetensors& file)
{
    if (file.metadata().contains(vocabulary_key) || !has_embedding(file)) return;
    throw Error(
        NIB_ERR_MISMATCH,
        "%s: a state_dict without options and vocabulary in its metadata, which can only be loaded into a model "
        "of the same network",
        file.name().c_str());
}

} // namespace

StoredModel::StoredModel(const Model& model)
    : dense_(static_cast<std::size_t>(model.layout.parameters), model.memory),
      variances_(model.running.size(), model.memory)
{
    const bool is_std = model.options.bn_running == NIB_BN_RUNNING_STD;
    float* next = dense_.data();
    for (const Tensor& tensor : model.layout.tensors) {
        read_tensor(tensor, model.parameters.data(), next);
        tensors.push_back(stored(tensor.name, shape_of(tensor), std::span<const float>(next, count_of(tensor))));
        next += count_of(tensor);
    }
    for (const Running& running : running_of(model.layout)) {
        const float* mean = model.running.data() + running.layer->running_mean;
        const float* spread = model.running.data() + running.layer->running_variance;
        float* variance = variances_.data() + running.layer->running_variance;
        for (std::size_t i = 0; i < running.outputs; ++i) variance[i] = is_std ? spread[i] * spread[i] : spread[i];
        const Shape shape{running.outputs};
        tensors.push_back(stored(running.mean, shape, std::span(mean, running.outputs)));
        tensors.push_back(stored(running.variance, shape, std::span<const float>(variance, running.outputs)));
        tensors.push_back(stored(running.count, {}, std::span(&model.steps, 1)));
    }
    metadata = {{"format", "pt"}, {"steps", std::to_string(model.steps)}};
    put_options(model.options, metadata);
    put_vocabulary(model.vocabulary, metadata);
    if (model.data_checksum) put_data_checksum(*model.data_checksum, metadata);
}

void save_model(const Model& model, const std::string& path)
{
    StoredModel file(model);
    save_with_checksum(path, std::move(file.tensors), std::move(file.metadata));
}

ModelHead check_model_file(const Safetensors& file, Writer writer)
{
    check_metadata(file);
    const nib_model_options options = get_options(file);
    Vocabulary vocabulary = get_vocabulary(file);
    const std::int64_t steps = get_steps(file);
    NetworkTensors tensors(file, Layout(options, vocabulary.size()), NIB_ERR_FORMAT, writer);
    check_checksum(file);
    return {options, std::move(vocabulary), steps, std::move(tensors)};
}

NumberRange range_of_spread(const nib_model_options& options) noexcept
{
    const bool nothing_added = options.bn_running == NIB_BN_RUNNING_STD || options.bn_eps == 0;
    return nothing_added ? NumberRange::above_zero : NumberRange::not_negative;
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
    const bool is_std = model.options.bn_running == NIB_BN_RUNNING_STD;
    const std::string where = tensors.file().name() + ": ";
    for (const Running& running : running_of(model.layout)) {
        const Shape shape{running.outputs};
        const std::span<float> mean(statistics + running.layer->running_mean, running.outputs);
        const std::span<float> spread(statistics + running.layer->running_variance, running.outputs);
        tensors.read(running.mean, shape, mean);
        tensors.read(running.variance, shape, spread);
        check_numbers(NIB_ERR_FORMAT, where, running.mean, mean);
        check_numbers(NIB_ERR_FORMAT, where, running.variance, spread, range_of_spread(model.options));
        for (float& each : spread) each = is_std ? std::sqrt(each) : each;
    }
}

Model read_model(const Safetensors& file, Memory* memory)
{
    // Before the model is allocated: a small file may ask for a terabyte of parameters that it does not have.
    ModelHead head = check_model_file(file, Writer::any);
    Model model(head.options, std::move(head.vocabulary), memory);
    model.steps = head.steps;
    model.data_checksum = get_data_checksum(file);
    model.converted = head.tensors.converted();
    read_parameters(head.tensors, model, model.parameters.data());
    read_running(head.tensors, model, model.running.data());
    return model;
}

Model load_model(const std::string& path, Memory* memory)
{
    return read_model(Safetensors::load(path, memory), memory);
}

void load_parameters(Model& model, const std::string& path)
{
    load_parameters(model, Safetensors::load(path, model.memory));
}

void load_parameters(Model& model, const Safetensors& file)
{
    const NetworkTensors tensors(file, model.layout, NIB_ERR_MISMATCH, Writer::any);
    check_checksum(file);
    if (file.metadata().contains(vocabulary_key) && get_vocabulary(file) != model.vocabulary)
        throw Error(NIB_ERR_MISMATCH, "%s: its vocabulary is not the model's", file.name().c_str());
    // Names and shapes are made up meanwhile, for which there may be no memory: the model changes last.
    Buffer<float> parameters(model.parameters.size(), model.memory), running(model.running.size(), model.memory);
    read_parameters(tensors, model, parameters.data());
    read_running(tensors, model, running.data());
    std::string converted = tensors.converted();
    std::copy(parameters.begin(), parameters.end(), model.parameters.begin());
    std::copy(running.begin(), running.end(), model.running.begin());
    model.converted = std::move(converted);
}

} // namespace nib
