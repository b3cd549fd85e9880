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
    return LayerShape{ShapeKind::sequence, 1, in.height, spec.options.as<EmbeddingOptions>().width};
}

void declare(const Node& node, std::ptrdiff_t symbols, Layout& layout)
{
    layout.add_matrix_by_columns(node.position + ".weight", symbols, node.out.width);
}

// Standard normal numbers, drawn in the order of a (vocabulary, E) matrix.
void initialise(Model& model, std::size_t node)
{
    const Tensor& weight = model.layout.tensor(node, 0);
    Buffer<float> drawn(static_cast<std::size_t>(weight.rows * weight.columns), model.memory);
    randn(model.generator, drawn.span());
    write_tensor(weight, drawn.data(), model.parameters.data());
}

// Number e of the symbol at place t of each context goes to row t * E + e.
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

// Looks up one place of `count` examples from `first` on. Their symbols are read once for all columns.
template <int count>
void look_up(const StepState& s, const EmbeddingStep& e, std::ptrdiff_t place, std::ptrdiff_t first)
{
    std::int32_t symbols[count];
    for (int b = 0; b < count; ++b) symbols[b] = s.batch.contexts[(first + b) * e.length + place];
    float* to = e.y.at(s.step) + (place * e.weight->columns + e.own.first) * e.stride + first;
    const float* values = s.parameter(e.weight->offset + e.own.first * e.weight->column_stride);
    for (std::ptrdiff_t column = 0; column < e.own.size(); ++column) {
        for (int b = 0; b < count; ++b) to[b] = values[symbols[b]];
        to += e.stride;
        values += e.weight->column_stride;
    }
}

void forward(StepState& s, const EmbeddingStep& e)
{
    for (std::ptrdiff_t place = 0; place < e.length; ++place) {
        std::ptrdiff_t b = 0;
        for (; b + 8 <= e.batch; b += 8) look_up<8>(s, e, place, b);
        for (; b < e.batch; ++b) look_up<1>(s, e, place, b);
    }
}

// A place's gradients by example, and their sums by symbol in each of the rank's segments. The numbers of a symbol lie
// side by side in both: they are added as vectors, and each symbol's address is computed once. A step of lecture-deep
// takes 1% less time.
struct SumsBySymbol {
    std::ptrdiff_t symbols, width;
    float *by_example, *sums;
    Range segments; // the rank's

    SumsBySymbol(const EmbeddingStep& e, const Segments& all, float* memory)
        : symbols(e.weight->rows),
          width(padded(e.own.size())),
          by_example(memory),
          sums(memory + e.batch * width),
          segments(all.own())
    {
    }
    static std::ptrdiff_t floats(const EmbeddingStep& e, const Segments& all)
    {
        return (e.batch + all.own().size() * e.weight->rows) * padded(e.own.size());
    }

    std::ptrdiff_t size() const noexcept { return symbols * width; }
    float* of(std::ptrdiff_t segment) const noexcept { return sums + (segment - segments.first) * size(); }
};

void add_numbers(std::ptrdiff_t count, const float* from, float* to)
{
    for (std::ptrdiff_t i = 0; i < count; ++i) to[i] += from[i];
}

void copy_numbers(std::ptrdiff_t count, const float* from, float* to)
{
    for (std::ptrdiff_t i = 0; i < count; ++i) to[i] = from[i];
}

void add_place(StepState& s, const EmbeddingStep& e, std::ptrdiff_t place, const SumsBySymbol& by)
{
    const std::ptrdiff_t count = e.own.size();
    const float* dy = e.dy.sum(s, (place * e.weight->columns + e.own.first) * e.stride, count * e.stride);
    s.kernels.transpose(count, e.batch, dy, e.stride, by.by_example, by.width);
    const std::int32_t* symbol = s.batch.contexts + place;
    const float* from = by.by_example;
    s.segments.for_own([&](std::ptrdiff_t segment, const Range& examples) {
        for (std::ptrdiff_t b = examples.first; b < examples.last; ++b, symbol += e.length, from += by.width)
            add_numbers(count, from, by.of(segment) + *symbol * by.width);
    });
}

// Each symbol gets the gradients of all places where it stood, in the order of places and, in a segment, of examples.
void backward(StepState& s, const EmbeddingStep& e)
{
    if (e.own.size() == 0) return;
    const SumsBySymbol by(e, s.segments, s.examples);
    std::fill_n(by.sums, by.segments.size() * by.size(), 0.0f);
    for (std::ptrdiff_t place = 0; place < e.length; ++place) add_place(s, e, place, by);
    s.segments.join_own([&](const SegmentNode& left, const SegmentNode& right) {
        s.kernels.add(by.size(), by.of(left.first), by.of(right.first), by.of(left.first));
    });
    const std::ptrdiff_t line = e.weight->column_stride;
    s.for_nodes([&](const SegmentNode& node, float* gradients) {
        s.kernels.transpose(by.symbols, e.own.size(), by.of(node.first), by.width,
                            gradients + e.weight->offset + e.own.first * line, line);
    });
    s.update(*e.weight, e.own);
}

