// The texts of networks, inputs and losses. The first byte chooses which of these, the number of classes, and for a
// network over a table the shape of a row; the others are the text.
#include "fuzz/fuzz.hpp"
#include "layers/list.hpp"
#include "net/layout.hpp"
#include "net/text.hpp"

#include <algorithm>
#include <string>
#include <string_view>

using namespace nib;

namespace {

// A refused text gets a message that is safe to show and says which text it is about.
template <class Read>
void refusable_text(std::string_view name, Read read)
{
    fuzz::refusable([&] {
        try {
            read();
        } catch (const Error& error) {
            const std::string_view sentence = error.what();
            fuzz::require(error.status() == NIB_ERR_NO_MEMORY || sentence.starts_with(name), "an error names the text");
            const auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; };
            fuzz::require(std::none_of(sentence.begin(), sentence.end(), is_control), "an error may be shown");
            throw;
        }
    });
}

void check_node(const Network& network, const Node& node)
{
    const bool is_residual = node.kind->is_residual;
    fuzz::require(node.in.rows() > 0 && node.out.rows() > 0, "shapes hold numbers");
    fuzz::require(node.in == network.shape_of(node.input), "a layer gets what the one before it leaves");
    fuzz::require(!node.kind->keeps_shape || node.in == node.out, "such a layer keeps the shape");
    fuzz::require(is_residual == (node.shortcut >= 0), "a sum has two terms, and nothing else has");
    fuzz::require(!is_residual || network.shape_of(node.shortcut) == node.out, "what is added has one shape");
    fuzz::require(std::string_view(node.text).starts_with(node.kind->word.name), "a layer is printed with its word");
}

void check_network(const std::vector<LayerSpec>& layers, const LayerShape& input, std::ptrdiff_t classes)
{
    const bool has_unscale = layers.back().kind->stands == Stands::last;
    const Network network(layers, input, classes, has_unscale ? Task::numbers : Task::classes);
    fuzz::require(network.items() == layers, "a network keeps its list");
    fuzz::require(network.nodes().size() == count_of(layers), "each layer is a node");
    for (const Node& node : network.nodes()) check_node(network, node);
    const LayerShape& out = network.shape_of(network.output());
    fuzz::require(out.kind == ShapeKind::flat && out.width == classes, "the output is a number for each class");
    const Layout layout(network);
    std::ptrdiff_t end = 0;
    for (const Tensor& tensor : layout.tensors) {
        fuzz::require(tensor.rows > 0 && tensor.columns > 0, "a tensor holds numbers");
        fuzz::require(tensor.offset >= end && tensor.offset % 16 == 0, "tensors do not overlap");
        end = tensor.offset + tensor.rows * tensor.columns;
    }
    fuzz::require(end <= layout.size, "the arena holds the tensors");
}

void check_network_text(std::string_view text, const LayerShape& row, std::ptrdiff_t classes)
{
    const std::vector<LayerSpec> layers = parse_network(text, spec_words());
    fuzz::require(!layers.empty() && count_of(layers) <= most_layers, "a network has 1 to 1,024 layers");
    const std::string printed = print_network(layers);
    fuzz::require(printed.find_first_of("\n\r\t#") == printed.npos, "a network is printed on one line");
    const std::vector<LayerSpec> again = parse_network(printed, spec_words());
    fuzz::require(again == layers, "what is printed is the same network");
    fuzz::require(print_network(again) == printed, "and is printed as it stands");
    const bool of_table = layers.front().kind->word.name != std::string_view("embedding");
    check_network(layers, of_table ? row : LayerShape{ShapeKind::symbols, 1, 3, 1}, classes);
}

void check_input_text(std::string_view text)
{
    const InputSpec input = parse_input(text, spec_words());
    const std::string printed = print_input(input);
    const InputSpec again = parse_input(printed, spec_words());
    fuzz::require(again == input, "what is printed is the same input");
    fuzz::require(print_input(again) == printed, "and is printed as it stands");
    fuzz::require(input.kind->shape(input.options).rows() >= 0, "an input has a shape, or that of the data");
}

void check_loss_text(std::string_view text)
{
    const LossSpec loss = parse_loss(text, spec_words());
    const std::string printed = print_loss(loss);
    fuzz::require(parse_loss(printed, spec_words()) == loss, "what is printed is the same loss");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    if (size == 0) return 0;
    const std::string_view text(reinterpret_cast<const char*>(bytes) + 1, size - 1);
    constexpr std::ptrdiff_t classes[] = {2, 27, 4096};
    const LayerShape rows[] = {flat_shape(5), {ShapeKind::signal, 3, 1, 20}, {ShapeKind::image, 3, 17, 13}};
    const std::size_t choice = bytes[0] / 2;
    if ((bytes[0] & 1) == 0)
        refusable_text("network", [&] {
            check_network_text(text, rows[choice / 4 % std::size(rows)], classes[choice % 4 % std::size(classes)]);
        });
    else if ((bytes[0] & 2) == 0)
        refusable_text("input", [&] { check_input_text(text); });
    else
        refusable_text("loss", [&] { check_loss_text(text); });
    return 0;
}
