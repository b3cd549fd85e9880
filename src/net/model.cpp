#include "net/model.hpp"

#include "base/error.hpp"
#include "net/text.hpp"

#include <algorithm>

namespace nib {

Model::Model(ModelSpec spec, Vocabulary symbols, Memory* memory_source)
    : seed(spec.seed),
      network_text(print_network(spec.layers)),
      input_text(print_input(spec.input)),
      context_length(spec.input.kind->shape(spec.input.options).length),
      vocabulary(std::move(symbols)),
      network(std::move(spec.layers), spec.input.kind->shape(spec.input.options), vocabulary.size()),
      layout(network, vocabulary.size()),
      parameters(static_cast<std::size_t>(layout.size), memory_source),
      running(static_cast<std::size_t>(layout.running_size), memory_source),
      generator(seed),
      memory(memory_source)
{
    for (const Running& each : layout.running)
        for (std::ptrdiff_t i = 0; i < each.size; ++i) running.data()[each.spread + i] = 1.0f;
}

nib_model_options Model::options() const
{
    return {.struct_size = sizeof(nib_model_options),
            .network = network_text.c_str(),
            .input = input_text.c_str(),
            .seed = seed};
}

void copy_model(const Model& from, Model& to)
{
    const auto check_same = [](const char* what, bool same) {
        if (!same) throw Error(NIB_ERR_MISMATCH, "the models have another %s each: expected the same", what);
    };
    check_same("input", from.input_text == to.input_text);
    check_same("network", from.network_text == to.network_text);
    check_same("vocabulary", from.vocabulary == to.vocabulary);
    std::copy(from.parameters.begin(), from.parameters.end(), to.parameters.begin());
    std::copy(from.running.begin(), from.running.end(), to.running.begin());
    to.steps = from.steps;
    to.data_checksum = from.data_checksum;
    to.converted.clear();
}

void read_tensor(const Tensor& tensor, const float* arena, float* values) noexcept
{
    const float* from = arena + tensor.offset;
    for (std::ptrdiff_t r = 0; r < tensor.rows; ++r) {
        for (std::ptrdiff_t c = 0; c < tensor.columns; ++c) {
            *values++ = from[r * tensor.row_stride + c * tensor.column_stride];
        }
    }
}

void write_tensor(const Tensor& tensor, const float* values, float* arena) noexcept
{
    float* to = arena + tensor.offset;
    for (std::ptrdiff_t r = 0; r < tensor.rows; ++r) {
        for (std::ptrdiff_t c = 0; c < tensor.columns; ++c) {
            to[r * tensor.row_stride + c * tensor.column_stride] = *values++;
        }
    }
}

void initialise(Model& model)
{
    const std::vector<Node>& nodes = model.network.nodes();
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        if (nodes[i].kind->initialise != nullptr) nodes[i].kind->initialise(model, i);
    }
}

} // namespace nib
