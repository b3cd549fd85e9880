#include "train/diagnostics.hpp"

#include "base/check.hpp"
#include "base/math.hpp"
#include "layers/activation.hpp"
#include "net/collective.hpp"
#include "net/spread.hpp"
#include "optim/learning_rate.hpp"
#include "train/worker.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace nib {

namespace {

// The decimal logarithm of a ratio of standard deviations of floats. The ratio is normal, 0, infinite or NaN.
double decimal_log(double ratio) noexcept
{
    if (ratio == 0) return -std::numeric_limits<double>::infinity();
    return std::isfinite(ratio) ? natural_log(ratio) * std::numbers::log10e : ratio;
}

// The lines of a tensor in an arena.
NumberRows in_arena(const Tensor& tensor, const float* arena)
{
    return {arena + tensor.offset, tensor.lines(), tensor.line_size(), tensor.line_stride()};
}

std::size_t most_rows(const StepPlan& plan, const Model& model)
{
    std::ptrdiff_t rows = 0;
    for (const Planner::Observed& each : plan.observed())
        rows = std::max(rows, model.network.nodes()[each.node].out.rows());
    for (const Tensor& tensor : model.layout.tensors) rows = std::max(rows, in_arena(tensor, nullptr).rows);
    return static_cast<std::size_t>(rows);
}

// The quantities of a layer, which are numbered from 0.
constexpr nib_quantity of_layers[] = {NIB_ACTIVATIONS, NIB_ACTIVATION_GRADIENTS, NIB_ACTIVATION_SLOPES};

std::size_t place_of(nib_quantity quantity) noexcept
{
    return static_cast<std::size_t>(std::find(std::begin(of_layers), std::end(of_layers), quantity) -
                                    std::begin(of_layers));
}

// The distance between the rows of all ranks' examples.
std::ptrdiff_t whole_stride(const StepPlan& plan) { return padded(plan.segments().batch); }

std::size_t whole_size(const StepPlan& plan)
{
    if (!plan.segments().is_shared()) return 0;
    return std::size(of_layers) * static_cast<std::size_t>(plan.observed_rows() * whole_stride(plan));
}

std::ptrdiff_t most_examples(const Segments& segments)
{
    std::ptrdiff_t most = 0;
    for (int rank = 0; rank < segments.ranks; ++rank) most = std::max(most, segments.examples_of(rank).size());
    return most;
}

// Floats of the message that a rank sends, and of those that it receives.
std::size_t message_size(const StepPlan& plan, const Model& model)
{
    const Segments& segments = plan.segments();
    if (!segments.is_shared()) return 0;
    return most_rows(plan, model) * static_cast<std::size_t>((1 + segments.ranks) * most_examples(segments));
}

std::int64_t saturated_in(const float* slopes, std::ptrdiff_t count)
{
    constexpr float limit = 0.0591f; // tanh's slope at 0.97
    std::int32_t saturated = 0;
    for (std::ptrdiff_t i = 0; i < count; ++i) saturated += std::fabs(slopes[i]) < limit ? 1 : 0;
    return saturated;
}

// Counts the numbers, and the units, whose activation passes on almost nothing of a gradient. A unit has a row of
// slopes for each of its positions.
void count_saturated(const NumberRows& slopes, nib_layer_statistics& statistics)
{
    std::int64_t all = 0;
    std::int32_t dead = 0;
    for (std::ptrdiff_t row = 0; row < slopes.rows;) {
        std::int64_t count = 0;
        for (const std::ptrdiff_t end = row + statistics.positions; row < end; ++row)
            count += saturated_in(slopes.first + row * slopes.stride, slopes.columns);
        all += count;
        dead += count == statistics.positions * slopes.columns;
    }
    statistics.saturated = static_cast<double>(all) / static_cast<double>(slopes.rows * slopes.columns);
    statistics.dead = dead;
}

} // namespace

