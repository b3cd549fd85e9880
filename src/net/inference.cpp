#include "net/inference.hpp"

#include "base/error.hpp"
#include "net/chunks.hpp"

#include <algorithm>

namespace nib {

Inference::Inference(const Model& model) : model_(model)
{
    find_parts();
    find_places();
    find_constants();
    refresh();
}

void Inference::find_parts()
{
    const std::span<const Node> nodes = model_.network.nodes();
    for (std::size_t i = 0; i < nodes.size();) {
        const LayerKind& kind = *nodes[i].kind;
        const int count = kind.takes == nullptr ? 1 : kind.takes(nodes.subspan(i));
        parts_.push_back({i, count, 0});
        i += static_cast<std::size_t>(count);
    }
}

// The value that a node passes through unchanged, if the node computes nothing.
int Inference::producer(int value) const noexcept
{
    const std::vector<Node>& nodes = model_.network.nodes();
    while (value > 0 && nodes[static_cast<std::size_t>(value) - 1].kind->evaluate == nullptr)
        value = nodes[static_cast<std::size_t>(value) - 1].input;
    return value;
}

// Assigns a place to each value. A place is free again once the last part that reads it is done.
void Inference::find_places()
{
    struct PlaceUse {
        std::ptrdiff_t rows;
        std::size_t last; // the last part that reads it
    };
    const Network& network = model_.network;
    const auto value_after = [](const Part& part) { return static_cast<int>(part.node) + part.nodes; };
    std::vector<std::size_t> last_use(network.nodes().size() + 1, 0);
    for (std::size_t p = 0; p < parts_.size(); ++p) {
        const Node& node = network.nodes()[parts_[p].node];
        for (const int value : {node.input, node.shortcut})
            if (value > 0) last_use[static_cast<std::size_t>(producer(value))] = p;
    }
    last_use[static_cast<std::size_t>(producer(network.output()))] = parts_.size();

    std::vector<PlaceUse> uses;
    std::vector<std::size_t> use_of(last_use.size(), 0);
    for (std::size_t p = 0; p < parts_.size(); ++p) {
        const auto value = static_cast<std::size_t>(value_after(parts_[p]));
        if (network.nodes()[parts_[p].node].kind->evaluate == nullptr) continue;
        const auto free = std::find_if(uses.begin(), uses.end(), [&](const PlaceUse& use) { return use.last < p; });
        use_of[value] = static_cast<std::size_t>(free - uses.begin());
        if (free == uses.end()) uses.push_back({0, 0});
        PlaceUse& use = uses[use_of[value]];
        use.rows = std::max(use.rows, network.shape_of(static_cast<int>(value)).rows());
        use.last = std::max(last_use[value], p);
    }
    std::vector<std::ptrdiff_t> begins;
    std::ptrdiff_t end = 0;
    for (const PlaceUse& use : uses) {
        begins.push_back(end);
        end += use.rows * chunk;
    }
    for (std::size_t value = 0; value < use_of.size(); ++value) {
        const std::size_t use = use_of[static_cast<std::size_t>(producer(static_cast<int>(value)))];
        places_.push_back(value == 0 || begins.empty() ? 0 : begins[use]);
    }
    workspace_size_ = static_cast<std::size_t>(end);
}

void Inference::find_constants()
{
    const std::vector<Node>& nodes = model_.network.nodes();
    std::ptrdiff_t total = 0;
    for (const Node& node : nodes) {
        offsets_.push_back(total);
        if (node.kind->constants != nullptr) total += node.kind->constants(node);
    }
    constants_ = Buffer<float>(static_cast<std::size_t>(total), model_.memory);
    for (Part& part : parts_) {
        for (std::size_t i = part.node; i < part.node + static_cast<std::size_t>(part.nodes); ++i)
            if (nodes[i].kind->constants != nullptr) part.constants = offsets_[i];
    }
}

void Inference::refresh() noexcept
{
    const std::vector<Node>& nodes = model_.network.nodes();
    for (std::size_t i = 0; i < nodes.size(); ++i)
        if (nodes[i].kind->constants != nullptr) nodes[i].kind->prepare(model_, i, constants_.data() + offsets_[i]);
}

float* Inference::place(int value, float* workspace) const noexcept
{
    return workspace + places_[static_cast<std::size_t>(value)];
}

void Inference::run(const Part& part, int nodes, const InferenceInput& input, std::ptrdiff_t count,
                    float* workspace) const
{
    const Node& node = model_.network.nodes()[part.node];
    if (node.kind->evaluate == nullptr) return;
    node.kind->evaluate(model_, part.node, nodes,
                        {.kernels = *kernels::table(),
                         .count = count,
                         .contexts = input.contexts,
                         .constants = constants_.data() + part.constants,
                         .from = array(node.input, input, workspace),
                         .shortcut = node.shortcut < 0 ? nullptr : array(node.shortcut, input, workspace),
                         .to = place(static_cast<int>(part.node) + part.nodes, workspace)});
}

const float* Inference::array(int value, const InferenceInput& input, float* workspace) const noexcept
{
    return producer(value) == 0 ? input.x : place(value, workspace);
}

const float* Inference::value(int wanted, const InferenceInput& input, std::ptrdiff_t count, float* workspace) const
{
    int done = 0;
    for (const Part& part : parts_) {
        if (done == wanted) break;
        const int nodes = std::min(part.nodes, wanted - done);
        run(part, nodes, input, count, workspace);
        done += nodes;
        if (nodes < part.nodes) return place(done + part.nodes - nodes, workspace);
    }
    return array(wanted, input, workspace);
}

const float* Inference::outputs(const InferenceInput& input, std::ptrdiff_t count, float* workspace) const
{
    return value(model_.network.output(), input, count, workspace);
}

void model_logits(const Model& model, std::span<const std::int32_t> contexts, float* logits, int threads)
{
    const std::ptrdiff_t vocabulary = model.vocabulary().size(), length = model.context_length;
    for (const std::int32_t id : contexts) {
        if (id >= 0 && id < vocabulary) continue;
        throw Error(NIB_ERR_INVALID_ARGUMENT, "a context holds the id %d: expected 0 to %td", static_cast<int>(id),
                    vocabulary - 1);
    }
    const std::ptrdiff_t count = static_cast<std::ptrdiff_t>(contexts.size()) / length;
    const Inference inference(model);
    for_chunks(
        0, count, threads, [&] { return Buffer<float>(inference.workspace_size(), model.memory); },
        [&](const Chunk& c, Buffer<float>& workspace) {
            const float* z =
                inference.outputs({.contexts = contexts.data() + c.first * length}, c.size, workspace.data());
            kernels::table()->transpose(vocabulary, c.size, z, Inference::chunk, logits + c.first * vocabulary,
                                        vocabulary);
        });
}

} // namespace nib
