#include "layers/embedding.hpp"

#include "layers/list.hpp"
#include "net/evaluation.hpp"
#include "net/fold_list.hpp"
#include "net/planner.hpp"

#include <algorithm>

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

void declare(const Node& node, std::ptrdiff_t symbols, Layout& layout)
{
    layout.add_matrix_by_columns(node.position + ".weight", symbols, node.out.width);
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

// Each thread owns some columns of the matrix, for all symbols and places.
struct EmbeddingStep {
    const Tensor* weight;
    std::ptrdiff_t length, batch, stride;
    Range own;
    StepBuffer y;
    GradientParts dy;
};

void forward(StepState& s, const EmbeddingStep& e)
{
    float* to = e.y.at(s.step);
    for (std::ptrdiff_t place = 0; place < e.length; ++place) {
        for (std::ptrdiff_t column = e.own.first; column < e.own.last; ++column) {
            const float* values = s.parameter(e.weight->offset + column * e.weight->column_stride);
            float* row = to + (place * e.weight->columns + column) * e.stride;
            const std::int32_t* symbol = s.batch.contexts + place;
            for (std::ptrdiff_t b = 0; b < e.batch; ++b, symbol += e.length) row[b] = values[*symbol];
        }
    }
}

// Each symbol gets the gradients of all places where it stood, in the order of places and examples.
void backward(StepState& s, const EmbeddingStep& e)
{
    for (std::ptrdiff_t column = e.own.first; column < e.own.last; ++column) {
        float* gradient = s.gradients + e.weight->offset + column * e.weight->column_stride;
        std::fill_n(gradient, e.weight->rows, 0.0f);
        for (std::ptrdiff_t place = 0; place < e.length; ++place) {
            const std::ptrdiff_t row = place * e.weight->columns + column;
            s.kernels.sum_parts(e.stride, e.dy.at(s.step) + row * e.stride, e.dy.count, e.dy.stride, s.lines);
            const std::int32_t* symbol = s.batch.contexts + place;
            for (std::ptrdiff_t b = 0; b < e.batch; ++b, symbol += e.length) gradient[*symbol] += s.lines[b];
        }
    }
    s.update(*e.weight, e.own);
}

void plan(std::size_t node, int, Planner& p)
{
    const int output = static_cast<int>(node) + 1;
    const Tensor& weight = p.model().layout.tensor(node, 0);
    const EmbeddingStep e = {.weight = &weight,
                             .length = p.model().context_length,
                             .batch = p.batch(),
                             .stride = p.stride(),
                             .own = slice(weight.columns, p.threads(), p.thread()),
                             .y = p.value(output),
                             .dy = p.gradient(output)};
    // Its rows are not those of the height's shares.
    p.forward<forward>(e, {}, {{e.y.id, Reach::all}});
    p.backward<backward>(e, {{e.dy.buffer.id, Reach::all}}, {});
}

void fold(const Node& node, FoldList& list) { list.add_weights(infer::OperationKind::lookup, node); }

PytorchModule pytorch(const Node& node, std::ptrdiff_t classes)
{
    return {python_call("nn.Embedding", {std::to_string(classes), std::to_string(node.out.width)})};
}

} // namespace

constinit const LayerKind embedding_layer = {
    .word = {.name = "embedding", .help = "a vector of N numbers for each symbol", .sizes = sizes, .required = 1},
    .expects = "symbols",
    .shape = shape,
    .declare = declare,
    .initialise = initialise,
    .evaluate = evaluate,
    .plan = plan,
    .fold = fold,
    .pytorch = pytorch,
};

} // namespace nib
