#include "deploy/fold.hpp"

#include "base/error.hpp"
#include "infer/crc32c.hpp"
#include "infer/engine.hpp"
#include "nn/inference.hpp"

#include <algorithm>
#include <cmath>

namespace nib {

namespace {

constexpr std::uint32_t test_count = 8;

infer::Header make_header(const Model& model)
{
    const nib_model_options& options = model.options;
    infer::Header h{};
    std::copy(std::begin(infer::magic), std::end(infer::magic), h.magic);
    h.version = infer::version;
    h.context_length = static_cast<std::uint32_t>(options.context_length);
    h.vocabulary = static_cast<std::uint32_t>(model.vocabulary.size());
    h.embedding_size = static_cast<std::uint32_t>(options.embedding_size);
    h.hidden_size = static_cast<std::uint32_t>(options.hidden_size);
    h.hidden_layers = static_cast<std::uint32_t>(options.hidden_layers);
    h.activation = static_cast<std::uint32_t>(options.activation);
    h.encoding = static_cast<std::uint32_t>(model.vocabulary.encoding());
    h.weight_bits = 32;
    h.tests = test_count;
    h.first_layer = infer::first_table;
    const infer::Sections as_table = infer::sections(h);
    if (as_table.layers - as_table.first > table_limit) h.first_layer = infer::first_embedding;
    h.file_bytes = infer::sections(h).end;
    return h;
}

// One layer of the model, ready to be written.
class FoldedLayer {
public:
    FoldedLayer(const Model& model, const Layer& layer)
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
    const Layer& layer_;
    Buffer<double> scale_, shift_;
};

float embedding(const Model& model, std::ptrdiff_t symbol, std::ptrdiff_t e)
{
    return model.at(model.layout.embedding + e * model.layout.embedding_stride)[symbol];
}

void write_symbols(const Vocabulary& vocabulary, char* to)
{
    for (std::int32_t id = 1; id < vocabulary.size(); ++id) {
        const std::string_view text = vocabulary.text(id);
        std::copy(text.begin(), text.end(), to + 4 * id);
    }
}

// (context, vocabulary, stride): what each symbol adds to the first layer's outputs.
void write_table(const Model& model, const FoldedLayer& layer, float* to)
{
    const Layout& layout = model.layout;
    for (std::ptrdiff_t place = 0; place < layout.context_length; ++place) {
        for (std::ptrdiff_t symbol = 0; symbol < layout.vocabulary; ++symbol, to += layer.stride()) {
            for (std::ptrdiff_t o = 0; o < layer.outputs(); ++o) {
                double sum = place == 0 ? layer.bias(o) : 0;
                for (std::ptrdiff_t e = 0; e < layout.embedding_size; ++e) {
                    sum += embedding(model, symbol, e) * layer.weight(o, place * layout.embedding_size + e);
                }
                to[o] = static_cast<float>(sum);
            }
        }
    }
}

void write_embedding(const Model& model, float* to)
{
    for (std::ptrdiff_t symbol = 0; symbol < model.layout.vocabulary; ++symbol) {
        for (std::ptrdiff_t e = 0; e < model.layout.embedding_size; ++e) *to++ = embedding(model, symbol, e);
    }
}

// Bias, then weights; returns where the next layer begins.
float* write_layer(const FoldedLayer& layer, float* to)
{
    for (std::ptrdiff_t o = 0; o < layer.outputs(); ++o) to[o] = static_cast<float>(layer.bias(o));
    to += layer.stride();
    for (std::ptrdiff_t k = 0; k < layer.inputs(); ++k, to += layer.stride()) {
        for (std::ptrdiff_t o = 0; o < layer.outputs(); ++o) to[o] = static_cast<float>(layer.weight(o, k));
    }
    return to;
}

void write_layers(const Model& model, const infer::Header& header, char* bytes)
{
    const infer::Sections at = infer::sections(header);
    auto* first = reinterpret_cast<float*>(bytes + at.first);
    auto* to = reinterpret_cast<float*>(bytes + at.layers);
    for (std::size_t i = 0; i < model.layout.layers.size(); ++i) {
        const FoldedLayer layer(model, model.layout.layers[i]);
        if (i == 0 && header.first_layer == infer::first_table) {
            write_table(model, layer, first);
            continue;
        }
        if (i == 0) write_embedding(model, first);
        to = write_layer(layer, to);
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

// Computed by the engine itself: the certificate says how near they are to the model's.
void write_test_logits(Buffer<char>& file, Memory* memory)
{
    infer::View view{};
    if (infer::open(file.data(), file.size(), view) != NIB_OK) throw Error(NIB_ERR_INTERNAL, "folding made a bad file");
    view.kernels = infer_kernels();
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

const infer::Table* infer_kernels() { return infer::table_of(kernels::table()->isa); }

void seal(Buffer<char>& file)
{
    auto& header = *reinterpret_cast<infer::Header*>(file.data());
    header.crc = infer::crc32c(file.data() + infer::checked_from, file.size() - infer::checked_from);
}

Buffer<char> fold(const Model& model, Memory* memory)
{
    const infer::Header header = make_header(model);
    const infer::Sections at = infer::sections(header);
    Buffer<char> file(static_cast<std::size_t>(header.file_bytes), memory);
    *reinterpret_cast<infer::Header*>(file.data()) = header;
    write_symbols(model.vocabulary, file.data() + at.symbols);
    write_test_contexts(header, reinterpret_cast<std::int32_t*>(file.data() + at.test_contexts));
    write_layers(model, header, file.data());
    seal(file);
    write_test_logits(file, memory);
    seal(file);
    return file;
}

} // namespace nib
