// Reads and runs an ONNX file, as far as nib writes them: the wire format, and the operators in double precision.
#pragma once

#include "catch.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

namespace nib::test {

// The fields of a message, in their order.
struct ProtobufField {
    std::uint64_t number, value; // value of a varint
    std::string_view bytes;      // of a field with a length
};

inline std::uint64_t read_varint(std::string_view& text)
{
    std::uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
        REQUIRE(!text.empty());
        REQUIRE(shift < 64);
        const auto byte = static_cast<unsigned char>(text.front());
        text.remove_prefix(1);
        value |= std::uint64_t{byte & 0x7fu} << shift;
        if (byte < 0x80) return value;
    }
}

inline std::vector<ProtobufField> read_message(std::string_view text)
{
    std::vector<ProtobufField> fields;
    while (!text.empty()) {
        const std::uint64_t key = read_varint(text), kind = key & 7;
        REQUIRE((kind == 0 || kind == 2));
        ProtobufField field{key >> 3, read_varint(text), {}};
        if (kind == 2) {
            REQUIRE(field.value <= text.size());
            field.bytes = text.substr(0, field.value);
            text.remove_prefix(field.value);
        }
        fields.push_back(field);
    }
    return fields;
}

inline std::vector<ProtobufField> all_of(std::string_view message, std::uint64_t number)
{
    std::vector<ProtobufField> found;
    for (const ProtobufField& field : read_message(message)) {
        if (field.number == number) found.push_back(field);
    }
    return found;
}

inline ProtobufField one_of(std::string_view message, std::uint64_t number)
{
    const std::vector<ProtobufField> found = all_of(message, number);
    REQUIRE(found.size() == 1);
    return found.front();
}

struct OnnxTensor {
    std::vector<std::size_t> shape;
    std::vector<double> values; // row-major; exact for the types that nib stores
};

inline OnnxTensor read_tensor(std::string_view message)
{
    OnnxTensor tensor;
    std::size_t count = 1;
    for (const ProtobufField& dimension : all_of(message, 1)) {
        tensor.shape.push_back(dimension.value);
        count *= dimension.value;
    }
    const std::string_view raw = one_of(message, 9).bytes;
    const bool is_float = one_of(message, 2).value == 1;
    if (!is_float) REQUIRE(one_of(message, 2).value == 7);
    REQUIRE(raw.size() == count * (is_float ? 4 : 8));
    for (std::size_t i = 0; i < count; ++i) {
        float f = 0;
        std::int64_t n = 0;
        if (is_float) {
            std::memcpy(&f, raw.data() + 4 * i, 4);
        } else {
            std::memcpy(&n, raw.data() + 8 * i, 8);
        }
        tensor.values.push_back(is_float ? static_cast<double>(f) : static_cast<double>(n));
    }
    return tensor;
}

// Conv, MaxPool or AveragePool over (N, C, H, W).
class OnnxWindows {
public:
    OnnxWindows(std::string_view node, std::string operation) : operation_(std::move(operation))
    {
        for (const ProtobufField& each : all_of(node, 5)) {
            const std::string name(one_of(each.bytes, 1).bytes);
            std::vector<std::size_t>& values = attributes_[name];
            for (const std::uint64_t field : {3, 8}) {
                for (const ProtobufField& value : all_of(each.bytes, field)) values.push_back(value.value);
            }
        }
        if (operation_ == "AveragePool") REQUIRE(attributes_.at("count_include_pad").at(0) == 1);
    }

