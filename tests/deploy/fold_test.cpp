#include "activations.hpp"
#include "base/error.hpp"
#include "base/finite.hpp"
#include "catch.hpp"
#include "deploy/fixtures.hpp"
#include "deploy/fold.hpp"
#include "deploy/folded.hpp"
#include "deploy/sections.hpp"
#include "error_of.hpp"
#include "lists.hpp"
#include "net/inference.hpp"
#include "ops/list.hpp"

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
    for (auto& id : ids)
        id = static_cast<std::int32_t>(words() % static_cast<std::uint32_t>(model.vocabulary().size()));
    return ids;
}

// The largest difference of a logit, divided by the largest logit or 1.
double largest_difference(const Model& model, const FoldAs& as = {})
{
    const std::size_t count = 150;
    const std::vector<std::int32_t> contexts = random_contexts(model, count);
    const std::size_t n = count * static_cast<std::size_t>(model.vocabulary().size());
    std::vector<float> trained(n), deployed(n);
    model_logits(model, contexts, trained.data(), 1);
    Folded folded(fold(model, heap, as), "test", heap);
    folded.logits(contexts, deployed.data());
    double difference = 0, largest = 1;
    REQUIRE(all_finite(deployed)); // one check: many are slow under the sanitizers
    for (std::size_t i = 0; i < n; ++i) {
        largest = std::max(largest, std::fabs(static_cast<double>(trained[i])));
        difference =
            std::max(difference, std::fabs(static_cast<double>(trained[i]) - static_cast<double>(deployed[i])));
    }
    return difference / largest;
}

// The words and widths of a network's operations.
std::string operations_of(const std::string& list, const FoldAs& as = {})
{
    const Buffer<char> file = fold(test::make_model(test::spec_of(list, 3)), heap, as);
    std::string text;
    for (const test::Section& each : test::sections_of(file)) {
        text.append(text.empty() ? "" : ", ").append(op_word(each.operation)).append(" ");
        text.append(std::to_string(each.operation.outputs));
    }
    return text;
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
    SECTION("wide") { network.hidden = 260; }
    for (const nib_first_layer first : {NIB_FIRST_LAYER_SMALLEST, NIB_FIRST_LAYER_TABLE})
        CHECK(largest_difference(test::make_model(network), {.first_layer = first}) < 2e-5);
}

TEST_CASE("any list of layers has its model's logits")
{
    for (const std::string& list : test::any_lists()) {
        INFO(list);
        const Model model = test::make_model(test::spec_of(list, 3));
        CHECK(largest_difference(model) < 2e-5);
        CHECK(largest_difference(model, {.weights = NIB_WEIGHTS_BF16}) < 0.1);
    }
}

TEST_CASE("batch normalisation goes into the product before it, dropout goes, residuals are a stack")
{
    CHECK(operations_of("embedding 5, flatten, linear 9, batchnorm, batchnorm, tanh, dropout 0.1, linear") ==
          "lookup 15, dense 9, tanh 9, dense 27");
    CHECK(operations_of("embedding 5, flatten, batchnorm, batchnorm, linear 9, identity, batchnorm, linear") ==
          "lookup 15, scale-shift 15, dense 9, dense 27");
    CHECK(operations_of("embedding 5, flatten, linear 9, gelu form=tanh, batchnorm, linear 8, layernorm, linear") ==
          "lookup 15, dense 9, gelu-tanh 9, scale-shift 9, dense 8, normalise 8, dense 27");
    CHECK(operations_of(
              "embedding 5, flatten, linear 9, residual(linear 7, relu | rmsnorm, linear 7), batchnorm, linear") ==
          "lookup 15, dense 9, keep 9, dense 7, relu 7, swap 7, normalise 9, dense 7, add 7, scale-shift 7, dense 27");
    CHECK(operations_of("embedding 5, flatten, linear 9, residual(batchnorm), linear") ==
          "lookup 15, dense 9, keep 9, scale-shift 9, add 9, dense 27");
}

