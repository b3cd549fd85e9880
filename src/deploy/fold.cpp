#include "deploy/fold.hpp"

#include "base/crc32c.hpp"
#include "base/error.hpp"
#include "deploy/bad_number.hpp"
#include "infer/engine.hpp"
#include "layers/mlp.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

namespace nib {

namespace {

constexpr std::uint32_t test_count = 8;

constexpr std::uint32_t bits_of(nib_weights weights)
{
    return weights == NIB_WEIGHTS_INT8 ? 8 : weights == NIB_WEIGHTS_BF16 ? 16 : 32;
}

// The file's format has one width and one activation for all hidden layers.
Mlp foldable(const Model& model)
{
    Mlp mlp = mlp_of(model, "folding");
    const MlpLayer& first = mlp.layers.front();
    for (const MlpLayer& layer : mlp.layers) {
        const bool last = &layer == &mlp.layers.back();
        if (last || (layer.outputs == first.outputs && layer.activation == first.activation)) continue;
        const std::size_t node = layer.outputs == first.outputs ? layer.last_node : layer.first_node;
        throw Error(NIB_ERR_UNSUPPORTED,
                    "folding: layer %s is another than in the first hidden layer: expected one width and one "
                    "activation",
                    model.network.nodes()[node].name().c_str());
    }
    return mlp;
}

infer::Header make_header(const Model& model, const Mlp& mlp, nib_weights weights)
{
    const MlpLayer& first = mlp.layers.front();
    const bool hidden = mlp.layers.size() > 1;
    infer::Header h{};
    std::copy(std::begin(infer::magic), std::end(infer::magic), h.magic);
    h.version = infer::version;
    h.context_length = static_cast<std::uint32_t>(model.context_length);
    h.vocabulary = static_cast<std::uint32_t>(model.vocabulary.size());
    h.embedding_size = static_cast<std::uint32_t>(mlp.embedding_size);
    h.inner_width = static_cast<std::uint32_t>(hidden ? first.outputs : 1);
    h.inner_layers = static_cast<std::uint32_t>(mlp.layers.size() - 1);
    h.activation = static_cast<std::uint32_t>(hidden ? first.activation : NIB_IDENTITY);
    h.encoding = static_cast<std::uint32_t>(model.vocabulary.encoding());
    h.weight_bits = bits_of(weights);
    h.tests = test_count;
    h.first_layer = infer::first_table;
    const infer::Sections as_table = infer::sections(h);
    if (as_table.layers - as_table.first > table_limit) h.first_layer = infer::first_embedding;
    if (!infer::sums_fit(h)) {
        throw Error(NIB_ERR_UNSUPPORTED, "the first layer has %llu inputs: 8-bit weights are for at most %llu",
                    static_cast<unsigned long long>(infer::layer_size(h, 0).inputs),
                    static_cast<unsigned long long>(infer::max_inputs_8_bits));
    }
    h.file_bytes = infer::sections(h).end;
    return h;
}

// One layer of the model, ready to be written.
class FoldedLayer {
public:
    FoldedLayer(const Model& model, const MlpLayer& layer)
        : model_(model),
          layer_(layer),
          scale_(static_cast<std::size_t>(layer.outputs), model.memory),
          shift_(static_cast<std::size_t>(layer.outputs), model.memory)
    {
        evaluation_affine(model, layer, scale_.data(), shift_.data());
    }