    OnnxTensor apply(const std::vector<const OnnxTensor*>& in) const
    {
        const OnnxTensor& x = *in[0];
        REQUIRE(x.shape.size() == 4);
        const bool is_sum = operation_ == "Conv";
        REQUIRE(in.size() == (is_sum ? 3 : 1));
        const std::size_t channels = is_sum ? in[1]->shape[0] : x.shape[1];
        OnnxTensor y{{x.shape[0], channels, places(0, x.shape[2]), places(1, x.shape[3])}, {}};
        for (std::size_t n = 0; n < y.shape[0]; ++n) {
            for (std::size_t c = 0; c < channels; ++c) {
                for (std::size_t i = 0; i < y.shape[2]; ++i) {
                    for (std::size_t j = 0; j < y.shape[3]; ++j)
                        y.values.push_back(is_sum ? convolved(in, n, c, i, j) : pooled(x, n, c, i, j));
                }
            }
        }
        return y;
    }

private:
    std::size_t of(const char* name, std::size_t axis, std::size_t otherwise) const
    {
        const auto found = attributes_.find(name);
        return found == attributes_.end() ? otherwise : found->second.at(axis);
    }
    std::size_t kernel(std::size_t axis) const { return of("kernel_shape", axis, 0); }
    std::size_t places(std::size_t axis, std::size_t size) const
    {
        const std::size_t reach = of("dilations", axis, 1) * (kernel(axis) - 1) + 1;
        return (size + of("pads", axis, 0) + of("pads", axis + 2, 0) - reach) / of("strides", axis, 1) + 1;
    }

    // Calls f(ky, kx, number) for the taps of a window in the plane of one channel.
    template <class F>
    void for_taps(const OnnxTensor& x, std::size_t plane, std::size_t i, std::size_t j, F f) const
    {
        for (std::size_t ky = 0; ky < kernel(0); ++ky) {
            for (std::size_t kx = 0; kx < kernel(1); ++kx) {
                const std::size_t row = i * of("strides", 0, 1) + ky * of("dilations", 0, 1) - of("pads", 0, 0);
                const std::size_t column = j * of("strides", 1, 1) + kx * of("dilations", 1, 1) - of("pads", 1, 0);
                // A place before the plane has wrapped around.
                if (row >= x.shape[2] || column >= x.shape[3]) continue;
                f(ky, kx, x.values[(plane * x.shape[2] + row) * x.shape[3] + column]);
            }
        }
    }

    double convolved(const std::vector<const OnnxTensor*>& in, std::size_t n, std::size_t c, std::size_t i,
                     std::size_t j) const
    {
        const OnnxTensor &x = *in[0], &w = *in[1];
        const std::size_t inputs = w.shape[1], groups = of("group", 0, 1), group = c / (w.shape[0] / groups);
        double sum = in[2]->values[c];
        for (std::size_t k = 0; k < inputs; ++k) {
            const double* weights = w.values.data() + (c * inputs + k) * kernel(0) * kernel(1);
            for_taps(x, n * x.shape[1] + group * inputs + k, i, j, [&](std::size_t ky, std::size_t kx, double number) {
                sum += weights[ky * kernel(1) + kx] * number;
            });
        }
        return sum;
    }

    double pooled(const OnnxTensor& x, std::size_t n, std::size_t c, std::size_t i, std::size_t j) const
    {
        double sum = 0, most = -HUGE_VAL;
        for_taps(x, n * x.shape[1] + c, i, j, [&](std::size_t, std::size_t, double number) {
            sum += number;
            most = std::max(most, number);
        });
        return operation_ == "MaxPool" ? most : sum / static_cast<double>(kernel(0) * kernel(1));
    }

    std::string operation_;
    std::map<std::string, std::vector<std::size_t>> attributes_;
};

class OnnxGraph {
public:
    explicit OnnxGraph(std::string_view graph) : graph_(graph)
    {
        for (const ProtobufField& each : all_of(graph, 5)) {
            const std::string name(one_of(each.bytes, 8).bytes);
            REQUIRE(tensors_.emplace(name, read_tensor(each.bytes)).second);
        }
    }