TEST_CASE("the first layer is a table where that is smaller, or asked for")
{
    const FoldAs table = {.first_layer = NIB_FIRST_LAYER_TABLE};
    const std::string list = "embedding 40, flatten, linear 16, tanh, linear";
    CHECK(operations_of(list) == "table 16, tanh 16, dense 27"); // 27 rows a place, the product has 40
    CHECK(operations_of("embedding 10, flatten, linear 16, tanh, linear") == "lookup 30, dense 16, tanh 16, dense 27");
    CHECK(operations_of("embedding 10, flatten, linear 16, tanh, linear", table) == "table 16, tanh 16, dense 27");
    CHECK(operations_of("embedding 10, flatten, linear", table) == "table 27");
    const auto refusal = [&](const std::string& refused) {
        return test::error_of(NIB_ERR_UNSUPPORTED, [&] { operations_of(refused, table); });
    };
    const std::string expected =
        "the first layer cannot be a table: expected a linear right behind embedding and flatten, found ";
    CHECK(refusal("embedding 5, tanh, flatten, linear") == expected + "1 (tanh)");
    CHECK(refusal("embedding 5, flatten, batchnorm, linear") == expected + "2 (batchnorm)");
}

TEST_CASE("a table of fewer bits, and of any width, is near its model")
{
    for (const int width : {1, 15, 16, 17, 33, 63, 64, 65, 100}) {
        CAPTURE(width);
        const Model model = test::make_model(
            test::spec_of("embedding 6, flatten, linear " + std::to_string(width) + ", tanh, linear", 3));
        const auto as = [](nib_weights weights) { return FoldAs{weights, NIB_FIRST_LAYER_TABLE}; };
        CHECK(largest_difference(model, as(NIB_WEIGHTS_F32)) < 2e-5);
        CHECK(largest_difference(model, as(NIB_WEIGHTS_BF16)) < 0.03);
        CHECK(largest_difference(model, as(NIB_WEIGHTS_INT8)) < 0.06);
    }
}

TEST_CASE("an int8 file has a byte a weight and little beside")
{
    // Parameters and outputs; the rest is head, test vector, text, and the padding of rows of 16.
    const Model model =
        test::make_model(test::spec_of("embedding 8, flatten, linear 64, batchnorm, tanh, linear gain=0.1", 4));
    const Buffer<char> file = fold(model, heap, {NIB_WEIGHTS_INT8});
    const infer::Header& header = test::header_of(file);
    const std::size_t weights = 8 * 27 + 32 * 64 + 64 * 27, outputs = 64 + 27, symbols = 27;
    const infer::FileParts parts = infer::parts_of(header);
    const std::size_t test_vector = parts.text - parts.test_contexts, text = header.text_bytes;
    CHECK(test_vector <= 4096);
    CHECK(file.size() <= parts.symbols + 4 * symbols + test_vector + text + weights + 12 * outputs + 64 * 5 + 64 * 8);
}

TEST_CASE("the test vector of many symbols has sums, and still at most 4 KiB")
{
    std::vector<std::uint32_t> symbols;
    for (std::uint32_t c = 0; c < 4095; ++c) symbols.push_back(0x4e00 + c);
    const Vocabulary vocabulary(NIB_ENCODING_UTF8, symbols);
    const Model model =
        test::make_model(test::spec_of("embedding 2, flatten, linear 8, tanh, linear", 200), vocabulary);
    Buffer<char> file = fold(model, heap);
    const infer::FileParts parts = infer::parts_of(test::header_of(file));
    CHECK(parts.text - parts.test_contexts <= 4096);
    const std::size_t last = parts.text - 4;
    Buffer<char> changed = test::copy_of(file, heap);
    reinterpret_cast<float*>(changed.data() + last)[0] += 1.0f;
    seal(changed);
    CHECK(test::error_of(NIB_ERR_FORMAT, [&] { Folded(std::move(changed), "a.nib", heap); }) ==
          "a.nib does not compute what its test vector says");
    CHECK(Folded(std::move(file), "a.nib", heap).vocabulary() == vocabulary);
}