Diagnostics::Diagnostics(const Training& training, const StepPlan& plan)
    : t_(training),
      plan_(plan),
      observation_(plan.observed_rows(), plan.stride(), training.optimizer.is_linear() ? 0 : training.model.layout.size,
                   training.memory),
      means_(most_rows(plan, training.model), training.memory),
      scatters_(means_.size(), training.memory),
      whole_(whole_size(plan), training.memory),
      messages_(message_size(plan, training.model), training.memory)
{
    const Layout& layout = t_.model.layout;
    for (const Planner::Observed& each : plan.observed()) {
        const Node& node = t_.model.network.nodes()[each.node];
        nib_layer_statistics layer{};
        layer.name = node.position.c_str();
        layer.activation = activation_of(node.spec);
        layer.units = static_cast<std::int32_t>(node.out.features());
        layer.positions = static_cast<std::int32_t>(node.out.positions());
        layer.rows = static_cast<std::int32_t>(plan.segments().batch);
        layers_.push_back(layer);
    }
    for (const Tensor& tensor : layout.tensors) {
        nib_tensor_statistics statistics{};
        statistics.name = tensor.name.c_str();
        statistics.rows = tensor.rows;
        statistics.columns = tensor.columns;
        tensors_.push_back(statistics);
    }
}

void Diagnostics::measure(std::int64_t step) noexcept
{
    step_ = step;
    for (std::size_t i = 0; i < layers_.size(); ++i) measure_layer(i);
    for (std::size_t i = 0; i < tensors_.size(); ++i) measure_tensor(i);
}

// The kernel handles each row in single precision; the rows are joined in double.
Diagnostics::MeanAndStd Diagnostics::mean_and_std(const NumberRows& numbers) noexcept
{
    kernels::table()->moments({.rows = numbers.rows,
                               .examples = numbers.columns,
                               .stride = numbers.stride,
                               .x = numbers.first,
                               .mean = means_.data(),
                               .scatter = scatters_.data()});
    Spread spread;
    for (std::size_t r = 0; r < static_cast<std::size_t>(numbers.rows); ++r) {
        spread.join(static_cast<double>(means_[r]), static_cast<double>(scatters_[r]),
                    static_cast<double>(numbers.columns));
    }
    return {spread.mean, std::sqrt(spread.scatter / (spread.count - 1))};
}

// The rank's examples.
NumberRows Diagnostics::own_rows(nib_quantity quantity, std::size_t layer, std::int64_t step) const noexcept
{
    const Planner::Observed& observed = plan_.observed()[layer];
    const float* first = nullptr;
    if (quantity == NIB_ACTIVATIONS)
        first = plan_.value(static_cast<int>(observed.node) + 1, step);
    else
        first = (quantity == NIB_ACTIVATION_GRADIENTS ? observation_.gradients : observation_.slopes).data() +
                observed.row * plan_.stride();
    return {first, std::ptrdiff_t{layers_[layer].units} * layers_[layer].positions, plan_.batch(), plan_.stride()};
}

NumberRows Diagnostics::rows_of(nib_quantity quantity, std::size_t layer) const noexcept
{
    const NumberRows rows = own_rows(quantity, layer, step_);
    if (whole_.size() == 0) return rows;
    return {whole_.data() + whole_place(quantity, layer), rows.rows, plan_.segments().batch, whole_stride(plan_)};
}

// The place of a layer's rows for all examples.
std::ptrdiff_t Diagnostics::whole_place(nib_quantity quantity, std::size_t layer) const noexcept
{
    const auto before = static_cast<std::ptrdiff_t>(place_of(quantity)) * plan_.observed_rows();
    return (before + plan_.observed()[layer].row) * whole_stride(plan_);
}