    // Every operand must exist when a node reads it, and every result must be new.
    OnnxTensor run(OnnxTensor examples, const char* name = "contexts")
    {
        tensors_[name] = std::move(examples);
        for (const ProtobufField& node : all_of(graph_, 1)) {
            std::vector<const OnnxTensor*> in;
            for (const ProtobufField& input : all_of(node.bytes, 1)) {
                INFO(input.bytes);
                REQUIRE(tensors_.count(std::string(input.bytes)) == 1);
                in.push_back(&tensors_.at(std::string(input.bytes)));
            }
            const std::string operation(one_of(node.bytes, 4).bytes), result(one_of(node.bytes, 2).bytes);
            INFO(operation << " " << result);
            if (operation == "ReduceMean") {
                const std::string_view axes = one_of(node.bytes, 5).bytes;
                REQUIRE(one_of(axes, 1).bytes == "axes");
                REQUIRE(one_of(axes, 8).value == 1);
            }
            if (operation == "Conv" || operation == "MaxPool" || operation == "AveragePool") {
                const OnnxWindows windows(node.bytes, operation);
                REQUIRE(tensors_.emplace(result, windows.apply(in)).second);
                continue;
            }
            REQUIRE(tensors_.emplace(result, apply(operation, in)).second);
        }
        return tensors_.at("logits");
    }

private:
    using Operands = std::vector<const OnnxTensor*>;

    static OnnxTensor apply(const std::string& operation, const Operands& in)
    {
        if (const auto function = functions().find(operation); function != functions().end()) {
            REQUIRE(in.size() == 1);
            return map(*in[0], function->second);
        }
        if (operation == "Clip") {
            const double low = scalar(*in[1]), high = scalar(*in[2]);
            return map(*in[0], [=](double x) { return std::clamp(x, low, high); });
        }
        if (operation == "Add") return each_pair(*in[0], *in[1], [](double x, double y) { return x + y; });
        if (operation == "Mul") return each_pair(*in[0], *in[1], [](double x, double y) { return x * y; });
        if (operation == "Sub") return each_pair(*in[0], *in[1], [](double x, double y) { return x - y; });
        if (operation == "Div") return each_pair(*in[0], *in[1], [](double x, double y) { return x / y; });
        if (operation == "ReduceMean") return row_means(*in[0]);
        if (operation == "Gather") return gather(*in[0], *in[1]);
        if (operation == "ReduceSum") return reduce(*in[0], *in[1]);
        if (operation == "Reshape") return reshape(*in[0], *in[1]);
        if (operation == "Flatten") return {{in[0]->shape[0], in[0]->values.size() / in[0]->shape[0]}, in[0]->values};
        REQUIRE(operation == "Gemm");
        return gemm(*in[0], *in[1], *in[2]);
    }