TEST_CASE("a folded model keeps its network's text")
{
    const Model model = test::make_model(test::spec_of("embedding 5, flatten, 2 x (linear 9, tanh), linear", 3));
    Buffer<char> file = fold(model, heap);
    const std::size_t text = infer::parts_of(test::header_of(file)).text;
    CHECK(Folded(test::copy_of(file, heap), "a.nib", heap).network() ==
          "embedding 5, flatten, linear 9, tanh, linear 9, tanh, linear");
    file[text + 3] = '\x1b';
    seal(file);
    CHECK(test::error_of(NIB_ERR_FORMAT, [&] { Folded(std::move(file), "a.nib", heap); }) ==
          "a.nib is damaged: byte 3 of the network's text is 0x1b: expected a printable one");
}

TEST_CASE("weights of fewer bits come near the model's logits, and are smaller")
{
    test::MlpText network = test::small_network();
    for (const nib_activation activation : test::all_activations()) {
        DYNAMIC_SECTION(test::activation_word(activation)) { network.activation = test::activation_text(activation); }
    }
    SECTION("wide")
    {
        network.hidden = 260;
        network.layers = 1;
    }
    const Model model = test::make_model(network);
    CHECK(largest_difference(model, {.weights = NIB_WEIGHTS_BF16}) < 0.05);
    CHECK(largest_difference(model, {.weights = NIB_WEIGHTS_INT8}) < 0.3);
    const std::size_t f32 = fold(model, heap).size(), bf16 = fold(model, heap, {NIB_WEIGHTS_BF16}).size();
    CHECK(bf16 < f32);
    CHECK(fold(model, heap, {NIB_WEIGHTS_INT8}).size() < bf16);
}

TEST_CASE("8-bit weights need sums that fit")
{
    // As a table, the first layer has no products.
    const Model model = test::make_model(test::spec_of("embedding 257, tanh, flatten, linear 48, tanh, linear", 256));
    const std::string said = test::error_of(NIB_ERR_UNSUPPORTED, [&] { fold(model, heap, {NIB_WEIGHTS_INT8}); });
    CHECK(said == "layer 3 (linear) has 65792 inputs: 8-bit weights are for at most 65536");
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
    file[infer::parts_of(test::header_of(good)).symbols + 8] = wrong[0];
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
    const auto said = [&] { return test::error_of(NIB_ERR_DIVERGED, [&] { fold(model, heap, {weights}); }); };
    const std::string where = std::string("the model cannot be folded: operation 3 (dense): ") +
                              (weights == NIB_WEIGHTS_INT8 ? "scale[3] is " : "weight[2, 3] is ");
    const float good = *weight;
    *weight = std::numeric_limits<float>::infinity();
    CHECK(said() == where + "inf: expected a finite number");
    *weight = std::numeric_limits<float>::quiet_NaN();
    CHECK(said() == where + (weights == NIB_WEIGHTS_INT8 ? "inf" : "nan") + ": expected a finite number");
    if (weights != NIB_WEIGHTS_INT8) { // 8-bit weights have scales of 1/127 of a weight
        *weight = 3e38f;
        model.at(model.layout.tensor(6, 0).offset)[3] = 10; // a product that does not fit in a float
        CHECK(said() == where + "inf: expected a finite number");
    }
    *weight = good;
    model.at(model.layout.tensor(0, 0).offset)[0] = -std::numeric_limits<float>::infinity();
    CHECK(said().starts_with("the model cannot be folded: operation 0 (lookup): "));
    CHECK(said().ends_with(": expected a finite number"));
}