EmbeddingStep step_of(std::size_t node, Planner& p)
{
    const int output = static_cast<int>(node) + 1;
    const Tensor& weight = p.model().layout.tensor(node, 0);
    return {.weight = &weight,
            .length = p.model().context_length,
            .batch = p.batch(),
            .stride = p.stride(),
            .own = slice(weight.columns, p.threads(), p.thread()),
            .y = p.value(output),
            .dy = p.gradient(output)};
}

void plan(std::size_t node, int, Planner& p)
{
    const EmbeddingStep e = step_of(node, p);
    p.need_dz(e.own.size() * e.stride);
    p.need_examples(SumsBySymbol::floats(e, p.segments()));
    // The thread's rows are not those of a share of the buffer's height.
    p.forward<forward>(e, {}, {{e.y.id, Reach::all}});
    p.backward<backward>(e, {{e.dy.buffer.id, Reach::all}}, {});
}

// By example: the numbers of a context's symbols lie one behind the other. The vectors are kept by symbol too, as W^T
// is kept beside W: then they are looked up, and SGD updates them, without a transposition, which took 5% of a step of
// lecture-kaiming at batch 1.
struct FewEmbeddingStep {
    EmbeddingStep all;
    std::ptrdiff_t between, width; // the distances between examples and, in the copy, between symbols
    StepBuffer by_symbol;

    std::ptrdiff_t floats() const noexcept { return all.weight->rows * width; }

    // f(the place's numbers in an example, the symbol's in the copy, symbol), in the order of places and examples.
    template <class F>
    void for_symbols(const StepState& s, F f) const
    {
        for (std::ptrdiff_t place = 0; place < all.length; ++place) {
            const std::int32_t* symbol = s.batch.contexts + place;
            for (std::ptrdiff_t b = 0; b < all.batch; ++b, symbol += all.length)
                f(b * between + place * all.weight->columns, *symbol * width, *symbol);
        }
    }
};

void forward_few(StepState& s, const FewEmbeddingStep& few)
{
    const Tensor& weight = *few.all.weight;
    float* const by_symbol = few.by_symbol.at(s.step);
    float* const to = few.all.y.at(s.step);
    if (!s.transposed_weights_are_current)
        s.kernels.transpose(weight.columns, weight.rows, s.parameter(weight.offset), weight.column_stride, by_symbol,
                            few.width);
    few.for_symbols(s, [&](std::ptrdiff_t at, std::ptrdiff_t line, std::int32_t) {
        copy_numbers(weight.columns, by_symbol + line, to + at);
    });
}

// Updates the copy, and from it the vectors of the step's symbols: the others' gradients are 0.
void move(StepState& s, const FewEmbeddingStep& few, const float* sums)
{
    const Tensor& weight = *few.all.weight;
    float* const by_symbol = few.by_symbol.at(s.step);
    s.kernels.sgd(few.floats(), s.rates.learning_rate, sums, by_symbol);
    few.for_symbols(s, [&](std::ptrdiff_t, std::ptrdiff_t line, std::int32_t symbol) {
        float* to = s.model.at(weight.offset + symbol);
        for (std::ptrdiff_t i = 0; i < weight.columns; ++i, to += weight.column_stride) *to = by_symbol[line + i];
    });
}

// As `backward`; an example's numbers lie side by side already.
void backward_few(StepState& s, const FewEmbeddingStep& few)
{
    const EmbeddingStep& e = few.all;
    const Tensor& weight = *e.weight;
    const float* dy = e.dy.sum(s, 0, e.batch * few.between);
    float* const sums = s.examples;
    std::fill_n(sums, few.floats(), 0.0f);
    few.for_symbols(s, [&](std::ptrdiff_t at, std::ptrdiff_t line, std::int32_t) {
        add_numbers(weight.columns, dy + at, sums + line);
    });
    if (s.fuses_updates()) return move(s, few, sums);
    s.kernels.transpose(weight.rows, weight.columns, sums, few.width, s.gradients + weight.offset,
                        weight.column_stride);
    s.update(weight, e.own);
}

void plan_few(std::size_t node, int, Planner& p)
{
    FewEmbeddingStep few = {.all = step_of(node, p),
                            .between = row_stride(p.node(node).out.rows()),
                            .width = padded(p.node(node).out.width),
                            .by_symbol = {}};
    few.by_symbol = p.array(few.floats());
    p.need_dz(p.batch() * few.between);
    p.need_examples(few.floats());
    p.forward<forward_few>(few, {}, {{few.all.y.id, Reach::all}});
    p.backward<backward_few>(few, {{few.all.dy.buffer.id, Reach::all}}, {});
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
    .plan_few = plan_few,
    .fold = fold,
    .pytorch = pytorch,
};

} // namespace nib
