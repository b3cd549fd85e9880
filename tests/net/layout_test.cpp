#include "net/layout.hpp"

#include "base/error.hpp"
#include "catch.hpp"
#include "goldens.hpp"
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
                const std::ptrdiff_t at = tensor.offset + r * tensor.row_stride + c * tensor.column_stride;
                ++count.at(static_cast<std::size_t>(at));
            }
        }
    }
    return count;
}

void check_layout(const Layout& layout)
{
    const std::vector<int> count = claims(layout);
    CHECK(*std::max_element(count.begin(), count.end()) == 1);
    CHECK(std::count(count.begin(), count.end(), 1) == layout.parameters);
    CHECK(layout.size % 16 == 0);
    CHECK(layout.embedding_stride % 16 == 0);
    CHECK(layout.embedding_stride >= layout.vocabulary);
    CHECK(layout.embedding_stride % 256 != 0);
    for (const Tensor& tensor : layout.tensors) CHECK(tensor.offset % 16 == 0);
    std::ptrdiff_t inputs = layout.context_length * layout.embedding_size, running = 0;
    for (const Layer& layer : layout.layers) {
        CHECK(layer.inputs == inputs);
        CHECK(layer.weight_stride % 16 == 0);
        CHECK(layer.weight_stride >= layer.inputs);
        CHECK(layer.weight_stride % 256 != 0);
        CHECK((layer.gamma == -1) != layer.norm);
        if (layer.norm) {
            CHECK(layer.running_mean == running);
            CHECK(layer.running_variance == running + padded(layer.outputs));
            running += 2 * padded(layer.outputs);
        }
        inputs = layer.outputs;
    }
    CHECK(layout.running_size == running);
    CHECK(layout.layers.back().outputs == layout.vocabulary);
    CHECK(layout.layers.back().activation == NIB_IDENTITY);
}

std::vector<std::string> names(const Layout& layout)
{
    std::vector<std::string> all;
    for (const Tensor& tensor : layout.tensors) all.push_back(tensor.name);
    return all;
}

} // namespace

TEST_CASE("tensors of any shape lie side by side, aligned")
{
    Numbers numbers(1);
    for (int i = 0; i < 100; ++i) {
        nib_model_options o = presets().front().model;
        o.context_length = numbers.between(1, 9);
        o.embedding_size = numbers.between(1, 33);
        o.hidden_size = numbers.one_of({1, 15, 16, 17, 100, 255, 256, 257});
        o.hidden_layers = numbers.between(0, 4);
        o.batchnorm = numbers.between(0, 1);
        o.output_batchnorm = numbers.between(0, 1);
        const int vocabulary = numbers.one_of({2, 5, 16, 27, 240, 256, 4096});
        CAPTURE(o.context_length, o.embedding_size, o.hidden_size, o.hidden_layers, o.batchnorm, o.output_batchnorm,
                vocabulary);
        check_layout(Layout(o, vocabulary));
    }
}

TEST_CASE("the presets have the names, shapes and numbers of parameters of PyTorch's state_dict")
{
    for (const Json& preset : golden("presets.json").at("presets")) {
        const Layout layout(find_preset(preset.at("name").get<std::string>())->model, 27);
        CAPTURE(preset.at("name").get<std::string>());
        CHECK(layout.parameters == preset.at("parameters").get<std::ptrdiff_t>());
        CHECK(layout.tensors.size() == preset.at("tensors").size());
        for (const Tensor& tensor : layout.tensors) {
            CAPTURE(tensor.name);
            REQUIRE(preset.at("tensors").contains(tensor.name));
            std::vector<std::ptrdiff_t> shape{tensor.rows};
            if (!tensor.vector) shape.push_back(tensor.columns);
            CHECK(preset.at("tensors").at(tensor.name).at("shape").get<std::vector<std::ptrdiff_t>>() == shape);
            CHECK((!tensor.vector || tensor.columns == 1));
        }
    }
}

TEST_CASE("names come in state_dict's order")
{
    nib_model_options o = find_preset("lecture-deep")->model;
    o.hidden_layers = 1;
    using Names = std::vector<std::string>;
    CHECK(names(Layout(o, 27)) == Names{"embedding.weight", "hidden.0.linear.weight", "hidden.0.batchnorm.weight",
                                        "hidden.0.batchnorm.bias", "output.linear.weight", "output.batchnorm.weight",
                                        "output.batchnorm.bias"});
    o.batchnorm = o.output_batchnorm = 0;
    CHECK(names(Layout(o, 27)) == Names{"embedding.weight", "hidden.0.linear.weight", "hidden.0.linear.bias",
                                        "output.linear.weight", "output.linear.bias"});
    o.hidden_layers = 0;
    CHECK(names(Layout(o, 27)) == Names{"embedding.weight", "output.linear.weight", "output.linear.bias"});
}

TEST_CASE("the lecture's numbers of parameters")
{
    const auto parameters = [](const char* preset) { return Layout(find_preset(preset)->model, 27).parameters; };
    CHECK(parameters("lecture-original") == 27 * 10 + 30 * 200 + 200 + 200 * 27 + 27);
    CHECK(parameters("lecture-batchnorm") == 27 * 10 + 30 * 200 + 2 * 200 + 200 * 27 + 27);
    CHECK(parameters("lecture-deep") == 47024);
}

TEST_CASE("a layout that no memory holds is refused")
{
    const nib_model_options o = find_preset("lecture-deep")->model;
    for (const std::ptrdiff_t vocabulary : {PTRDIFF_MAX / 8, PTRDIFF_MAX / 160, PTRDIFF_MAX / 1000}) {
        try {
            const Layout layout(o, vocabulary);
            FAIL("a vocabulary of " << vocabulary << " was accepted");
        } catch (const Error& error) {
            CHECK(error.status() == NIB_ERR_NO_MEMORY);
        }
    }
}
