#include "activations.hpp"
#include "base/error.hpp"
#include "catch.hpp"
#include "deploy/fixtures.hpp"
#include "deploy/fold.hpp"
#include "deploy/folded.hpp"
#include "error_of.hpp"
#include "net/inference.hpp"

#include <cmath>
#include <cstring>
#include <limits>

using namespace nib;

namespace {

Memory* const heap = std::pmr::get_default_resource();

std::vector<std::int32_t> random_contexts(const Model& model, std::size_t count)
{
    Mt19937 words(3);
    std::vector<std::int32_t> ids(count * static_cast<std::size_t>(model.context_length));
    for (auto& id : ids) id = static_cast<std::int32_t>(words() % static_cast<std::uint32_t>(model.vocabulary.size()));
    return ids;
}

double largest_difference(const Model& model, nib_weights weights = NIB_WEIGHTS_F32)
{
    const std::size_t count = 150;
    const std::vector<std::int32_t> contexts = random_contexts(model, count);
    const std::size_t n = count * static_cast<std::size_t>(model.vocabulary.size());
    std::vector<float> trained(n), deployed(n);
    model_logits(model, contexts, trained.data(), 1);
    Folded folded(fold(model, heap, weights), "test", heap);
    folded.logits(contexts, deployed.data());
    double largest = 0;
    for (std::size_t i = 0; i < n; ++i) {
        REQUIRE(std::isfinite(deployed[i]));
        largest = std::max(largest, std::fabs(static_cast<double>(trained[i]) - static_cast<double>(deployed[i])));
    }
    return largest;
}

} // namespace

TEST_CASE("a folded model has its model's logits")
{
    test::MlpText network = test::small_network();
    SECTION("without batch normalisation") { network.norm = network.output_norm = ""; }
    SECTION("with it in the hidden layers alone") { network.output_norm = ""; }
    SECTION("with it at the logits alone") { network.norm = ""; }
    SECTION("running standard deviations") { network.norm = network.output_norm = "batchnorm running=std"; }
    for (const nib_activation activation : test::all_activations()) {
        DYNAMIC_SECTION(test::activation_word(activation)) { network.activation = test::activation_text(activation); }
    }
    SECTION("no hidden layer") { network.layers = 0; }
    SECTION("one hidden layer of one neuron") { network.layers = network.hidden = 1; }
    SECTION("one place and one number a symbol") { network.context = network.embedding = 1; }
    SECTION("wide, the first layer not as a table") { network.hidden = 2500; }
    SECTION("wide without hidden layers in between")
    {
        network.hidden = 2500;
        network.layers = 1;
    }
    CHECK(largest_difference(test::make_model(network)) < 2e-5);
}

TEST_CASE("a linear layer has a bias or batch normalisation, wherever either is said")
{
    for (const char* list :
         {"linear 9 bias=off, batchnorm, tanh, linear bias=on", "linear 9, batchnorm, identity, linear",
          "linear 9 bias-init=1, relu, linear 9 bias-init=0, relu, linear bias-init=0.5"}) {
        INFO(list);
        CHECK(largest_difference(test::make_model(test::spec_of(std::string("embedding 5, flatten, ") + list, 3))) <
              2e-5);
    }
}

TEST_CASE("a network that is no multilayer perceptron of one width and one activation is refused by the layer")
{
    const auto refusal = [](const std::string& list, std::int32_t context = 3) {
        const Model model = test::make_model(test::spec_of(list, context));
        return test::error_of(NIB_ERR_UNSUPPORTED, [&] { fold(model, heap); });
    };
    const auto misplaced = [](const std::string& layer) {
        return "folding: layer " + layer +
               " stands where it cannot be: expected embedding, flatten, then linear layers, each with batchnorm or a "
               "bias and, but for the last one, an activation";
    };
    const auto another = [](const std::string& layer) {
        return "folding: layer " + layer +
               " is another than in the first hidden layer: expected one width and one activation";
    };
    CHECK(refusal("embedding 5, flatten, linear 9, tanh, linear 9, relu, linear") == another("5 (relu)"));
    CHECK(refusal("embedding 5, flatten, linear 9, batchnorm, relu, linear 8, batchnorm, relu, linear") ==
          another("5 (linear)"));
    CHECK(refusal("embedding 5, flatten, linear 9, gelu, linear 9, gelu form=tanh, linear") == another("5 (gelu)"));
    CHECK(refusal("embedding 5, tanh, flatten, linear") == misplaced("1 (tanh)"));
    CHECK(refusal("embedding 5, flatten, relu, linear") == misplaced("2 (relu)"));
    CHECK(refusal("embedding 5, flatten, batchnorm, linear") == misplaced("2 (batchnorm)"));
    CHECK(refusal("embedding 5, flatten, linear 9, linear") == misplaced("2 (linear)"));
    CHECK(refusal("embedding 5, flatten, linear 9 bias=off, tanh, linear") == misplaced("2 (linear)"));
    CHECK(refusal("embedding 5, flatten, linear 9 bias=on, batchnorm, tanh, linear") == misplaced("2 (linear)"));
    CHECK(refusal("embedding 5, flatten, linear 9, tanh, relu, linear") == misplaced("4 (relu)"));
    CHECK(refusal("embedding 5, flatten, linear 9, tanh, batchnorm, linear") == misplaced("4 (batchnorm)"));
    CHECK(refusal("embedding 5, flatten, linear 9, tanh, linear bias=off") == misplaced("4 (linear)"));
    CHECK(refusal("embedding 5, flatten, linear 9, tanh, linear, relu") == misplaced("5 (relu)"));
    CHECK(refusal("embedding 5, flatten, linear 9, tanh, residual(linear 9, tanh), linear") ==
          misplaced("4 (residual)"));
    CHECK(refusal("embedding 5, flatten, linear, identity") == misplaced("3 (identity)"));
    CHECK(refusal("embedding 27, flatten", 1) == misplaced("1 (flatten)"));
}