    double weight(std::ptrdiff_t output, std::ptrdiff_t input) const
    {
        const float w = model_.at(layer_.weight)[output * layer_.weight_stride + input];
        return w * scale_[static_cast<std::size_t>(output)];
    }
    double bias(std::ptrdiff_t output) const { return shift_[static_cast<std::size_t>(output)]; }
    std::ptrdiff_t inputs() const { return layer_.inputs; }
    std::ptrdiff_t outputs() const { return layer_.outputs; }
    std::ptrdiff_t stride() const { return padded(layer_.outputs); }

private:
    const Model& model_;
    const MlpLayer& layer_;
    Buffer<double> scale_, shift_;
};

float embedding(const Model& model, const Mlp& mlp, std::ptrdiff_t symbol, std::ptrdiff_t e)
{
    return model.at(mlp.embedding + e * mlp.embedding_stride)[symbol];
}

void write_symbols(const Vocabulary& vocabulary, char* to)
{
    for (std::int32_t id = 1; id < vocabulary.size(); ++id) {
        const std::string_view text = vocabulary.text(id);
        std::copy(text.begin(), text.end(), to + 4 * id);
    }
}

// (context, vocabulary, stride): what each symbol adds to the first layer's outputs.
void write_table(const Model& model, const Mlp& mlp, const FoldedLayer& layer, float* to)
{
    for (std::ptrdiff_t place = 0; place < model.context_length; ++place) {
        for (std::ptrdiff_t symbol = 0; symbol < model.layout.classes; ++symbol, to += layer.stride()) {
            for (std::ptrdiff_t o = 0; o < layer.outputs(); ++o) {
                double sum = place == 0 ? layer.bias(o) : 0;
                for (std::ptrdiff_t e = 0; e < mlp.embedding_size; ++e) {
                    sum += embedding(model, mlp, symbol, e) * layer.weight(o, place * mlp.embedding_size + e);
                }
                to[o] = static_cast<float>(sum);
            }
        }
    }
}

void write_embedding(const Model& model, const Mlp& mlp, float* to)
{
    for (std::ptrdiff_t symbol = 0; symbol < model.layout.classes; ++symbol) {
        for (std::ptrdiff_t e = 0; e < mlp.embedding_size; ++e) *to++ = embedding(model, mlp, symbol, e);
    }
}

void write_float_weights(const FoldedLayer& layer, float* to)
{
    for (std::ptrdiff_t k = 0; k < layer.inputs(); ++k, to += layer.stride()) {
        for (std::ptrdiff_t o = 0; o < layer.outputs(); ++o) to[o] = static_cast<float>(layer.weight(o, k));
    }
}

// The upper half of a float, rounded to nearest, to even where two are as near. Infinities and NaN stay.
std::uint32_t bfloat16(float x)
{
    const auto bits = std::bit_cast<std::uint32_t>(x);
    return std::isfinite(x) ? (bits + 0x7fff + ((bits >> 16) & 1)) >> 16 : (bits >> 16) | (std::isnan(x) ? 1 : 0);
}

void write_bf16_weights(const FoldedLayer& layer, std::uint32_t* to)
{
    for (std::ptrdiff_t k = 0; k < layer.inputs(); ++k) {
        std::uint32_t* row = to + k / 2 * layer.stride();
        for (std::ptrdiff_t o = 0; o < layer.outputs(); ++o) {
            row[o] |= bfloat16(static_cast<float>(layer.weight(o, k))) << k % 2 * 16;
        }
    }
}

// Scales, offsets, then weights: each output's largest weight is 127 times its scale.
void write_int8_weights(const FoldedLayer& layer, float* scales)
{
    auto* offsets = reinterpret_cast<std::int32_t*>(scales + layer.stride());
    auto* words = reinterpret_cast<std::uint32_t*>(offsets + layer.stride());
    for (std::ptrdiff_t o = 0; o < layer.outputs(); ++o) {
        double largest = 0;
        for (std::ptrdiff_t k = 0; k < layer.inputs(); ++k) {
            const double size = std::fabs(layer.weight(o, k));
            if (size > largest) largest = size; // of std::fmax, GCC 12 for AArch64 makes an internal error of its own
            if (std::isnan(size)) largest = HUGE_VAL;
        }
        scales[o] = static_cast<float>(largest / 127);
        if (!(largest > 0 && std::isfinite(largest))) continue;
        std::int32_t sum = 0;
        for (std::ptrdiff_t k = 0; k < layer.inputs(); ++k) {
            const auto integer = static_cast<std::int32_t>(std::lround(layer.weight(o, k) * 127 / largest));
            sum += integer;
            words[k / 4 * layer.stride() + o] |= (static_cast<std::uint32_t>(integer) & 0xff) << k % 4 * 8;
        }
        offsets[o] = -128 * sum;
    }
}

void write_layer(const FoldedLayer& layer, std::uint32_t bits, char* to)
{
    auto* bias = reinterpret_cast<float*>(to);
    for (std::ptrdiff_t o = 0; o < layer.outputs(); ++o) bias[o] = static_cast<float>(layer.bias(o));
    float* weights = bias + layer.stride();
    switch (bits) {
    case 8:
        return write_int8_weights(layer, weights);
    case 16:
        return write_bf16_weights(layer, reinterpret_cast<std::uint32_t*>(weights));
    default:
        return write_float_weights(layer, weights);
    }
}

void write_layers(const Model& model, const Mlp& mlp, const infer::Header& header, char* bytes)
{
    const infer::Sections at = infer::sections(header);
    auto* first = reinterpret_cast<float*>(bytes + at.first);
    char* to = bytes + at.layers;
    for (std::uint32_t i = 0; i <= header.inner_layers; ++i) {
        const FoldedLayer layer(model, mlp.layers[i]);
        if (i == 0 && header.first_layer == infer::first_table) {
            write_table(model, mlp, layer, first);
            continue;
        }
        if (i == 0) write_embedding(model, mlp, first);
        write_layer(layer, header.weight_bits, to);
        to += infer::layer_size(header, i).bytes(header.weight_bits);
    }
}

// The empty context, then random ones.
void write_test_contexts(const infer::Header& header, std::int32_t* to)
{
    Mt19937 words(1);
    for (std::uint32_t i = 0; i < header.tests * header.context_length; ++i) {
        to[i] = i < header.context_length ? 0 : static_cast<std::int32_t>(words() % header.vocabulary);
    }
}

// The numbers of the layers: the model's, or what they were multiplied to, may be too large for a float.
void check_layers(const infer::View& view)
{
    infer::BadNumber bad;
    if (!infer::find_bad_number(view, bad)) return;
    throw Error(NIB_ERR_DIVERGED, "the model cannot be folded: %s", describe(bad).c_str());
}

infer::View view_of(const Buffer<char>& file)
{
    infer::View view{};
    if (infer::check_header(file.data(), file.size()) != NIB_OK || infer::map(file.data(), view) != NIB_OK)
        throw Error(NIB_ERR_INTERNAL, "folding made a bad file");
    check_layers(view);
    view.use(infer_kernels());
    return view;
}

// Computed by the engine itself: the certificate says how near they are to the model's.
void write_test_logits(const infer::View& view, Buffer<char>& file, Memory* memory)
{
    Buffer<char> scratch(infer::make_plan(*view.header, 1).bytes(), memory);
    infer::Workspace workspace{};
    infer::make_workspace(*view.header, 1, scratch.data(), scratch.size(), workspace);
    auto* logits = reinterpret_cast<float*>(file.data() + infer::sections(*view.header).test_logits);
    infer::logits(view, view.test_contexts, test_count, logits, workspace);
    for (std::ptrdiff_t i = 0; i < test_count * view.vocabulary(); ++i) {
        if (!std::isfinite(logits[i]))
            throw Error(NIB_ERR_DIVERGED, "the model's logits are not finite: it is of no use");
    }
}

} // namespace

const infer::EngineTable* infer_kernels() { return infer::table_of(kernels::table()->isa); }

void seal(Buffer<char>& file)
{
    auto& header = *reinterpret_cast<infer::Header*>(file.data());
    header.crc = crc32c(file.data() + infer::checked_from, file.size() - infer::checked_from);
}

Draft draft(const Model& model, Memory* memory, nib_weights weights)
{
    const Mlp mlp = foldable(model);
    const infer::Header header = make_header(model, mlp, weights);
    const infer::Sections at = infer::sections(header);
    Buffer<char> file(static_cast<std::size_t>(header.file_bytes), memory);
    *reinterpret_cast<infer::Header*>(file.data()) = header;
    write_symbols(model.vocabulary, file.data() + at.symbols);
    write_test_contexts(header, reinterpret_cast<std::int32_t*>(file.data() + at.test_contexts));
    write_layers(model, mlp, header, file.data());
    const infer::View view = view_of(file);
    write_test_logits(view, file, memory);
    return {std::move(file), view};
}

Buffer<char> fold(const Model& model, Memory* memory, nib_weights weights)
{
    Buffer<char> file = draft(model, memory, weights).file;
    seal(file);
    return file;
}

} // namespace nib
