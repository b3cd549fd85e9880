// The exported C file, compiled by the compiler that nib is built with, and run.
#include "activations.hpp"
#include "deploy/exported.hpp"
#include "error_of.hpp"
#include "numbers.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>

using namespace nib;
using test::Exported;
using test::heap;
using test::output_of;

namespace {

constexpr char strict[] = " -std=c99 -pedantic -Wall -Wextra -Wconversion -Wshadow -Wmissing-prototypes -Werror -O1 ";

// Compiles and runs the file; sources and options are for the compiler, arguments for the program.
std::string run(const Exported& exported, const std::string& sources, const std::string& arguments = "")
{
    output_of("cd '" + (exported.folder / "") + "' && " NIB_C_COMPILER " " NIB_C_FLAGS + strict + sources +
              " -lm -o small");
    return output_of(NIB_EMULATOR " '" + (exported.folder / "small") + "' " + arguments);
}

// The largest difference of a logit from the engine's, computed through the declarations that a program would use.
double difference_of_logits(const Exported& exported, const std::string& compiler_options)
{
    std::ofstream(exported.folder / "driver.c")
        << "#define SMALL_DECLARATIONS\n#include \"small.c\"\n"
        << test::print_logits << "int main(void) { print_logits(); return 0; }\n";
    std::istringstream printed(run(exported, compiler_options + " driver.c small.c"));
    const std::vector<double> differences = exported.differences(printed);
    return *std::max_element(differences.begin(), differences.end());
}

nib_weights any_weights() { return GENERATE(NIB_WEIGHTS_F32, NIB_WEIGHTS_BF16, NIB_WEIGHTS_INT8); }

// The results of the file's activation, compiled with these options, for 4,002 numbers from -40 to 40, and beyond.
std::vector<float> activated(const Exported& exported, const std::string& name, const std::string& compiler_options,
                             std::vector<float>& x)
{
    std::ofstream(exported.folder / "driver.c")
        << "#include \"small.c\"\n"
        << test::print_logits << "static void print_activation(float x)\n"
        << "{\n    const float y = small_" << name << "(x);\n"
        << "    print_words(&x, sizeof x);\n    print_words(&y, sizeof y);\n}\n"
        << "int main(void)\n{\n    const float far[] = {1e-38f, 1e-20f, 60.0f, 88.5f, 104.0f, 150.0f, 1e20f, 3e38f};\n"
        << "    int i;\n    print_logits();\n"
        << "    print_activation(-0.0f);\n"
           "    for (i = -2000; i <= 2000; ++i) print_activation((float)i / 50.0f);\n"
        << "    for (i = 0; i < 8; ++i) print_activation(i % 2 == 0 ? far[i] : -far[i]);\n"
        << "    for (i = 0; i < 8; ++i) print_activation(i % 2 != 0 ? far[i] : -far[i]);\n    return 0;\n}\n";
    std::istringstream printed(run(exported, compiler_options + " driver.c"));
    exported.differences(printed);
    std::vector<float> y;
    for (int i = 0; i < 4002 + 16; ++i) {
        x.push_back(test::read_words<float>(printed));
        y.push_back(test::read_words<float>(printed));
    }
    return y;
}

void check_activation(const Exported& exported, nib_activation activation)
{
    std::string name = test::activation_word(activation);
    std::replace(name.begin(), name.end(), '-', '_');
    std::vector<float> x;
    const std::vector<float> y = activated(exported, name, test::same_bits_expected() ? test::with_fma : "", x);
    std::vector<float> expected = x;
    expected.resize((x.size() + 15) / 16 * 16);
    infer::best_table()->activate(activation, static_cast<std::ptrdiff_t>(expected.size()), expected.data());
    for (std::size_t i = 0; i < x.size(); ++i) {
        INFO(x[i]);
        if (test::same_bits_expected()) {
            CHECK(test::same_bits(y[i], expected[i]));
        } else {
            CHECK(std::fabs(y[i] - expected[i]) <= 1e-4f * std::fabs(expected[i]) + 1e-38f);
        }
    }
}

void check_logits(const Exported& exported)
{
    const bool rounds = exported.folded.view().header->weight_bits == 8;
    CHECK(difference_of_logits(exported, "") < (rounds ? test::another_step : 2e-5));
    if (test::same_bits_expected()) CHECK(difference_of_logits(exported, test::with_fma) == 0);
}

} // namespace