TEST_CASE("weights of fewer bits come near the model's logits, and are smaller")
{
    test::MlpText network = test::small_network();
    for (const nib_activation activation : test::all_activations()) {
        DYNAMIC_SECTION(test::activation_word(activation)) { network.activation = test::activation_text(activation); }
    }
    SECTION("the first layer not as a table")
    {
        network.hidden = 2500;
        network.layers = 1;
    }
    const Model model = test::make_model(network);
    CHECK(largest_difference(model, NIB_WEIGHTS_BF16) < 0.05);
    CHECK(largest_difference(model, NIB_WEIGHTS_INT8) < 0.3);
    const std::size_t f32 = fold(model, heap).size(), bf16 = fold(model, heap, NIB_WEIGHTS_BF16).size();
    CHECK(bf16 < f32);
    CHECK(fold(model, heap, NIB_WEIGHTS_INT8).size() < bf16);
}

TEST_CASE("8-bit weights need sums that fit")
{
    test::MlpText network = test::small_network();
    network.context = 256;
    network.embedding = 257;
    network.hidden = 48;
    const Model model = test::make_model(network);
    const std::string said = test::error_of(NIB_ERR_UNSUPPORTED, [&] { fold(model, heap, NIB_WEIGHTS_INT8); });
    CHECK(said.find("65792") != std::string::npos);
}

TEST_CASE("the table is left out above its limit")
{
    const auto first_layer = [](int width) {
        test::MlpText network = test::small_network();
        network.hidden = width;
        const Buffer<char> file = fold(test::make_model(network), heap);
        return reinterpret_cast<const infer::Header*>(file.data())->first_layer;
    };
    // 4 places of 27 symbols: 432 bytes a neuron.
    CHECK(first_layer(2416) == infer::first_table);
    CHECK(first_layer(2432) == infer::first_embedding);
}

TEST_CASE("folding gives the same bytes again, and a file that is what the header says")
{
    const Model model = test::make_model(test::small_network());
    const Buffer<char> once = fold(model, heap), again = fold(model, heap);
    REQUIRE(once.size() == again.size());
    CHECK(std::memcmp(once.data(), again.data(), once.size()) == 0);
    const auto& header = *reinterpret_cast<const infer::Header*>(once.data());
    CHECK(header.file_bytes == once.size());
    CHECK(header.certificate_examples == 0);
}

TEST_CASE("a folded model keeps the vocabulary")
{
    const Vocabulary wide(NIB_ENCODING_UTF8, {'a', 0xe9, 0x20ac, 0x1f600});
    const Vocabulary bytes(NIB_ENCODING_BYTES, {0, '\n', 'a', 0xe9, 0xff});
    for (const Vocabulary& vocabulary : {wide, bytes}) {
        const Folded folded(fold(test::make_model(test::small_network(), vocabulary), heap), "test", heap);
        CHECK(folded.vocabulary() == vocabulary);
    }
}

TEST_CASE("a folded model whose vocabulary cannot be one is refused by its name")
{
    const Buffer<char> good = fold(test::make_model(test::small_network()), heap);
    const std::string_view wrong = GENERATE("z", "a", "\xff"); // after "a": out of order, twice, no UTF-8
    Buffer<char> file(good.size(), heap);
    std::memcpy(file.data(), good.data(), good.size());
    file[infer::sections(*reinterpret_cast<const infer::Header*>(good.data())).symbols + 8] = wrong[0];
    seal(file);
    const std::string error = test::error_of(NIB_ERR_FORMAT, [&] { Folded(std::move(file), "names.nib", heap); });
    INFO(error);
    CHECK(error.starts_with("names.nib: symbol "));
}

