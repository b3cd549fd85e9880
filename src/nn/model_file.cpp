#include "nn/model_file.hpp"

#include "io/file.hpp"
#include "nn/model_metadata.hpp"

#include <cmath>
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
    Model model(get_options(file), get_vocabulary(file), memory);
    model.steps = get_steps(file);
    for (const Tensor& tensor : model.layout.tensors) {
        Buffer<float> dense(count_of(tensor), memory);
        file.read(tensor.name, shape_of(tensor), dense.span());
        write_tensor(tensor, dense.data(), model.parameters.data());
    }
    const bool is_std = model.options.bn_running == NIB_BN_RUNNING_STD;
    for_norms(model.layout, [&](const Running& running) {
        const Shape shape{running.outputs};
        const std::span<float> mean(model.running.data() + running.layer.running_mean, running.outputs);
        const std::span<float> spread(model.running.data() + running.layer.running_variance, running.outputs);
        file.read(running.name + "running_mean", shape, mean);
        file.read(running.name + "running_var", shape, spread);
        for (float& each : spread) each = is_std ? std::sqrt(each) : each;
    });
    return model;
}

Model load_model(const std::string& path, Memory* memory)
{
    return read_model(Safetensors(read_file(path, SIZE_MAX, memory), path), memory);
}

} // namespace nib