bool Diagnostics::gather(Collective& ranks, std::int64_t step) noexcept
{
    step_ = step;
    const Segments& segments = plan_.segments();
    const std::ptrdiff_t most = most_examples(segments);
    for (const nib_quantity quantity : of_layers) {
        for (std::size_t layer = 0; layer < layers_.size(); ++layer) {
            const NumberRows own = own_rows(quantity, layer, step);
            float *const sent = messages_.data(), *const received = sent + own.rows * most;
            for (std::ptrdiff_t r = 0; r < own.rows; ++r)
                std::copy_n(own.first + r * own.stride, own.columns, sent + r * most);
            if (!ranks.all_gather(sent, static_cast<std::size_t>(own.rows * most) * sizeof *sent, received))
                return false;
            float* const whole = whole_.data() + whole_place(quantity, layer);
            for (int rank = 0; rank < segments.ranks; ++rank) {
                const Range examples = segments.examples_of(rank);
                for (std::ptrdiff_t r = 0; r < own.rows; ++r)
                    std::copy_n(received + (rank * own.rows + r) * most, examples.size(),
                                whole + r * whole_stride(plan_) + examples.first);
            }
        }
    }
    return true;
}

void Diagnostics::measure_layer(std::size_t index) noexcept
{
    nib_layer_statistics& to = layers_[index];
    const MeanAndStd values = mean_and_std(rows_of(NIB_ACTIVATIONS, index)),
                     gradient = mean_and_std(rows_of(NIB_ACTIVATION_GRADIENTS, index));
    to.mean = values.mean;
    to.std = values.std;
    to.gradient_mean = gradient.mean;
    to.gradient_std = gradient.std;
    count_saturated(rows_of(NIB_ACTIVATION_SLOPES, index), to);
}

void Diagnostics::measure_tensor(std::size_t index) noexcept
{
    nib_tensor_statistics& to = tensors_[index];
    const Tensor& tensor = t_.model.layout.tensors[index];
    const MeanAndStd data = mean_and_std(in_arena(tensor, t_.model.parameters.data()));
    const MeanAndStd gradient = mean_and_std(in_arena(tensor, t_.gradients.data()));
    to.mean = data.mean;
    to.std = data.std;
    to.gradient_mean = gradient.mean;
    to.gradient_std = gradient.std;
    to.update_std = update_std(index, gradient.std);
    to.gradient_to_data = gradient.std / data.std;
    to.log10_update_to_data = decimal_log(to.update_std / data.std);
}

// If the update is -lr gradient, it is computed from the gradient: a difference of parameters would add their rounding.
double Diagnostics::update_std(std::size_t index, double gradient_std) noexcept
{
    if (observation_.before.size() == 0) return learning_rate(t_.options, step_) * gradient_std;
    const Tensor& tensor = t_.model.layout.tensors[index];
    const NumberRows after = in_arena(tensor, t_.model.parameters.data());
    const NumberRows update = in_arena(tensor, observation_.before.data());
    float* difference = observation_.before.data() + tensor.offset;
    for (std::ptrdiff_t r = 0; r < update.rows; ++r) {
        const std::ptrdiff_t row = r * update.stride;
        for (std::ptrdiff_t c = row; c < row + update.columns; ++c) difference[c] = after.first[c] - difference[c];
    }
    return mean_and_std(update).std;
}

NumberRows Diagnostics::numbers(nib_quantity quantity, std::int64_t index) const
{
    const bool of_tensor = quantity == NIB_PARAMETER_GRADIENTS;
    const auto count = static_cast<std::int64_t>(of_tensor ? tensors_.size() : layers_.size());
    check_range("index", index, 0, count - 1);
    const auto at = static_cast<std::size_t>(index);
    if (of_tensor) return in_arena(t_.model.layout.tensors[at], t_.gradients.data());
    return rows_of(quantity, at);
}

void Diagnostics::histogram(nib_quantity quantity, std::int64_t index, nib_histogram& histogram) const
{
    fill_histogram(numbers(quantity, index), histogram);
}

void Diagnostics::values(nib_quantity quantity, std::int64_t index, float* values) const
{
    const NumberRows from = numbers(quantity, index);
    if (quantity == NIB_PARAMETER_GRADIENTS)
        return read_tensor(t_.model.layout.tensors[static_cast<std::size_t>(index)], t_.gradients.data(), values);
    for (std::ptrdiff_t r = 0; r < from.rows; ++r) {
        values = std::copy_n(from.first + r * from.stride, from.columns, values);
    }
}

} // namespace nib
