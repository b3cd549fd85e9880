#include "deploy/fold_numbers.hpp"

#include "layers/block.hpp"
#include "layers/list.hpp"
#include "ops/weight_places.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <span>

namespace nib {

using infer::Operation;
using infer::OperationKind;

namespace {

// The upper half of a float, rounded to nearest, ties to even. Infinities and NaN stay.
std::uint32_t bfloat16(float x)
{
    const auto bits = std::bit_cast<std::uint32_t>(x);
    return std::isfinite(x) ? (bits + 0x7fff + ((bits >> 16) & 1)) >> 16 : (bits >> 16) | (std::isnan(x) ? 1 : 0);
}

// Rounds numbers to 8-bit integers, the largest of them 127. All are 0 if one number is not finite; the step shows
// that.
class Rounding {
public:
    void see(double value)
    {
        const double size = std::fabs(value);
        if (size > largest_) largest_ = size; // with std::fmax, GCC 12 for AArch64 fails with an internal error
        if (std::isnan(size)) largest_ = HUGE_VAL;
    }
    float step() const { return static_cast<float>(largest_ / 127); }
    std::int32_t integer(double value) const
    {
        if (!(largest_ > 0 && std::isfinite(largest_))) return 0;
        return static_cast<std::int32_t>(std::lround(value * 127 / largest_));
    }

private:
    double largest_ = 0;
};

// A layer that multiplies each number by a factor and adds a constant in evaluation mode: batch normalisation, or
// unscale.
void affine_of(const Model& model, std::size_t node, double* scale, double* shift)
{
    if (model.network.nodes()[node].kind == &batchnorm_layer) return evaluation_affine(model, node, scale, shift);
    const Scale& own = model.layout.scale_of(node);
    std::copy_n(model.running.data() + own.factor, own.size, scale);
    std::copy_n(model.running.data() + own.mean, own.size, shift);
}

bool has_weights(const LayerKind* kind)
{
    return kind == &linear_layer || kind == &conv1d_layer || kind == &conv2d_layer;
}

// Linear layers or convolutions, and the affine layers behind them, as one weighted sum; affine layers alone have a
// weight of 1. The outputs of planes are their channels, and the inputs of a convolution the channels of its taps.
class WeightedSum {
public:
    WeightedSum(const Model& model, std::span<const std::size_t> nodes)
        : model_(model),
          weight_(has_weights(model.network.nodes()[nodes.front()].kind) ? &model.layout.tensor(nodes.front(), 0)
                                                                         : nullptr),
          outputs_(model.network.nodes()[nodes.front()].out.features()),
          scale_(static_cast<std::size_t>(outputs_), model.memory),
          shift_(static_cast<std::size_t>(outputs_), model.memory)
    {
        std::fill(scale_.begin(), scale_.end(), 1.0);
        if (weight_ != nullptr) {
            if (model.layout.has_tensor(nodes.front(), 1))
                std::copy_n(model.at(model.layout.tensor(nodes.front(), 1).offset), outputs_, shift_.data());
            nodes = nodes.subspan(1);
        }
        for (const std::size_t affine : nodes) multiply(affine);
    }

    std::ptrdiff_t inputs() const { return weight_->columns; }
    std::ptrdiff_t outputs() const { return outputs_; }
    double weight(std::ptrdiff_t output, std::ptrdiff_t input) const
    {
        const float w = model_.at(weight_->offset)[output * weight_->row_stride + input];
        return w * scale(output);
    }
    double scale(std::ptrdiff_t output) const { return scale_[static_cast<std::size_t>(output)]; }
    double shift(std::ptrdiff_t output) const { return shift_[static_cast<std::size_t>(output)]; }

private:
    void multiply(std::size_t affine)
    {
        const auto n = static_cast<std::size_t>(outputs_);
        Buffer<double> scale(n, model_.memory), shift(n, model_.memory);
        affine_of(model_, affine, scale.data(), shift.data());
        for (std::size_t i = 0; i < n; ++i) {
            scale_[i] *= scale[i];
            shift_[i] = shift_[i] * scale[i] + shift[i];
        }
    }