TEST_CASE("exported C computes the engine's logits, and its bits where there is fused multiply-add")
{
    const nib_weights weights = any_weights();
    CAPTURE(weights);
    test::MlpText network = test::small_network();
    nib_first_layer first = NIB_FIRST_LAYER_SMALLEST;
    SECTION("an embedding and tanh") {}
    SECTION("a table") { first = NIB_FIRST_LAYER_TABLE; }
    SECTION("no hidden layer") { network.layers = 0; }
    SECTION("one symbol of context, one hidden layer") { network.context = network.layers = 1; }
    const Exported exported(test::make_model(network), {weights, first});
    check_logits(exported);
}

TEST_CASE("exported C of any list of layers computes the engine's logits, and its bits")
{
    const nib_weights weights = any_weights();
    for (const char* list :
         {"embedding 5, flatten, tanh, batchnorm, linear 21, residual(layernorm, linear 40, gelu, linear 21 | rmsnorm, "
          "linear 21), residual(sigmoid), residual(residual(linear 21), batchnorm), softplus, linear",
          "embedding 3, flatten, residual(linear 9, gelu form=tanh, gelu, linear 9), rmsnorm, linear, layernorm"}) {
        CAPTURE(weights, list);
        check_logits({test::make_model(test::spec_of(list, 3)), {weights}});
    }
}

TEST_CASE("probabilities and the likeliest symbol are those of the logits")
{
    const Exported exported(test::small_network(), any_weights());
    std::ofstream(exported.folder / "driver.c")
        << "#define SMALL_DECLARATIONS\n#include \"small.c\"\n"
           "#include <math.h>\n"
           "int main(void)\n{\n"
           "    static float logits[SMALL_VOCABULARY], shares[SMALL_VOCABULARY], scratch[SMALL_SCRATCH];\n"
           "    int32_t context[SMALL_CONTEXT] = {0};\n    int n, i;\n"
           "    for (n = 0; n < 20; ++n) {\n"
           "        double total = 0.0, sum = 0.0;\n        int best = 0;\n"
           "        small_logits(context, logits, scratch);\n"
           "        small_probabilities(context, shares, scratch);\n"
           "        for (i = 0; i < SMALL_VOCABULARY; ++i) total += exp((double)logits[i]);\n"
           "        for (i = 0; i < SMALL_VOCABULARY; ++i) {\n"
           "            if (fabs((double)shares[i] - exp((double)logits[i]) / total) > 1e-6) return 1;\n"
           "            if (logits[i] > logits[best]) best = i;\n            sum += (double)shares[i];\n        }\n"
           "        if (fabs(sum - 1.0) > 1e-6 || small_argmax(context, scratch) != best) return 2;\n"
           "        for (i = 1; i < SMALL_CONTEXT; ++i) context[i - 1] = context[i];\n"
           "        context[SMALL_CONTEXT - 1] = (best + n) % SMALL_VOCABULARY;\n    }\n"
           "    return SMALL_FLASH_BYTES > 0 && SMALL_RAM_BYTES == sizeof scratch + sizeof context ? 0 : 3;\n}\n";
    CHECK(run(exported, "driver.c small.c").empty());
}

TEST_CASE("exported activations have the engine's bits where there is fused multiply-add")
{
    test::MlpText network = test::small_network();
    for (const nib_activation activation : test::all_activations()) {
        INFO(test::activation_word(activation));
        network.activation = test::activation_text(activation);
        const Exported exported(network);
        check_logits(exported);
        if (activation != NIB_IDENTITY) check_activation(exported, activation); // identity is not a function there
    }
}

TEST_CASE("activations that are all 0 have no largest one to round by")
{
    test::MlpText network = test::small_network();
    network.activation = "relu";
    Model model = test::make_model(network);
    const Tensor& shift = model.layout.tensor(3, 1); // of the first batch normalisation
    REQUIRE(shift.name == "3.bias");
    for (std::ptrdiff_t i = 0; i < shift.rows; ++i) model.at(shift.offset)[i] = -100;
    check_logits({model, FoldAs{NIB_WEIGHTS_INT8}});
}

