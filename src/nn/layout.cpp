#include "nn/layout.hpp"

#include "base/error.hpp"

namespace nib {

Layout::Layout(const nib_model_options& options, std::ptrdiff_t vocabulary_size)
    : vocabulary(vocabulary_size), embedding_size(options.embedding_size), context_length(options.context_length)
{
    embedding_stride = row_stride(vocabulary);
    embedding = reserve(embedding_size, embedding_stride);
    tensors.push_back({"embedding.weight", embedding, vocabulary, embedding_size, 1, embedding_stride, false});

    std::ptrdiff_t inputs = context_length * embedding_size;
    for (int i = 0; i < options.hidden_layers; ++i) {
        add_layer("hidden." + std::to_string(i), inputs, options.hidden_size, options.batchnorm != 0,
                  options.activation);
        inputs = options.hidden_size;
    }
    add_layer("output", inputs, vocabulary, options.output_batchnorm != 0, NIB_IDENTITY);
    for (const Tensor& tensor : tensors) parameters += tensor.rows * tensor.columns;
}

std::ptrdiff_t Layout::reserve(std::ptrdiff_t rows, std::ptrdiff_t stride)
{
    std::ptrdiff_t floats = 0, end = 0;
    if (__builtin_mul_overflow(rows, stride, &floats) || __builtin_add_overflow(size, padded(floats), &end) ||
        end > PTRDIFF_MAX / 64) {
        throw Error(NIB_ERR_NO_MEMORY, "a model of this size does not fit the address space");
    }
    const std::ptrdiff_t offset = size;
    size = end;
    return offset;
}

std::ptrdiff_t Layout::add_vector(const std::string& name, std::ptrdiff_t n)
{
    const std::ptrdiff_t offset = reserve(1, n);
    tensors.push_back({name, offset, n, 1, 1, 1, true});
    return offset;
}

void Layout::add_layer(const std::string& name, std::ptrdiff_t inputs, std::ptrdiff_t outputs, bool norm,
                       nib_activation activation)
{
    Layer layer{};
    layer.inputs = inputs;
    layer.outputs = outputs;
    layer.weight_stride = row_stride(inputs);
    layer.weight = reserve(outputs, layer.weight_stride);
    layer.norm = norm;
    layer.activation = activation;
    tensors.push_back({name + ".linear.weight", layer.weight, outputs, inputs, layer.weight_stride, 1, false});
    layer.gamma = layer.running_mean = layer.running_variance = -1;
    if (norm) {
        layer.gamma = add_vector(name + ".batchnorm.weight", outputs);
        layer.shift = add_vector(name + ".batchnorm.bias", outputs);
        layer.running_mean = running_size;
        layer.running_variance = running_size + padded(outputs);
        running_size += 2 * padded(outputs);
    } else {
        layer.shift = add_vector(name + ".linear.bias", outputs);
    }
    layers.push_back(layer);
}

} // namespace nib