    const Model& model_;
    const Tensor* weight_; // null if there are affine layers alone
    std::ptrdiff_t outputs_;
    Buffer<double> scale_, shift_;
};

// Number e of each symbol's embedding.
class Embedding {
public:
    Embedding(const Model& model, std::size_t node)
        : weight_(model.layout.tensor(node, 0)), numbers_(model.at(weight_.offset))
    {
    }
    std::ptrdiff_t symbols() const { return weight_.rows; }
    std::ptrdiff_t size() const { return weight_.columns; }
    float at(std::ptrdiff_t symbol, std::ptrdiff_t e) const { return numbers_[e * weight_.column_stride + symbol]; }

private:
    const Tensor& weight_;
    const float* numbers_;
};

void write_lookup(const Embedding& embedding, const Operation& o, char* to)
{
    auto* scales = reinterpret_cast<float*>(to);
    char* numbers = to + infer::lookup_scales(o);
    for (std::ptrdiff_t e = 0; e < embedding.size(); ++e) {
        Rounding rounding;
        for (std::ptrdiff_t symbol = 0; symbol < embedding.symbols(); ++symbol) rounding.see(embedding.at(symbol, e));
        if (o.bits == 8) scales[e] = rounding.step();
        for (std::ptrdiff_t symbol = 0; symbol < embedding.symbols(); ++symbol) {
            const float x = embedding.at(symbol, e);
            const std::ptrdiff_t at = symbol * embedding.size() + e;
            if (o.bits == 32) reinterpret_cast<float*>(numbers)[at] = x;
            if (o.bits == 16) reinterpret_cast<std::uint16_t*>(numbers)[at] = static_cast<std::uint16_t>(bfloat16(x));
            if (o.bits == 8) numbers[at] = static_cast<char>(rounding.integer(x));
        }
    }
}

// The terms of an output: each symbol has one at each place.
class TableColumn {
public:
    TableColumn(const Embedding& embedding, const WeightedSum& layer, Memory* memory)
        : embedding_(embedding),
          layer_(layer),
          places_(layer.inputs() / embedding.size()),
          sums_(static_cast<std::size_t>(places_ * embedding.symbols()), memory)
    {
    }

    void compute(std::ptrdiff_t output)
    {
        double* to = sums_.data();
        for (std::ptrdiff_t place = 0; place < places_; ++place) {
            for (std::ptrdiff_t symbol = 0; symbol < embedding_.symbols(); ++symbol) {
                double sum = 0;
                for (std::ptrdiff_t e = 0; e < embedding_.size(); ++e)
                    sum += embedding_.at(symbol, e) * layer_.weight(output, place * embedding_.size() + e);
                *to++ = sum;
            }
        }
    }

