#include "nn/model_file.hpp"

#include "base/error.hpp"
#include "io/file.hpp"
#include "nn/model_metadata.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

namespace nib {

Shape shape_of(const Tensor& tensor)
{
    Shape shape{static_cast<std::uint64_t>(tensor.rows)};
    if (!tensor.vector) shape.push_back(static_cast<std::uint64_t>(tensor.columns));
    return shape;
}

std::size_t count_of(const Tensor& tensor) noexcept { return static_cast<std::size_t>(tensor.rows * tensor.columns); }

namespace {

// A normalised layer's buffers, as PyTorch names them.
struct Running {
    Running(const Layout& layout, std::size_t index)
        : layer(layout.layers[index]),
          outputs(static_cast<std::size_t>(layer.outputs)),
          name((index + 1 == layout.layers.size() ? "output" : "hidden." + std::to_string(index)) + ".batchnorm.")
    {
    }

    const Layer& layer;
    std::size_t outputs;
    std::string name;
};

template <class Each>
void for_norms(const Layout& layout, Each each)
{
    for (std::size_t i = 0; i < layout.layers.size(); ++i) {
        if (layout.layers[i].norm) each(Running(layout, i));
    }
}

// Of a file that fits the model, into arrays as the model's own.
void read_tensors(const Safetensors& file, const Model& model, float* parameters, float* statistics)
{
    std::size_t largest = 0;
    for (const Tensor& tensor : model.layout.tensors) largest = std::max(largest, count_of(tensor));
    Buffer<float> dense(largest, model.memory);
    for (const Tensor& tensor : model.layout.tensors) {
        file.read(tensor.name, shape_of(tensor), std::span<float>(dense.data(), count_of(tensor)));
        write_tensor(tensor, dense.data(), parameters);
    }
    const bool is_std = model.options.bn_running == NIB_BN_RUNNING_STD;
    for_norms(model.layout, [&](const Running& running) {
        const Shape shape{running.outputs};
        const std::span<float> mean(statistics + running.layer.running_mean, running.outputs);
        const std::span<float> spread(statistics + running.layer.running_variance, running.outputs);
        file.read(running.name + "running_mean", shape, mean);
        file.read(running.name + "running_var", shape, spread);
        for (float& each : spread) each = is_std ? std::sqrt(each) : each;
    });
}

// A state_dict that PyTorch saved is to be told from a damaged file.
void check_metadata(const Safetensors& file)
{
    if (file.metadata().contains("vocabulary") || file.find("embedding.weight") == nullptr) return;
    throw Error(
        NIB_ERR_MISMATCH,
        "%s: a state_dict without options and vocabulary in its metadata, which can only be loaded into a model "
        "of the same network",
        file.name().c_str());
}

// Throws NIB_ERR_MISMATCH unless the file has just the tensors of the network; such of other names may be beside them.
void check_network(const Safetensors& file, const Layout& layout)
{
    std::map<std::string, Shape> expected;
    for (const Tensor& tensor : layout.tensors) expected[tensor.name] = shape_of(tensor);
    std::set<std::string> allowed;
    for_norms(layout, [&](const Running& running) {
        for (const char* each : {"running_mean", "running_var"}) expected[running.name + each] = {running.outputs};
        allowed.insert(running.name + "num_batches_tracked");
    });
    for (const auto& [name, shape] : expected) {
        const StoredTensor* found = file.find(name);
        if (found == nullptr)
            throw Error(NIB_ERR_MISMATCH, "%s: %s is missing: expected %s floats", file.name().c_str(), name.c_str(),
                        joined(shape, " x ").c_str());
        if (found->dtype != Dtype::f32 || found->shape != shape)
            throw Error(NIB_ERR_MISMATCH, "%s: %s is %s%s: expected %s floats", file.name().c_str(), name.c_str(),
                        joined(found->shape, " x ").c_str(), found->dtype != Dtype::f32 ? " of another type" : "",
                        joined(shape, " x ").c_str());
    }
    for (const StoredTensor& tensor : file.tensors()) {
        const bool ours = tensor.name.starts_with("hidden.") || tensor.name.starts_with("output.");
        if (ours && !expected.contains(tensor.name) && !allowed.contains(tensor.name))
            throw Error(NIB_ERR_MISMATCH, "%s: %s is no tensor of this network", file.name().c_str(),
                        tensor.name.c_str());
    }
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
    for_norms(model.layout, [&](const Running& running) {
        const float* mean = model.running.data() + running.layer.running_mean;
        const float* spread = model.running.data() + running.layer.running_variance;
        float* variance = variances_.data() + running.layer.running_variance;
        for (std::size_t i = 0; i < running.outputs; ++i) variance[i] = is_std ? spread[i] * spread[i] : spread[i];
        const Shape shape{running.outputs};
        tensors.push_back(stored(running.name + "running_mean", shape, std::span(mean, running.outputs)));
        tensors.push_back(
            stored(running.name + "running_var", shape, std::span<const float>(variance, running.outputs)));
        tensors.push_back(stored(running.name + "num_batches_tracked", {}, std::span(&model.steps, 1)));
    });
    metadata = {{"format", "pt"}, {"steps", std::to_string(model.steps)}};
    put_options(model.options, metadata);
    put_vocabulary(model.vocabulary, metadata);
}

void save_model(const Model& model, const std::string& path)
{
    StoredModel file(model);
    save_safetensors(path, std::move(file.tensors), file.metadata);
}

Model read_model(const Safetensors& file, Memory* memory)
{
    check_metadata(file);
    const nib_model_options options = get_options(file);
    Vocabulary vocabulary = get_vocabulary(file);
    // Before the model is allocated: a small file may ask for a terabyte of parameters that it does not have.
    for (const Tensor& tensor : Layout(options, vocabulary.size()).tensors) {
        file.expect(tensor.name, Dtype::f32, shape_of(tensor));
    }
    Model model(options, std::move(vocabulary), memory);
    model.steps = get_steps(file);
    read_tensors(file, model, model.parameters.data(), model.running.data());
    return model;
}

Model load_model(const std::string& path, Memory* memory)
{
    return read_model(Safetensors(read_file(path, SIZE_MAX, memory), path), memory);
}

void load_parameters(Model& model, const std::string& path)
{
    const Safetensors file(read_file(path, SIZE_MAX, model.memory), path);
    check_network(file, model.layout);
    if (file.metadata().contains("vocabulary") && get_vocabulary(file) != model.vocabulary)
        throw Error(NIB_ERR_MISMATCH, "%s: its vocabulary is not the model's", path.c_str());
    // Names and shapes are made up meanwhile, for which there may be no memory: the model changes last.
    Buffer<float> parameters(model.parameters.size(), model.memory), running(model.running.size(), model.memory);
    read_tensors(file, model, parameters.data(), running.data());
    std::copy(parameters.begin(), parameters.end(), model.parameters.begin());
    std::copy(running.begin(), running.end(), model.running.begin());
}

} // namespace nib