TEST_CASE("a number that is not finite is not folded, although tanh hides it")
{
    const nib_weights weights = GENERATE(NIB_WEIGHTS_F32, NIB_WEIGHTS_BF16, NIB_WEIGHTS_INT8);
    Model model = test::make_model(test::small_network());
    const Tensor& tensor = model.layout.tensor(5, 0); // of the second hidden layer
    REQUIRE(tensor.name == "5.weight");
    float* weight = model.at(tensor.offset) + 3 * tensor.row_stride + 2; // output 3, input 2
    const auto said = [&] { return test::error_of(NIB_ERR_DIVERGED, [&] { fold(model, heap, weights); }); };
    const std::string where = std::string("the model cannot be folded: layer 1: ") +
                              (weights == NIB_WEIGHTS_INT8 ? "scale[3] is " : "weight[2, 3] is ");
    const float good = *weight;
    *weight = std::numeric_limits<float>::infinity();
    CHECK(said() == where + "inf: expected a finite number");
    *weight = std::numeric_limits<float>::quiet_NaN();
    CHECK(said() == where + (weights == NIB_WEIGHTS_INT8 ? "inf" : "nan") + ": expected a finite number");
    if (weights != NIB_WEIGHTS_INT8) { // which has scales of 1/127 of a weight
        *weight = 3e38f;
        model.at(model.layout.tensor(6, 0).offset)[3] = 10; // a product that a float does not hold
        CHECK(said() == where + "inf: expected a finite number");
    }
    *weight = good;
    model.at(model.layout.tensor(0, 0).offset)[0] = -std::numeric_limits<float>::infinity();
    CHECK(said().find("table[0, 0, 0] is ") != std::string::npos);
}

TEST_CASE("a folded file with a number that is not finite is refused by place")
{
    test::MlpText network = test::small_network();
    network.hidden = GENERATE(37, 2500);
    network.layers = 1;
    const nib_weights weights = GENERATE(NIB_WEIGHTS_F32, NIB_WEIGHTS_BF16, NIB_WEIGHTS_INT8);
    const Buffer<char> good = fold(test::make_model(network), heap, weights);
    const auto& header = *reinterpret_cast<const infer::Header*>(good.data());
    const infer::Sections at = infer::sections(header);
    const bool has_table = header.first_layer == infer::first_table;
    const auto refused = [&](std::uint64_t offset, auto bad) {
        Buffer<char> file(good.size(), heap);
        std::memcpy(file.data(), good.data(), good.size());
        std::memcpy(file.data() + offset, &bad, sizeof bad);
        seal(file);
        return test::error_of(NIB_ERR_FORMAT, [&] { Folded(std::move(file), "a.nib", heap); });
    };
    const float infinity = std::numeric_limits<float>::infinity();
    const std::uint64_t stride = infer::layer_size(header, 0).stride();
    const std::string finite = "inf: expected a finite number";
    if (has_table) {
        CHECK(refused(at.first + 4 * ((2 * 27 + 26) * stride + 5), infinity) == "a.nib: table[2, 26, 5] is " + finite);
    } else {
        CHECK(refused(at.first + 4 * (26 * 7 + 5), infinity) == "a.nib: embedding[26, 5] is " + finite);
    }
    const std::string layer = has_table ? "a.nib: layer 1: " : "a.nib: layer 0: ";
    CHECK(refused(at.layers + 4 * 7, infinity) == layer + "bias[7] is " + finite);
    const std::uint64_t width = infer::layer_size(header, has_table ? 1 : 0).stride(), after = at.layers + 4 * width;
    if (weights == NIB_WEIGHTS_INT8) {
        CHECK(refused(after + 4 * 7, infinity) == layer + "scale[7] is " + finite);
        CHECK(refused(after + 4 * 7, -0.5f) == layer + "scale[7] is -0.5: expected 0 or a number above");
        CHECK(refused(after + 4 * (width + 7), std::int32_t{3}) ==
              layer + "offset[7] is 3: expected -128 times the sum of its output's integers");
    } else if (weights == NIB_WEIGHTS_BF16) {
        CHECK(refused(after + 4 * (2 * width + 7), std::uint16_t{0x7f80}) == layer + "weight[4, 7] is " + finite);
        CHECK(refused(after + 4 * (2 * width + 7) + 2, std::uint16_t{0x7f80}) == layer + "weight[5, 7] is " + finite);
    } else {
        CHECK(refused(after + 4 * (5 * width + 7), infinity) == layer + "weight[5, 7] is " + finite);
    }
}

TEST_CASE("a folded file's header out of range is refused by field, value and range")
{
    const Buffer<char> good = fold(test::make_model(test::small_network()), heap);
    const auto refused = [&](std::uint32_t infer::Header::*field, std::uint32_t value) {
        Buffer<char> file(good.size(), heap);
        std::memcpy(file.data(), good.data(), good.size());
        reinterpret_cast<infer::Header*>(file.data())->*field = value;
        seal(file);
        return test::error_of(NIB_ERR_FORMAT, [&] { Folded(std::move(file), "a.nib", heap); });
    };
    for (const infer::HeaderRange& each : infer::header_ranges) {
        for (const std::uint32_t value : {each.low - 1, each.high + 1}) {
            CHECK(refused(each.field, value) == std::string("a.nib is damaged: its header has ") +
                                                    std::to_string(value) + " for \"" + each.name + "\": expected " +
                                                    std::to_string(each.low) + " to " + std::to_string(each.high));
        }
    }
    CHECK(refused(&infer::Header::weight_bits, 24) ==
          "a.nib is damaged: its header has weights of 24 bits: expected 8, 16 or 32");
    CHECK(refused(&infer::Header::inner_width, 9).starts_with("a.nib is damaged: its checksum"));
}
