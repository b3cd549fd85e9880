#include "net/planner.hpp"

#include "kernels/sgemm.hpp"

namespace nib {

namespace {

std::vector<bool> learned_values(const Model& model)
{
    std::vector<bool> learned = {false};
    const std::vector<Node>& nodes = model.network.nodes();
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const Node& node = nodes[i];
        const bool below = learned[static_cast<std::size_t>(node.input)] ||
                           (node.shortcut >= 0 && learned[static_cast<std::size_t>(node.shortcut)]);
        learned.push_back(below || model.layout.has_tensor(i, 0) || node.kind->gain > 0);
    }
    return learned;
}

// Every step passes over the weights and over the transposed copies of them, in narrow panels. Above some size, about 2
// MiB for both, that costs more time than it saves: with AVX2, 8 examples and two layers by SGD, the time relative to a
// step by feature was 0.75 with layers of 512 (291,000 parameters) and 3.4 with layers of 1024.
constexpr std::ptrdiff_t most_parameters_by_example = 1 << 18;

bool has_planes(const Network& network)
{
    const std::vector<Node>& nodes = network.nodes();
    return network.input().is_planes() ||
           std::any_of(nodes.begin(), nodes.end(), [](const Node& node) { return node.out.is_planes(); });
}

} // namespace

Order order_of_step(const Model& model, std::ptrdiff_t batch)
{
    const auto has_plan = [](const auto& kind) { return kind.plan == nullptr || kind.plan_few != nullptr; };
    const std::vector<Node>& nodes = model.network.nodes();
    const bool few = batch <= kernels::few_examples && !has_planes(model.network) &&
                     model.layout.parameters <= most_parameters_by_example && has_plan(*model.input.kind) &&
                     std::all_of(nodes.begin(), nodes.end(), [&](const Node& node) { return has_plan(*node.kind); });
    return few ? Order::by_example : Order::by_feature;
}

std::ptrdiff_t step_stride(const Network& network, std::ptrdiff_t batch)
{
    return has_planes(network) ? padded(batch) : row_stride(batch);
}

int threads_of_step(const Model& model, std::ptrdiff_t batch, int threads)
{
    return order_of_step(model, batch) == Order::by_example ? 1 : threads;
}

Planner::Planner(const Model& model, Order order, int threads, int thread, const Segments& segments, bool fuses,
                 const Planner* counted, std::span<const StepBuffer> places)
    : model_(model),
      order_(order),
      threads_(threads),
      thread_(thread),
      segments_(segments),
      stride_(step_stride(model.network, segments.own_batch())),
      fuses_(fuses),
      counted_(counted),
      places_(places),
      is_learned_(learned_values(model)),
      gradients_(static_cast<std::size_t>(values())),
      sizes_(static_cast<std::size_t>(first_other()), 0)
{
}

void Planner::plan_network()
{
    const auto plan_of = [&](const auto& kind) { return order_ == Order::by_example ? kind.plan_few : kind.plan; };
    if (const auto plan = plan_of(*model_.input.kind)) plan(*this);
    const std::span<const Node> nodes = model_.network.nodes();
    for (std::size_t i = 0; i < nodes.size();) {
        const LayerKind& kind = *nodes[i].kind;
        const int count = fuses_ && kind.takes != nullptr ? kind.takes(nodes.subspan(i)) : 1;
        backward_.emplace_back();
        if (const auto plan = plan_of(kind)) plan(i, count, *this);
        i += static_cast<std::size_t>(count);
    }
}

// The value whose numbers this value shares, if the nodes between them compute nothing.
int Planner::producer(int value) const noexcept
{
    const std::vector<Node>& nodes = model_.network.nodes();
    while (value > 0 && nodes[static_cast<std::size_t>(value) - 1].kind->plan == nullptr)
        value = nodes[static_cast<std::size_t>(value) - 1].input;
    return value;
}

Reach Planner::reach(int value, const LayerShape& shared) const
{
    const LayerShape& own = shape_of(value);
    return own.features() == shared.features() && own.positions() == shared.positions() ? Reach::own : Reach::all;
}

ExampleRows Planner::example_rows(const LayerShape& shape) const
{
    const std::ptrdiff_t positions = shape.positions(), stride = positions * stride_;
    if (stride_ == batch()) return {positions * batch(), stride, 1};
    return {batch(), stride, positions};
}

StepBuffer Planner::buffer(int id, std::ptrdiff_t floats)
{
    const auto index = static_cast<std::size_t>(id);
    sizes_[index] = std::max(sizes_[index], floats);
    return places_.empty() ? StepBuffer{.id = id} : places_[index];
}

std::ptrdiff_t Planner::floats_of(int value) const
{
    const std::ptrdiff_t rows = model_.network.shape_of(value).rows();
    return order_ == Order::by_example ? batch() * row_stride(rows) : rows * stride_;
}

StepBuffer Planner::value(int value)
{
    const int at = producer(value);
    return buffer(2 * at, floats_of(at));
}

int Planner::readers(int value) const
{
    const int at = producer(value);
    int count = at == producer(model_.network.learned()) ? 1 : 0;
    for (const Node& node : model_.network.nodes()) {
        if (node.kind->plan == nullptr) continue;
        count += producer(node.input) == at ? 1 : 0;
        count += node.shortcut >= 0 && producer(node.shortcut) == at ? 1 : 0;
    }
    return count;
}

GradientParts Planner::gradient(int value)
{
    if (counted_ == nullptr) return {};
    const int at = producer(value);
    const ValueGradient& counted = counted_->gradients_[static_cast<std::size_t>(at)];
    if (counted.shared.count > 0) {
        GradientParts shared = counted.shared;
        shared.buffer = buffer(shared.buffer.id, 0);
        return shared;
    }
    const std::ptrdiff_t size = floats_of(at);
    return {buffer(2 * at + 1, counted.parts * size), 0, counted.parts, size};
}

GradientParts Planner::leave_gradient(int value, std::ptrdiff_t parts)
{
    if (!has_gradient(value)) return {};
    const int at = producer(value);
    ValueGradient& gradient = gradients_[static_cast<std::size_t>(at)];
    const std::ptrdiff_t size = floats_of(at);
    const std::ptrdiff_t first = gradient.parts * size;
    gradient.parts += parts;
    return {buffer(2 * at + 1, gradient.parts * size), first, parts, size};
}

void Planner::share_gradient(int to, const GradientParts& left)
{
    gradients_[static_cast<std::size_t>(producer(to))].shared = left;
}

StepBuffer Planner::array(std::ptrdiff_t floats)
{
    sizes_.push_back(0);
    return buffer(static_cast<int>(sizes_.size()) - 1, floats);
}

void Planner::need_blocks(const kernels::Product& product) { need_blocks(kernels::blocked_workspace(product)); }

std::ptrdiff_t Planner::observe(std::size_t node)
{
    const std::ptrdiff_t row = observed_rows_;
    observed_.push_back({node, row});
    observed_rows_ += this->node(node).out.rows();
    return row;
}

std::vector<Stage> Planner::backward_stages() const
{
    std::vector<Stage> all;
    for (auto layer = backward_.rbegin(); layer != backward_.rend(); ++layer)
        all.insert(all.end(), layer->begin(), layer->end());
    for (const std::vector<Stage>* behind : {&last_, &finish_}) all.insert(all.end(), behind->begin(), behind->end());
    return all;
}

} // namespace nib