    // Operators with one operand, with ONNX's default attributes.
    static const std::map<std::string, double (*)(double)>& functions()
    {
        static const std::map<std::string, double (*)(double)> all = {
            {"Tanh", [](double x) { return std::tanh(x); }},
            {"Relu", [](double x) { return x > 0 ? x : 0; }},
            {"Sqrt", [](double x) { return std::sqrt(x); }},
            {"Erf", [](double x) { return std::erf(x); }},
            {"Sigmoid", [](double x) { return 1 / (1 + std::exp(-x)); }},
            {"LeakyRelu", [](double x) { return x > 0 ? x : 0.01 * x; }},
            {"Elu", [](double x) { return x > 0 ? x : std::expm1(x); }},
            {"Softplus", [](double x) { return std::log1p(std::exp(x)); }},
        };
        return all;
    }
    static double scalar(const OnnxTensor& x)
    {
        REQUIRE(x.shape.empty());
        return x.values.at(0);
    }
    template <class F>
    static OnnxTensor map(OnnxTensor x, F f)
    {
        for (double& value : x.values) value = f(value);
        return x;
    }
    // y is a number, a row, a column, or has x's shape.
    template <class F>
    static OnnxTensor each_pair(OnnxTensor x, const OnnxTensor& y, F f)
    {
        if (y.shape == std::vector<std::size_t>{x.shape.front(), 1}) {
            const std::size_t columns = x.values.size() / x.shape.front();
            for (std::size_t i = 0; i < x.values.size(); ++i) x.values[i] = f(x.values[i], y.values[i / columns]);
            return x;
        }
        if (x.shape.size() == 4 && y.shape.size() == 3) { // (channels, 1, 1), or an example's planes
            const std::size_t pixels = x.shape[2] * x.shape[3], numbers = x.shape[1] * pixels;
            const bool by_channel = y.values.size() == x.shape[1];
            if (!by_channel) REQUIRE(y.values.size() == numbers);
            for (std::size_t i = 0; i < x.values.size(); ++i)
                x.values[i] = f(x.values[i], y.values[i % numbers / (by_channel ? pixels : 1)]);
            return x;
        }
        if (!y.shape.empty() && y.shape != x.shape) REQUIRE(y.shape == std::vector<std::size_t>{x.shape.back()});
        for (std::size_t i = 0; i < x.values.size(); ++i) x.values[i] = f(x.values[i], y.values[i % y.values.size()]);
        return x;
    }
    static OnnxTensor gather(const OnnxTensor& rows, const OnnxTensor& indices)
    {
        REQUIRE(rows.shape.size() == 2);
        OnnxTensor y{indices.shape, {}};
        y.shape.push_back(rows.shape[1]);
        for (const double index : indices.values) {
            REQUIRE(index >= 0);
            REQUIRE(index < static_cast<double>(rows.shape[0]));
            const auto first =
                rows.values.begin() + static_cast<std::ptrdiff_t>(index) * static_cast<std::ptrdiff_t>(rows.shape[1]);
            y.values.insert(y.values.end(), first, first + static_cast<std::ptrdiff_t>(rows.shape[1]));
        }
        return y;
    }
    static OnnxTensor reduce(const OnnxTensor& x, const OnnxTensor& axes)
    {
        REQUIRE(x.shape.size() == 3);
        REQUIRE(axes.values == std::vector<double>{1});
        OnnxTensor y{{x.shape[0], x.shape[2]}, std::vector<double>(x.shape[0] * x.shape[2])};
        for (std::size_t i = 0; i < x.values.size(); ++i) {
            y.values[i / (x.shape[1] * x.shape[2]) * x.shape[2] + i % x.shape[2]] += x.values[i];
        }
        return y;
    }
    static OnnxTensor row_means(const OnnxTensor& x)
    {
        REQUIRE(x.shape.size() == 2);
        OnnxTensor y{{x.shape[0], 1}, std::vector<double>(x.shape[0])};
        const auto columns = static_cast<double>(x.shape[1]);
        for (std::size_t i = 0; i < x.values.size(); ++i) y.values[i / x.shape[1]] += x.values[i] / columns;
        return y;
    }
    static OnnxTensor reshape(const OnnxTensor& x, const OnnxTensor& shape)
    {
        OnnxTensor y{{x.shape[0]}, x.values};
        REQUIRE(shape.values.at(0) == 0); // the batch
        for (std::size_t i = 1; i < shape.values.size(); ++i)
            y.shape.push_back(static_cast<std::size_t>(shape.values[i]));
        REQUIRE(std::accumulate(y.shape.begin(), y.shape.end(), std::size_t{1}, std::multiplies<>()) ==
                x.values.size());
        return y;
    }
    static OnnxTensor gemm(const OnnxTensor& x, const OnnxTensor& w, const OnnxTensor& bias)
    {
        const std::size_t inputs = w.shape[0], outputs = w.shape[1];
        REQUIRE(x.shape == std::vector<std::size_t>{x.shape[0], inputs});
        REQUIRE(bias.shape == std::vector<std::size_t>{outputs});
        OnnxTensor y{{x.shape[0], outputs}, {}};
        for (std::size_t i = 0; i < x.shape[0] * outputs; ++i) {
            double sum = bias.values[i % outputs];
            for (std::size_t k = 0; k < inputs; ++k) {
                sum += x.values[i / outputs * inputs + k] * w.values[k * outputs + i % outputs];
            }
            y.values.push_back(sum);
        }
        return y;
    }

    std::string_view graph_;
    std::map<std::string, OnnxTensor> tensors_;
};

} // namespace nib::test
