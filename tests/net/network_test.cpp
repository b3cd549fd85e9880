// From the items of a text to nodes: shapes, positions, inputs, and networks that are refused.
#include "net/network.hpp"

#include "layers/linear.hpp"
#include "net/text.hpp"

#include "catch.hpp"
#include "error_of.hpp"
#include "models.hpp"

#include <string>
#include <vector>

using namespace nib;
using namespace nib::test;

namespace {

// A network over two symbols of context and five classes.
Network network(const std::string& text) { return network_of(spec_of(text, 2), 5); }

std::string fault(const std::string& text)
{
    return error_of(NIB_ERR_INVALID_ARGUMENT, [&] { network(text); });
}

// A node in one line: "2.0 linear (6) -> (4), reads 2".
std::string line_of(const Node& node)
{
    std::string line = node.position + " " + node.kind->word.name + " " + text_of(node.in) + " -> " +
                       text_of(node.out) + ", reads " + std::to_string(node.input);
    if (node.shortcut >= 0) line += " and " + std::to_string(node.shortcut);
    return node.has_next ? line + ", has next" : line;
}

std::vector<std::string> lines_of(const Network& network)
{
    std::vector<std::string> lines;
    for (const Node& node : network.nodes()) lines.push_back(line_of(node));
    return lines;
}

using Lines = std::vector<std::string>;

} // namespace

TEST_CASE("nodes follow the list: positions, shapes, and each reads what the one before leaves")
{
    const Network list = network("embedding 3, tanh, flatten, linear 4 bias=off, batchnorm, linear");
    CHECK(lines_of(list) ==
          Lines{"0 embedding 2 symbols -> (2, 3), reads 0, has next", "1 tanh (2, 3) -> (2, 3), reads 1, has next",
                "2 flatten (2, 3) -> (6), reads 2, has next", "3 linear (6) -> (4), reads 3, has next",
                "4 batchnorm (4) -> (4), reads 4, has next", "5 linear (4) -> (5), reads 5"});
    CHECK(list.output() == 6);
    CHECK(text_of(list.input()) == "2 symbols");
    CHECK(list.shape_of(0) == list.input());
    CHECK(list.shape_of(4) == flat_shape(4));
    CHECK(list.shape_of(1).rows() == 6);
    CHECK(list.nodes()[4].name() == "4 (batchnorm)");
}

TEST_CASE("a residual's node stands behind its items and reads both values")
{
    CHECK(lines_of(network("embedding 3, flatten, residual(linear 4, tanh | linear 4), linear")) ==
          Lines{"0 embedding 2 symbols -> (2, 3), reads 0, has next", "1 flatten (2, 3) -> (6), reads 1",
                "2.0 linear (6) -> (4), reads 2, has next", "2.1 tanh (4) -> (4), reads 3",
                "2.shortcut.0 linear (6) -> (4), reads 2", "2 residual (4) -> (4), reads 4 and 5, has next",
                "3 linear (4) -> (5), reads 6"});
    // Without a shortcut the other value is the residual's input.
    CHECK(lines_of(network("embedding 3, flatten, residual(tanh, relu), linear")) ==
          Lines{"0 embedding 2 symbols -> (2, 3), reads 0, has next", "1 flatten (2, 3) -> (6), reads 1",
                "2.0 tanh (6) -> (6), reads 2, has next", "2.1 relu (6) -> (6), reads 3",
                "2 residual (6) -> (6), reads 4 and 2, has next", "3 linear (6) -> (5), reads 5"});
}

TEST_CASE("residuals stand in residuals, and on what is not flat")
{
    CHECK(lines_of(network("embedding 3, residual(residual(tanh) | residual(relu)), flatten, linear")) ==
          Lines{"0 embedding 2 symbols -> (2, 3), reads 0", "1.0.0 tanh (2, 3) -> (2, 3), reads 1",
                "1.0 residual (2, 3) -> (2, 3), reads 2 and 1", "1.shortcut.0.0 relu (2, 3) -> (2, 3), reads 1",
                "1.shortcut.0 residual (2, 3) -> (2, 3), reads 4 and 1",
                "1 residual (2, 3) -> (2, 3), reads 3 and 5, has next", "2 flatten (2, 3) -> (6), reads 6, has next",
                "3 linear (6) -> (5), reads 7"});
}

TEST_CASE("a layer that does not take what it gets is told with its position, and both shapes")
{
    const std::string row = "expected a row of numbers, (N); flatten makes one";
    CHECK(fault("linear 5") == "network, layer 0 (linear): gets 2 symbols: " + row);
    CHECK(fault("embedding 3, linear") == "network, layer 1 (linear): gets (2, 3): " + row);
    CHECK(fault("embedding 3, batchnorm, flatten, linear") ==
          "network, layer 1 (batchnorm): gets (2, 3): expected a row of numbers, (N), or planes; flatten makes a row");
    CHECK(fault("embedding 3, tanh, embedding 4, flatten, linear") ==
          "network, layer 2 (embedding): gets (2, 3): expected symbols");
    CHECK(fault("embedding 3, flatten, embedding 4") == "network, layer 2 (embedding): gets (6): expected symbols");
    CHECK(fault("flatten, linear") == "network, layer 0 (flatten): gets 2 symbols: expected numbers");
    CHECK(fault("gelu, linear") == "network, layer 0 (gelu): gets 2 symbols: expected numbers");
    CHECK(fault("residual(tanh), linear") == "network, layer 0 (residual): gets symbols: expected numbers");
    CHECK(fault("embedding 3, residual(tanh, linear 3), flatten, linear") ==
          "network, layer 1.1 (linear): gets (2, 3): " + row);
    CHECK(fault("embedding 3, flatten, residual(tanh | embedding 3), linear") ==
          "network, layer 2.shortcut.0 (embedding): gets (6): expected symbols");
}