TEST_CASE("the exported program prints the sampler's items")
{
    const Exported exported(test::small_network(), any_weights());
    const std::string items = exported.items(7, 50);
    CHECK(run(exported, "-DNIB_EXPORT_MAIN small.c", "50 7") == items);
    const auto of = [&](const std::string& arguments) {
        return output_of(NIB_EMULATOR " '" + (exported.folder / "small") + "' " + arguments);
    };
    CHECK(of("") == exported.items(42, 20));
    CHECK(of("0 4294967295").empty());
    for (const char* wrong : {"x", "''", "-1", "4294967296", "1 2 3", "1 2x"}) {
        CHECK(of(std::string(wrong) + "; test $? -eq 2").empty());
    }
}

TEST_CASE("symbols of several bytes, and any byte")
{
    const Exported utf8(test::small_network(), NIB_WEIGHTS_F32, {NIB_ENCODING_UTF8, {'a', 0xe9, 0x20ac, 0x1f600}});
    CHECK(run(utf8, "-DNIB_EXPORT_MAIN small.c", "30 1") == utf8.items(1, 30));
    const Exported bytes(test::small_network(), NIB_WEIGHTS_F32, {NIB_ENCODING_BYTES, {0, '"', '\\', 0xc3, 0xff}});
    CHECK(run(bytes, "-DNIB_EXPORT_MAIN small.c", "30 1") == bytes.items(1, 30));
}

#if defined(__GNUC__) && !defined(__clang__)
TEST_CASE("the stack that the exported functions need is what the file says, and they have no static variables")
{
    const Exported exported(test::small_network(), any_weights());
    output_of("cd '" + (exported.folder / "") + "' && " NIB_C_COMPILER + std::string(strict) +
              " -c -fstack-usage small.c");
    std::ifstream usage(exported.folder / "small.su");
    long total = 0, functions = 0; // the sum of all frames is more than any path needs
    for (std::string where, bytes, kind; usage >> where >> bytes >> kind; ++functions) {
        CHECK((kind == "static" || kind == "dynamic,bounded")); // bounded: bytes is still the maximum
        total += std::stol(bytes);
    }
    CHECK(functions >= 5);
    CHECK(total <= 512);
}
#endif

TEST_CASE("the constants are as many bytes as the file says")
{
    const Exported exported(test::small_network(), any_weights());
    std::ifstream file(exported.folder / "small.c");
    const std::regex stated(" \\* Flash  (\\d+) bytes of constants.*");
    const std::regex array("static const (float|uint16_t|int8_t) \\w+\\[(\\d+)\\] = \\{");
    const std::map<std::string, long> sizes = {{"float", 4}, {"uint16_t", 2}, {"int8_t", 1}};
    long expected = 0, total = 4 * 27 + 10 * 8; // symbols, terms of the logarithm
    std::smatch match;
    for (std::string line; std::getline(file, line);) {
        if (std::regex_match(line, match, stated)) expected = std::stol(match[1]);
        if (std::regex_match(line, match, array)) total += sizes.at(match[1]) * std::stol(match[2]);
    }
    CHECK(total == expected);
}

TEST_CASE("exports are refused with a reason, and leave nothing")
{
    const Exported exported(test::small_network());
    for (const char* prefix :
         {"", "1a", "_a", "a-b", "a b", "\xc3\xa9", "a23456789012345678901234567890123456789012345678x"}) {
        INFO(prefix);
        test::error_of(NIB_ERR_INVALID_ARGUMENT,
                       [&] { export_c(exported.folded, prefix, exported.folder / "x.c", heap); });
    }
    CHECK(exported.folder.count() == 1);
    export_c(exported.folded, "Z_9", exported.folder / "x.c", heap);
    const std::string nowhere = exported.folder / "none/x.c";
    CHECK(test::error_of(NIB_ERR_IO, [&] { export_c(exported.folded, "a", nowhere, heap); }).find(nowhere) !=
          std::string::npos);
}