    std::span<const double> sums() const { return sums_.span(); } // (places, symbols)

private:
    const Embedding& embedding_;
    const WeightedSum& layer_;
    std::ptrdiff_t places_;
    Buffer<double> sums_;
};

void write_table(const Model& model, const Embedding& embedding, const WeightedSum& layer, const Operation& o, char* to)
{
    const auto stride = static_cast<std::ptrdiff_t>(infer::stride_of(o));
    const auto words = static_cast<std::ptrdiff_t>(infer::table_words(o)), in_word = std::ptrdiff_t{32} / o.bits;
    auto* bias = reinterpret_cast<float*>(to);
    float* scales = bias + stride;
    auto* rows = reinterpret_cast<std::uint32_t*>(o.bits == 8 ? scales + stride : scales);
    TableColumn column(embedding, layer, model.memory);
    for (std::ptrdiff_t output = 0; output < layer.outputs(); ++output) {
        bias[output] = static_cast<float>(layer.shift(output));
        column.compute(output);
        Rounding rounding;
        for (const double each : column.sums()) rounding.see(each);
        if (o.bits == 8) scales[output] = rounding.step();
        std::uint32_t* word = rows + output / in_word / 16 * 16 + output % 16;
        const int at = static_cast<int>(output / 16 % in_word * o.bits);
        for (const double each : column.sums()) {
            const auto x = static_cast<float>(each);
            const std::uint32_t number = o.bits == 32   ? std::bit_cast<std::uint32_t>(x)
                                         : o.bits == 16 ? bfloat16(x)
                                                        : static_cast<std::uint32_t>(rounding.integer(each) + 128);
            *word |= number << at;
            word += words;
        }
    }
}

// Writes scales, then offsets if the operation has them: each output's largest weight is 127 times its scale.
void write_int8_weights(const WeightedSum& layer, const Operation& o, float* scales)
{
    const WeightPlaces places(o);
    const std::size_t row = infer::section_row(o);
    const bool has_offsets = infer::has_offsets(o);
    auto* const offsets = reinterpret_cast<std::int32_t*>(scales + row);
    auto* const words = reinterpret_cast<std::uint32_t*>(scales + (has_offsets ? 2 : 1) * row);
    for (std::ptrdiff_t output = 0; output < layer.outputs(); ++output) {
        Rounding rounding;
        for (std::ptrdiff_t k = 0; k < layer.inputs(); ++k) rounding.see(layer.weight(output, k));
        scales[places.output(output)] = rounding.step();
        std::int32_t sum = 0;
        for (std::ptrdiff_t k = 0; k < layer.inputs(); ++k) {
            const std::int32_t integer = rounding.integer(layer.weight(output, places.input(k)));
            sum += integer;
            words[places.word(output, k)] |= (static_cast<std::uint32_t>(integer) & 0xff) << places.part(k) * 8;
        }
        if (has_offsets) offsets[places.output(output)] = -128 * sum;
    }
}

void write_float_weights(const WeightedSum& layer, const Operation& o, float* to)
{
    const WeightPlaces places(o);
    auto* const words = reinterpret_cast<std::uint32_t*>(to);
    for (std::ptrdiff_t output = 0; output < layer.outputs(); ++output) {
        for (std::ptrdiff_t k = 0; k < layer.inputs(); ++k) {
            const auto weight = static_cast<float>(layer.weight(output, places.input(k)));
            words[places.word(output, k)] |=
                o.bits == 32 ? std::bit_cast<std::uint32_t>(weight) : bfloat16(weight) << places.part(k) * 16;
        }
    }
}

void write_weighted_sum(const WeightedSum& layer, const Operation& o, char* to)
{
    const WeightPlaces places(o);
    auto* const bias = reinterpret_cast<float*>(to);
    for (std::ptrdiff_t i = 0; i < layer.outputs(); ++i) bias[places.output(i)] = static_cast<float>(layer.shift(i));
    float* const weights = bias + infer::section_row(o);
    if (o.bits == 8) return write_int8_weights(layer, o, weights);
    write_float_weights(layer, o, weights);
}

void write_scale_shift(const WeightedSum& layer, const Operation& o, char* to)
{
    auto* scales = reinterpret_cast<float*>(to);
    float* shifts = scales + infer::section_row(o);
    for (std::ptrdiff_t i = 0; i < layer.outputs(); ++i) {
        scales[i] = static_cast<float>(layer.scale(i));
        shifts[i] = static_cast<float>(layer.shift(i));
    }
}

// Writes means and the inverses of deviations unchanged, in the order of the file's values.
void write_standardize(const Model& model, std::size_t node, const Operation& o, char* to)
{
    const Scale& scale = model.layout.scale_of(node);
    auto* numbers = reinterpret_cast<float*>(to);
    float* const inverses = numbers + infer::stride_of(o);
    const std::ptrdiff_t channels = o.in.channels, pixels = static_cast<std::ptrdiff_t>(o.in.pixels());
    for (std::ptrdiff_t i = 0; i < scale.size; ++i) {
        const std::ptrdiff_t at = i % channels * pixels + i / channels;
        numbers[i] = model.running.data()[scale.mean + at];
        inverses[i] = model.running.data()[scale.factor + at];
    }
}

// Writes gamma and, if the mean is subtracted, beta.
void write_normalise(const Model& model, std::size_t node, const Operation& o, char* to)
{
    auto* numbers = reinterpret_cast<float*>(to);
    for (std::size_t i = 0; model.layout.has_tensor(node, i); ++i, numbers += infer::stride_of(o))
        std::copy_n(model.at(model.layout.tensor(node, i).offset), o.outputs, numbers);
}

} // namespace

void write_section(const Model& model, const FoldedOperation& each, char* to)
{
    const Operation& o = each.operation;
    const std::span<const std::size_t> nodes = each.nodes;
    switch (o.kind) {
    case OperationKind::lookup:
        return write_lookup(Embedding(model, nodes.front()), o, to);
    case OperationKind::table:
        return write_table(model, Embedding(model, nodes.front()), WeightedSum(model, nodes.subspan(1)), o, to);
    case OperationKind::dense:
    case OperationKind::convolution:
    case OperationKind::depthwise:
        return write_weighted_sum(WeightedSum(model, nodes), o, to);
    case OperationKind::scale_shift:
        return write_scale_shift(WeightedSum(model, nodes), o, to);
    case OperationKind::standardize:
        return write_standardize(model, nodes.front(), o, to);
    case OperationKind::normalise:
        return write_normalise(model, nodes.front(), o, to);
    default: // it has no section
        return;
    }
}

} // namespace nib