TEST_CASE("padding cannot make planes grow without bound")
{
    const auto planes = [](const std::string& text) {
        nib_model_options options = initial_model_options();
        options.network = text.c_str();
        options.input = "floats 1x1x1";
        ModelDesign(spec_of(options), {.is_text = false, .features = 1, .task = Task::classes, .learned = 2});
    };
    CHECK(error_of(NIB_ERR_INVALID_ARGUMENT, [&] {
              planes("9 x (conv2d 1 1 padding=4096), global-average, linear");
          }) == "network, layer 1 (conv2d): leaves (1, 16385, 16385): expected at most 268,435,456 numbers");
    planes("conv2d 1 1 padding=0x4096, global-average, linear"); // an extent may have none
}

TEST_CASE("a residual adds two values of one shape")
{
    CHECK(fault("embedding 3, flatten, residual(linear 4), linear") ==
          "network, layer 2 (residual): adds (4) and (6): expected one shape");
    CHECK(fault("embedding 3, flatten, residual(linear 4 | linear 7), linear") ==
          "network, layer 2 (residual): adds (4) and (7): expected one shape");
    CHECK(fault("embedding 3, residual(flatten), linear") ==
          "network, layer 1 (residual): adds (6) and (2, 3): expected one shape");
    CHECK(fault("embedding 3, flatten, residual(residual(linear 4) | linear 4), linear") ==
          "network, layer 2.0 (residual): adds (4) and (6): expected one shape");
}

TEST_CASE("the last linear of the list may lack its size, if the shape stays behind it")
{
    for (const char* behind : {"", ", batchnorm", ", tanh", ", batchnorm gain=0.1, relu, identity",
                               ", residual(batchnorm, tanh)", ", residual(linear 5, relu)"}) {
        const std::string text = std::string("embedding 3, flatten, linear 4, linear") + behind;
        const Network list = network(text);
        INFO(text);
        CHECK(list.nodes()[3].out == flat_shape(5));
        CHECK(list.nodes()[3].spec.options.as<LinearOptions>().outputs == 5);
        CHECK(print_network(list.items()) == text); // a missing size stays missing
    }
    const std::string only_last = "expected its number of outputs, which only the last linear may lack";
    CHECK(fault("embedding 3, flatten, linear, linear") == "network, layer 2 (linear): " + only_last);
    CHECK(fault("embedding 3, flatten, linear, tanh, linear 5") == "network, layer 2 (linear): " + only_last);
    CHECK(fault("embedding 3, flatten, linear, flatten") == "network, layer 2 (linear): " + only_last);
    CHECK(fault("embedding 3, flatten, linear, residual(tanh | relu)") == "network, layer 2 (linear): " + only_last);
    CHECK(fault("embedding 3, flatten, residual(linear), linear") == "network, layer 2.0 (linear): " + only_last);
    CHECK(fault("embedding 3, flatten, residual(linear 5 | linear)") ==
          "network, layer 2.shortcut.0 (linear): " + only_last);
    CHECK(fault("embedding 3, flatten, linear 5, residual(linear)") == "network, layer 3.0 (linear): " + only_last);
}

TEST_CASE("what the last layer leaves is a number for each class")
{
    CHECK(network("embedding 3, flatten, linear 5").output() == 3);
    CHECK(network("embedding 3, flatten, residual(linear 5 | linear 5)").shape_of(5).width == 5);
    const std::string for_each = "expected (5), a number for each class of the data";
    CHECK(fault("embedding 3, flatten, linear 6") == "network, layer 2 (linear): leaves (6): " + for_each);
    CHECK(fault("embedding 3, flatten, linear 6, tanh") == "network, layer 3 (tanh): leaves (6): " + for_each);
    CHECK(fault("embedding 3, flatten, residual(linear 6 | linear 6)") ==
          "network, layer 2 (residual): leaves (6): " + for_each);
    CHECK(fault("embedding 5") == "network, layer 0 (embedding): leaves (2, 5): " + for_each);
    CHECK(network_of(spec_of("embedding 5, flatten", 1), 5).output() == 2); // the symbol's own vector
}

TEST_CASE("a model says its options in the texts' own form")
{
    const Model model = empty_model(
        spec_of("embedding 3\nflatten\n2 x (linear 4 gain=5/3, tanh) # twice\nlinear", 2, 9), vocabulary_of_size(5));
    CHECK(model.options().struct_size == sizeof(nib_model_options));
    CHECK(std::string(model.options().network) == "embedding 3, flatten, linear 4, tanh, linear 4, tanh, linear");
    CHECK(std::string(model.options().input) == "symbols context=2");
    CHECK(model.options().seed == 9);
    CHECK(model.context_length == 2);
    CHECK(lines_of(model.network).back() == "6 linear (4) -> (5), reads 6");
}
