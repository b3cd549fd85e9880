#include "net/layout.hpp"

#include "catch.hpp"
#include "error_of.hpp"
#include "goldens.hpp"
#include "networks.hpp"
#include "numbers.hpp"
#include "train/presets.hpp"

#include <algorithm>
#include <vector>

using namespace nib;
using namespace nib::test;

namespace {

// How many tensors claim each float of the arena.
std::vector<int> claims(const Layout& layout)
{
    std::vector<int> count(static_cast<std::size_t>(layout.size));
    for (const Tensor& tensor : layout.tensors) {
        for (std::ptrdiff_t r = 0; r < tensor.rows; ++r) {
            for (std::ptrdiff_t c = 0; c < tensor.columns; ++c) {
                const std::ptrdiff_t at = tensor.offset + tensor.place(r, c);
                ++count.at(static_cast<std::size_t>(at));
            }
        }
    }
    return count;
}

void check_running(const Layout& layout)
{
    std::ptrdiff_t end = 0;
    for (const Running& running : layout.running) {
        CHECK(running.mean == end);
        CHECK(running.spread == end + padded(running.size));
        end += 2 * padded(running.size);
    }
    CHECK(layout.running_size == end);
}

// Checks that a node has the tensors of its word: name, shape and order in memory.
void check_node(const Layout& layout, std::size_t index, const Node& node)
{
    const std::string word = node.kind->word.name;
    CAPTURE(node.position, word);
    CHECK(layout.has_running(index) == (word == "batchnorm"));
    if (word == "embedding") {
        const Tensor& weight = layout.tensor(index, 0);
        CHECK(weight.name == node.position + ".weight");
        CHECK(weight.rows == layout.outputs);
        CHECK(weight.columns == node.out.width);
        CHECK(weight.row_stride == 1);
        CHECK(weight.column_stride >= layout.outputs);
        CHECK(weight.column_stride % 16 == 0);
        CHECK(weight.column_stride % 256 != 0);
        CHECK_FALSE(layout.has_tensor(index, 1));
    } else if (word == "linear") {
        const Tensor& weight = layout.tensor(index, 0);
        CHECK(weight.name == node.position + ".weight");
        CHECK(weight.rows == node.out.width);
        CHECK(weight.columns == node.in.width);
        CHECK(weight.column_stride == 1);
        CHECK(weight.row_stride >= weight.columns);
        CHECK(weight.row_stride % 16 == 0);
        CHECK(weight.row_stride % 256 != 0);
        if (layout.has_tensor(index, 1)) CHECK(layout.tensor(index, 1).name == node.position + ".bias");
        if (layout.has_tensor(index, 1)) CHECK(layout.tensor(index, 1).rows == node.out.width);
    } else if (word == "batchnorm") {
        CHECK(layout.tensor(index, 0).name == node.position + ".weight");
        CHECK(layout.tensor(index, 1).name == node.position + ".bias");
        CHECK(layout.tensor(index, 1).rows == node.out.width);
        CHECK(layout.running_of(index).mean_name() == node.position + ".running_mean");
        CHECK(layout.running_of(index).variance_name() == node.position + ".running_var");
        CHECK(layout.running_of(index).count_name() == node.position + ".num_batches_tracked");
        CHECK(layout.running_of(index).size == node.out.width);
    } else if (word == "layernorm") {
        CHECK(layout.tensor(index, 0).name == node.position + ".weight");
        CHECK(layout.tensor(index, 0).rows == node.out.width);
        CHECK(layout.tensor(index, 1).name == node.position + ".bias");
        CHECK(layout.tensor(index, 1).rows == node.out.width);
    } else {
        CHECK_FALSE(layout.has_tensor(index, 0));
    }
}

void check_layout(const Network& network)
{
    const Layout layout(network);
    const std::vector<int> count = claims(layout);
    CHECK(*std::max_element(count.begin(), count.end()) == 1);
    CHECK(std::count(count.begin(), count.end(), 1) == layout.parameters);
    CHECK(layout.size % 16 == 0);
    for (const Tensor& tensor : layout.tensors) {
        CHECK(tensor.offset % 16 == 0);
        CHECK(tensor.decays == !tensor.is_vector()); // AdamW's weight decay spares biases and norms
    }
    check_running(layout);
    for (std::size_t i = 0; i < network.nodes().size(); ++i) check_node(layout, i, network.nodes()[i]);
}

std::vector<std::string> names(const Layout& layout)
{
    std::vector<std::string> all;
    for (const Tensor& tensor : layout.tensors) all.push_back(tensor.name);
    return all;
}

Layout layout_of(const nib_model_options& options, std::ptrdiff_t classes)
{
    return Layout(network_of(spec_of(options), classes));
}
Layout layout_of(const MlpText& text) { return Layout(network_of(spec_of(text), 27)); }

} // namespace

