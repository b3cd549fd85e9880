#include "layers/linear.hpp"

#include "layers/block.hpp"
#include "layers/list.hpp"
#include "net/fold_list.hpp"
#include "net/model.hpp"

#include <cmath>
#include <string_view>

namespace nib {

namespace {

constexpr const char* inits[] = {"scaled", "fan-in"};
constexpr double zeros_not_drawn = -1;

constexpr Field sizes[] = {
    number_field<&LinearOptions::outputs>("width", {1, 65536}, 0, "outputs"),
};

constexpr Field keys[] = {
    flag_field<&LinearOptions::bias>("bias", 1, "whether something is added to each output"),
    word_field<&LinearOptions::init>(
        "init", inits, WeightInit::fan_in,
        "weights: normal numbers times the gain,\nor those over the square root of the fan-in"),
    number_field<&LinearOptions::gain>("gain", number_from_zero, 1, "of the weights"),
    number_field<&LinearOptions::bias_init>("bias-init", number_from_zero, zeros_not_drawn,
                                            "times normal numbers: the bias"),
};

const char* check(const SpecOptions& options)
{
    const auto& o = options.as<LinearOptions>();
    return o.bias == 0 && o.bias_init >= 0 ? "bias-init is given, but there is no bias (expected bias=on with it)"
                                           : nullptr;
}

std::optional<LayerShape> shape(const LayerSpec& spec, const LayerShape& in)
{
    if (in.kind != ShapeKind::flat) return std::nullopt;
    return flat_shape(spec.options.as<LinearOptions>().outputs);
}

void declare(const Node& node, std::ptrdiff_t, Layout& layout)
{
    layout.add_matrix(node.position + ".weight", node.out.width, node.in.width);
    if (node.spec.options.as<LinearOptions>().bias != 0) layout.add_vector(node.position + ".bias", node.out.width);
}

// randn(fan_in, fan_out) * scale, transposed into (outputs, inputs). The multiplication by the scale is done in float,
// like that of a Python number and a float tensor.
void draw_weight(Model& model, const Tensor& weight, const LinearOptions& options)
{
    const auto inputs = static_cast<std::size_t>(weight.columns), outputs = static_cast<std::size_t>(weight.rows);
    Buffer<float> drawn(inputs * outputs, model.memory);
    randn(model.generator, drawn.span());
    const double divisor = options.init == WeightInit::fan_in ? std::sqrt(static_cast<double>(inputs)) : 1.0;
    const float scale = static_cast<float>(options.gain / divisor);
    float* row = model.at(weight.offset);
    for (std::size_t o = 0; o < outputs; ++o, row += weight.row_stride) {
        for (std::size_t i = 0; i < inputs; ++i) row[i] = drawn[i * outputs + o] * scale;
    }
}

void initialise(Model& model, std::size_t node)
{
    const auto& options = model.network.nodes()[node].spec.options.as<LinearOptions>();
    draw_weight(model, model.layout.tensor(node, 0), options);
    if (options.bias == 0 || options.bias_init < 0) return;
    const Tensor& bias = model.layout.tensor(node, 1);
    const std::span<float> numbers(model.at(bias.offset), static_cast<std::size_t>(bias.rows));
    randn(model.generator, numbers);
    for (float& each : numbers) each *= static_cast<float>(options.bias_init);
}

std::ptrdiff_t multiply_adds(const Node& node) { return node.in.width * node.out.width; }

void fold(const Node& node, FoldList& list) { list.add_weights(infer::OperationKind::dense, node); }

PytorchModule pytorch(const Node& node, std::ptrdiff_t)
{
    const char* bias = node.spec.options.as<LinearOptions>().bias != 0 ? "" : "bias=False";
    return {python_call("nn.Linear", {std::to_string(node.in.width), std::to_string(node.out.width), bias})};
}

} // namespace

double initial_of_weights(const Field& field, std::span<const LayerSpec> next)
{
    const std::string_view name = field.name;
    if (name == "bias") return next.empty() || next.front().kind->has_bias ? 1 : 0;
    if (name != "gain") return field.initial;
    for (const LayerSpec& each : next) {
        if (each.kind->gain > 0) return each.kind->gain;
        if (!each.kind->passes_gain) break;
    }
    return field.initial;
}

constinit const LayerKind linear_layer = {
    .word = {.name = "linear",
             .help = "N outputs, each a weighted sum of all inputs",
             .sizes = sizes,
             .required = 0,
             .keys = keys},
    .initial = initial_of_weights,
    .check = check,
    .expects = "a row of numbers, (N); flatten makes one",
    .shape = shape,
    .declare = declare,
    .initialise = initialise,
    .takes = block_takes,
    .evaluate = evaluate_block,
    .plan = plan_block,
    .plan_few = plan_block_few,
    .fold = fold,
    .multiply_adds = multiply_adds,
    .pytorch = pytorch,
    .takes_its_size = true,
};

} // namespace nib