TEST_CASE("a folded file with a number that is not finite is refused by place")
{
    const nib_weights weights = GENERATE(NIB_WEIGHTS_F32, NIB_WEIGHTS_BF16, NIB_WEIGHTS_INT8);
    const nib_first_layer first = GENERATE(NIB_FIRST_LAYER_SMALLEST, NIB_FIRST_LAYER_TABLE);
    const Model model =
        test::make_model(test::spec_of("embedding 7, flatten, linear 37, tanh, batchnorm, layernorm, linear", 4));
    const Buffer<char> good = fold(model, heap, {weights, first});
    const auto refused = [&](std::uint64_t offset, auto bad) {
        Buffer<char> file = test::copy_of(good, heap);
        std::memcpy(file.data() + offset, &bad, sizeof bad);
        seal(file);
        return test::error_of(NIB_ERR_FORMAT, [&] { Folded(std::move(file), "a.nib", heap); });
    };
    const float infinity = std::numeric_limits<float>::infinity();
    const std::uint16_t half = 0x7f80;
    const std::string finite = "inf: expected a finite number";
    const std::vector<test::Section> sections = test::sections_of(good);
    const std::size_t bytes = weights == NIB_WEIGHTS_BF16 ? 2 : 4;
    const auto refused_number = [&](std::uint64_t offset) {
        return bytes == 2 ? refused(offset, half) : refused(offset, infinity);
    };
    if (first == NIB_FIRST_LAYER_TABLE) {
        const std::string table = "a.nib: operation 0 (table): ";
        const std::size_t at = sections[0].at, row = 4 * infer::table_words(sections[0].operation);
        CHECK(refused(at + 4 * 7, infinity) == table + "bias[7] is " + finite);
        if (weights == NIB_WEIGHTS_INT8) {
            CHECK(refused(at + 4 * (48 + 7), infinity) == table + "scale[7] is " + finite);
        } else { // number 21 of a row is in word 21, or the upper half of word 5
            const std::size_t in_row = bytes == 2 ? 4 * 5 + 2 : 4 * 21;
            CHECK(refused_number(at + 4 * 48 + (2 * 27 + 26) * row + in_row) ==
                  table + "table[2, 26, 21] is " + finite);
        }
    } else if (weights != NIB_WEIGHTS_INT8) {
        CHECK(refused_number(sections[0].at + bytes * (26 * 7 + 5)) ==
              "a.nib: operation 0 (lookup): embedding[26, 5] is " + finite);
    } else {
        CHECK(refused(sections[0].at + 4 * 5, -1.0f) ==
              "a.nib: operation 0 (lookup): scale[5] is -1: expected 0 or a number above");
    }
    const test::Section& last = sections.back();
    const std::string dense = "a.nib: operation " + std::to_string(sections.size() - 1) + " (dense): ";
    const std::uint64_t width = infer::stride_of(last.operation), after = last.at + 4 * width;
    CHECK(refused(last.at + 4 * 7, infinity) == dense + "bias[7] is " + finite);
    if (weights == NIB_WEIGHTS_INT8) {
        CHECK(refused(after + 4 * 7, infinity) == dense + "scale[7] is " + finite);
        CHECK(refused(after + 4 * 7, -0.5f) == dense + "scale[7] is -0.5: expected 0 or a number above");
        CHECK(refused(after + 4 * (width + 7), std::int32_t{3}) ==
              dense + "offset[7] is 3: expected -128 times the sum of its output's integers");
    } else if (weights == NIB_WEIGHTS_BF16) {
        CHECK(refused(after + 4 * (2 * width + 7), half) == dense + "weight[4, 7] is " + finite);
        CHECK(refused(after + 4 * (2 * width + 7) + 2, half) == dense + "weight[5, 7] is " + finite);
    } else {
        CHECK(refused(after + 4 * (5 * width + 7), infinity) == dense + "weight[5, 7] is " + finite);
    }
    const std::string norm = "a.nib: operation " + std::to_string(sections.size() - 2) + " (normalise): ";
    CHECK(refused(sections[sections.size() - 2].at + 4 * 3, infinity) == norm + "gamma[3] is " + finite);
    CHECK(refused(sections[sections.size() - 2].at + 4 * (48 + 3), infinity) == norm + "beta[3] is " + finite);
    const std::string scaled = "a.nib: operation " + std::to_string(sections.size() - 3) + " (scale-shift): ";
    CHECK(refused(sections[sections.size() - 3].at + 4 * 3, infinity) == scaled + "scale[3] is " + finite);
    CHECK(refused(sections[sections.size() - 3].at + 4 * (48 + 3), infinity) == scaled + "shift[3] is " + finite);
}

TEST_CASE("an operation that does not fit is refused by its number and word")
{
    Buffer<char> file = fold(test::make_model(test::small_network()), heap);
    test::operation_of(file, 2).inputs = 9;
    seal(file);
    CHECK(
        test::error_of(NIB_ERR_FORMAT, [&] { Folded(std::move(file), "a.nib", heap); }) ==
        "a.nib is damaged: its operation 2 (tanh, 9 inputs, 37 outputs) is out of range, or does not fit those around "
        "it");
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
}