TEST_CASE("tensors of any shape lie side by side, aligned")
{
    Numbers numbers(1);
    for (int i = 0; i < 100; ++i) {
        const MlpText text = {.context = numbers.between(1, 9),
                              .embedding = numbers.between(1, 33),
                              .hidden = numbers.one_of({1, 15, 16, 17, 100, 255, 256, 257}),
                              .layers = numbers.between(0, 4),
                              .norm = numbers.between(0, 1) != 0 ? "batchnorm" : "",
                              .output_norm = numbers.between(0, 1) != 0 ? "batchnorm running=std" : ""};
        const int classes = numbers.one_of({2, 5, 16, 27, 240, 256, 4096});
        CAPTURE(text.network(), text.context, classes);
        check_layout(network_of(spec_of(text), classes));
    }
    for (const char* text :
         {"embedding 3, flatten, residual(linear 6 bias=off, tanh | linear 6), linear bias=off",
          "embedding 3, flatten, layernorm, linear 7, batchnorm, dropout 0.1, layernorm, relu, linear"}) {
        CAPTURE(text);
        check_layout(network_of(spec_of(text, 2), 5));
    }
}

TEST_CASE("the presets have the names, shapes and numbers of parameters of PyTorch's state_dict")
{
    for (const Json& preset : golden("presets.json").at("presets")) {
        const Layout layout = layout_of(find_preset(preset.at("name").get<std::string>())->model, 27);
        CAPTURE(preset.at("name").get<std::string>());
        CHECK(layout.parameters == preset.at("parameters").get<std::ptrdiff_t>());
        CHECK(layout.tensors.size() == preset.at("tensors").size());
        for (const Tensor& tensor : layout.tensors) {
            CAPTURE(tensor.name);
            REQUIRE(preset.at("tensors").contains(tensor.name));
            std::vector<std::ptrdiff_t> shape{tensor.rows};
            if (!tensor.is_vector()) shape.push_back(tensor.columns);
            CHECK(preset.at("tensors").at(tensor.name).at("shape").get<std::vector<std::ptrdiff_t>>() == shape);
            CHECK((!tensor.is_vector() || tensor.columns == 1));
        }
    }
}

TEST_CASE("names come in state_dict's order")
{
    using Names = std::vector<std::string>;
    MlpText text = {.layers = 1, .output_norm = "batchnorm"};
    CHECK(names(layout_of(text)) ==
          Names{"0.weight", "2.weight", "3.weight", "3.bias", "5.weight", "6.weight", "6.bias"});
    text.norm = text.output_norm = "";
    CHECK(names(layout_of(text)) == Names{"0.weight", "2.weight", "2.bias", "4.weight", "4.bias"});
    text.layers = 0;
    CHECK(names(layout_of(text)) == Names{"0.weight", "2.weight", "2.bias"});
}

TEST_CASE("names within a residual come before those behind it, main before shortcut")
{
    const Network network = network_of(
        spec_of("embedding 3, flatten, residual(linear 4, batchnorm, residual(tanh, linear 4) | linear 4), linear", 2),
        5);
    using Names = std::vector<std::string>;
    CHECK(names(Layout(network)) == Names{"0.weight", "2.0.weight", "2.1.weight", "2.1.bias", "2.2.1.weight",
                                          "2.2.1.bias", "2.shortcut.0.weight", "2.shortcut.0.bias", "3.weight",
                                          "3.bias"});
}

TEST_CASE("the lecture's numbers of parameters")
{
    const auto parameters = [](const char* preset) { return layout_of(find_preset(preset)->model, 27).parameters; };
    CHECK(parameters("lecture-original") == 27 * 10 + 30 * 200 + 200 + 200 * 27 + 27);
    CHECK(parameters("lecture-batchnorm") == 27 * 10 + 30 * 200 + 2 * 200 + 200 * 27 + 27);
    CHECK(parameters("lecture-deep") == 47024);
}

TEST_CASE("statistics that nothing is added to before they are divided by are known")
{
    const auto running = [](const char* norm) { return layout_of({.layers = 1, .norm = norm}).running.front(); };
    CHECK_FALSE(running("batchnorm").divides_by_spread);
    CHECK_FALSE(running("batchnorm").is_std);
    CHECK(running("batchnorm eps=0").divides_by_spread);
    CHECK(running("batchnorm running=std").divides_by_spread);
    CHECK(running("batchnorm running=std").is_std);
}
