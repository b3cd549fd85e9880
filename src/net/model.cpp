#include "net/model.hpp"

#include "base/error.hpp"
#include "net/text.hpp"

#include <algorithm>
#include <utility>

namespace nib {

Model::Model(ModelDesign design, DataFormat data_format, Memory* memory_source)
    : seed(design.seed),
      input(design.input),
      loss(design.loss),
      network_text(print_network(design.network.items())),
      input_text(print_input(input)),
      loss_text(print_loss(loss)),
      context_length(design.network.input().kind == ShapeKind::symbols ? design.network.input().height : 0),
      format(std::move(data_format)),
      network(std::move(design.network)),
      layout(std::move(design.layout)),
      parameters(static_cast<std::size_t>(layout.size), memory_source),
      running(static_cast<std::size_t>(layout.running_size), memory_source),
      generator(seed),
      memory(memory_source)
{
    for (const Running& each : layout.running)
        for (std::ptrdiff_t i = 0; i < each.size; ++i) running.data()[each.spread + i] = 1.0f;
    for (const Scale& each : layout.scales) std::fill_n(running.data() + each.factor, each.size, 1.0f);
}

nib_model_options Model::options() const
{
    return {.struct_size = sizeof(nib_model_options),
            .network = network_text.c_str(),
            .input = input_text.c_str(),
            .seed = seed,
            .loss = loss_text.c_str()};
}

const Scale* Model::unscale() const
{
    return network.unscale() == nullptr ? nullptr : &layout.scale_of(network.nodes().size() - 1);
}

void copy_model(const Model& from, Model& to)
{
    const auto check_same = [](const char* what, bool same) {
        if (!same) throw Error(NIB_ERR_MISMATCH, "the models have another %s each: expected the same", what);
    };
    check_same("input", from.input_text == to.input_text);
    check_same("network", from.network_text == to.network_text);
    check_same(from.is_of_text() ? "vocabulary" : "table", from.format == to.format);
    std::copy(from.parameters.begin(), from.parameters.end(), to.parameters.begin());
    std::copy(from.running.begin(), from.running.end(), to.running.begin());
    ++to.revision;
    to.steps = from.steps;
    to.data_checksum = from.data_checksum;
    to.converted.clear();
}

void read_tensor(const Tensor& tensor, const float* arena, float* values) noexcept
{
    const float* from = arena + tensor.offset;
    for (std::ptrdiff_t r = 0; r < tensor.rows; ++r)
        for (std::ptrdiff_t c = 0; c < tensor.columns; ++c) *values++ = from[tensor.place(r, c)];
}

void write_tensor(const Tensor& tensor, const float* values, float* arena) noexcept
{
    float* to = arena + tensor.offset;
    for (std::ptrdiff_t r = 0; r < tensor.rows; ++r)
        for (std::ptrdiff_t c = 0; c < tensor.columns; ++c) to[tensor.place(r, c)] = *values++;
}

void initialise(Model& model)
{
    const std::vector<Node>& nodes = model.network.nodes();
    for (std::size_t i = 0; i < nodes.size(); ++i)
        if (nodes[i].kind->initialise != nullptr) nodes[i].kind->initialise(model, i);
    ++model.revision;
}

void fit(Model& model, const DataTable& table)
{
    const std::vector<Node>& nodes = model.network.nodes();
    for (std::size_t i = 0; i < nodes.size(); ++i)
        if (nodes[i].kind->fit != nullptr) nodes[i].kind->fit(model, i, table);
}

} // namespace nib
