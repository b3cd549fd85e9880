#include "layers/embedding.hpp"

#include "layers/list.hpp"
#include "net/evaluation.hpp"
#include "net/model.hpp"

namespace nib {

namespace {

constexpr Field sizes[] = {
    number_field<&EmbeddingOptions::width>("width", {1, 4096}, 24, "numbers of a symbol"),
};

std::optional<LayerShape> shape(const LayerSpec& spec, const LayerShape& in)
{
    if (in.kind != ShapeKind::symbols) return std::nullopt;
    return LayerShape{ShapeKind::sequence, in.length, spec.options.as<EmbeddingOptions>().width};
}

void declare(const Node& node, std::ptrdiff_t classes, Layout& layout)
{
    layout.add_matrix_by_columns(node.position + ".weight", classes, node.out.width);
}

// Standard normal, as (vocabulary, E).
void initialise(Model& model, std::size_t node)
{
    const Tensor& weight = model.layout.tensor(node, 0);
    Buffer<float> drawn(static_cast<std::size_t>(weight.rows * weight.columns), model.memory);
    randn(model.generator, drawn.span());
    write_tensor(weight, drawn.data(), model.parameters.data());
}

// Number e of the symbol at place t of each context becomes row t * E + e.
void evaluate(const Model& model, std::size_t node, int, const Evaluation& e)
{
    const Tensor& weight = model.layout.tensor(node, 0);
    const std::ptrdiff_t length = model.context_length;
    float* to = e.to;
    for (std::ptrdiff_t place = 0; place < length; ++place) {
        for (std::ptrdiff_t column = 0; column < weight.columns; ++column, to += evaluation_chunk) {
            const float* values = model.at(weight.offset + column * weight.column_stride);
            for (std::ptrdiff_t i = 0; i < e.count; ++i) to[i] = values[e.contexts[i * length + place]];
        }
    }
}

} // namespace

constinit const LayerKind embedding_layer = {
    .word = {.name = "embedding", .help = "a vector of N numbers for each symbol", .sizes = sizes, .required = 1},
    .expects = "symbols",
    .shape = shape,
    .declare = declare,
    .initialise = initialise,
    .evaluate = evaluate,
};

} // namespace nib
