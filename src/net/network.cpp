#include "net/network.hpp"

#include "base/error.hpp"
#include "net/text.hpp"

#include <algorithm>
#include <utility>

namespace nib {

namespace {

// The bound is for an example between two layers. 1,024 layers of these, with gradients and minibatches of 2^20, are
// 2^61 bytes.
constexpr std::ptrdiff_t most_numbers = std::ptrdiff_t{1} << 28;

[[noreturn]] void refuse(const std::string& position, const LayerKind& kind, const std::string& sentence)
{
    throw Error(NIB_ERR_INVALID_ARGUMENT, "network, layer %s (%s): %s", position.c_str(), kind.word.name,
                sentence.c_str());
}

bool lacks_size(const LayerSpec& item)
{
    return item.kind->takes_its_size && value_of(item.kind->word.sizes.front(), item.options) == 0;
}

// The item, with its missing size filled in; only a last item may lack it.
LayerSpec with_size(const std::vector<LayerSpec>& items, std::size_t index, const std::string& position,
                    std::ptrdiff_t outputs)
{
    LayerSpec item = items[index];
    if (!lacks_size(item)) return item;
    const auto keeps = [](const LayerSpec& each) { return each.kind->keeps_shape && each.shortcut.empty(); };
    const bool is_last =
        outputs > 0 && std::all_of(items.begin() + static_cast<std::ptrdiff_t>(index) + 1, items.end(), keeps);
    if (!is_last) refuse(position, *item.kind, "expected its number of outputs, which only the last linear may lack");
    set_value(item.kind->word.sizes.front(), item.options, static_cast<double>(outputs));
    return item;
}

// A node may be restricted to the beginning or the end of the whole list.
void check_place(const Node& node, const std::vector<Node>& nodes, Task task)
{
    const LayerKind& kind = *node.kind;
    if (kind.stands == Stands::first && &node != &nodes.front())
        refuse(node.position, kind, "stands behind other layers: expected it first, where it gets the data's numbers");
    if (kind.stands != Stands::last) return;
    if (&node != &nodes.back() || node.position.find('.') != std::string::npos)
        refuse(node.position, kind, "stands before other layers: expected it last");
    if (task == Task::classes) refuse(node.position, kind, "the data have classes: expected numbers to learn");
}

} // namespace

Network::Network(std::vector<LayerSpec> items, const LayerShape& input, std::ptrdiff_t outputs, Task task)
    : items_(std::move(items)), input_(input), outputs_(outputs)
{
    nodes_.reserve(count_of(items_));
    const LayerShape& out = shape_of(add(items_, "", 0, outputs));
    for (const Node& node : nodes_) check_place(node, nodes_, task);
    const Node& last = nodes_.back();
    if (out.kind == ShapeKind::flat && out.width == outputs) return;
    refuse(last.position, *last.kind,
           "leaves " + text_of(out) + ": expected (" + std::to_string(outputs) + "), " +
               (task == Task::classes ? "a number for each class of the data" : "the numbers to learn"));
}

int Network::add(const std::vector<LayerSpec>& items, const std::string& prefix, int input, std::ptrdiff_t outputs)
{
    int value = input;
    for (std::size_t i = 0; i < items.size(); ++i) {
        const std::string position = prefix + std::to_string(i);
        value = items[i].kind->is_residual ? add_residual(items[i], position, value)
                                           : add_layer(with_size(items, i, position, outputs), position, value);
        nodes_.back().has_next = i + 1 < items.size() && !items[i + 1].kind->is_residual;
        nodes_.back().text = print_layer(items[i], std::span(items).subspan(i + 1));
    }
    return value;
}

int Network::add_layer(const LayerSpec& item, const std::string& position, int input)
{
    const LayerShape in = shape_of(input);
    const std::optional<LayerShape> out = item.kind->shape(item, in);
    if (!out) refuse(position, *item.kind, "gets " + text_of(in) + ": expected " + item.kind->expects);
    if (out->rows() > most_numbers)
        refuse(position, *item.kind, "leaves " + text_of(*out) + ": expected at most 268,435,456 numbers");
    nodes_.push_back({.kind = item.kind, .spec = item, .position = position, .in = in, .out = *out, .input = input});
    return static_cast<int>(nodes_.size());
}

int Network::add_residual(const LayerSpec& item, const std::string& position, int input)
{
    if (shape_of(input).kind == ShapeKind::symbols) refuse(position, *item.kind, "gets symbols: expected numbers");
    const int main = add(item.main, position + ".", input, 0);
    const int shortcut = item.shortcut.empty() ? input : add(item.shortcut, position + ".shortcut.", input, 0);
    const LayerShape out = shape_of(main);
    if (out != shape_of(shortcut))
        refuse(position, *item.kind,
               "adds " + text_of(out) + " and " + text_of(shape_of(shortcut)) + ": expected one shape");
    nodes_.push_back({.kind = item.kind,
                      .spec = {item.kind, item.options, {}, {}},
                      .position = position,
                      .in = out,
                      .out = out,
                      .input = main,
                      .shortcut = shortcut});
    return static_cast<int>(nodes_.size());
}

} // namespace nib
