// The exported C file, compiled by the compiler that nib is built with, and run.
#include "catch.hpp"
#include "deploy/export_c.hpp"
#include "deploy/fixtures.hpp"
#include "deploy/fold.hpp"
#include "deploy/sampler.hpp"
#include "error_of.hpp"
#include "folder.hpp"

#include <array>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>

using namespace nib;

namespace {

Memory* const heap = std::pmr::get_default_resource();

constexpr char strict[] = " -std=c99 -pedantic -Wall -Wextra -Wconversion -Wshadow -Wmissing-prototypes -Werror -O1 ";

// Prints the bits of the logits of some contexts, by the declarations that a program would use.
constexpr char driver[] = R"(
#define SMALL_DECLARATIONS
#include "small.c"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
int main(void)
{
    static float logits[SMALL_VOCABULARY], scratch[SMALL_SCRATCH];
    int32_t context[SMALL_CONTEXT];
    uint32_t bits, state = 1;
    int i, n;
    for (n = 0; n < 20; ++n) {
        for (i = 0; i < SMALL_CONTEXT; ++i) {
            context[i] = n == 0 ? 0 : (int32_t)((state >> 16) % SMALL_VOCABULARY);
            state = state * 1664525u + 1013904223u;
        }
        small_logits(context, logits, scratch);
        for (i = 0; i < SMALL_VOCABULARY; ++i) {
            memcpy(&bits, &logits[i], sizeof bits);
            printf("%" PRIx32 "\n", bits);
        }
    }
    return 0;
}
)";

// Contexts as the driver makes them.
std::vector<std::int32_t> driver_contexts(std::int32_t context_length, std::int32_t vocabulary)
{
    std::vector<std::int32_t> ids;
    std::uint32_t state = 1;
    for (std::int32_t i = 0; i < 20 * context_length; ++i) {
        const auto id = static_cast<std::int32_t>((state >> 16) % static_cast<std::uint32_t>(vocabulary));
        ids.push_back(i < context_length ? 0 : id);
        state = state * 1664525u + 1013904223u;
    }
    return ids;
}

std::string output_of(const std::string& command)
{
    INFO(command);
    std::FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::string text;
    std::array<char, 4096> piece;
    for (std::size_t n = 0; (n = std::fread(piece.data(), 1, piece.size(), pipe)) > 0;) text.append(piece.data(), n);
    INFO(text);
    REQUIRE(::pclose(pipe) == 0);
    return text;
}

// A model exported as small.c into a folder of its own.
struct Exported {
    explicit Exported(const nib_model_options& options, nib_weights weights = NIB_WEIGHTS_F32,
                      Vocabulary vocabulary = test::letters())
        : Exported(test::make_model(options, std::move(vocabulary)), weights)
    {
    }
    Exported(const Model& model, nib_weights weights) : folded(fold(model, heap, weights), "small", heap)
    {
        export_c(folded, "small", folder / "small.c", heap);
    }

    // Compiles and runs; sources and options are the compiler's, arguments the program's.
    std::string run(const std::string& sources, const std::string& arguments = "") const
    {
        output_of("cd '" + (folder / "") + "' && " NIB_C_COMPILER " " NIB_C_FLAGS + std::string(strict) + sources +
                  " -lm -o small");
        return output_of(NIB_EMULATOR " '" + (folder / "small") + "' " + arguments);
    }

    // The largest difference of a logit from the engine's.
    float largest_difference(const std::string& compiler_options) const
    {
        std::ofstream(folder / "driver.c") << driver;
        std::istringstream out(run(compiler_options + " driver.c small.c"));
        Folded engine(copy(), "small", heap);
        const auto contexts =
            driver_contexts(static_cast<std::int32_t>(engine.view().context_length()), engine.vocabulary().size());
        std::vector<float> expected(20 * static_cast<std::size_t>(engine.vocabulary().size()));
        engine.logits(contexts, expected.data());
        float largest = 0;
        for (const float logit : expected) {
            std::uint32_t bits = 0;
            REQUIRE(out >> std::hex >> bits);
            float printed = 0;
            std::memcpy(&printed, &bits, sizeof printed);
            const float difference = std::fabs(printed - logit);
            largest = difference <= largest ? largest : difference;
        }
        return largest;
    }

    Buffer<char> copy() const
    {
        Buffer<char> bytes(folded.bytes().size(), heap);
        std::copy(folded.bytes().begin(), folded.bytes().end(), bytes.begin());
        return bytes;
    }

    std::string items(std::uint32_t seed, int count) const
    {
        Folded engine(copy(), "small", heap);
        Sampler sampler(engine,
                        {.struct_size = sizeof(nib_sampler_options),
                         .seed = seed,
                         .temperature = 1,
                         .start = nullptr,
                         .max_length = 4096,
                         .stream = NIB_STREAM_LECTURE,
                         .first = 0},
                        1, heap);
        std::string text;
        for (int i = 0; i < count; ++i) text.append(sampler.next()).append("\n");
        return text;
    }

    test::Folder folder;
    Folded folded;
};

nib_weights any_weights() { return GENERATE(NIB_WEIGHTS_F32, NIB_WEIGHTS_BF16, NIB_WEIGHTS_INT8); }

// Where the exported code's fmaf is an instruction that nib uses as well.
bool same_bits_expected()
{
#if defined(__x86_64__)
    return __builtin_cpu_supports("fma") && std::strcmp(infer_kernels()->isa, "sse2") != 0;
#else
    return true;
#endif
}

#if defined(__x86_64__)
constexpr char with_fma[] = "-mfma";
#else
constexpr char with_fma[] = "";
#endif

void check_logits(const Exported& exported)
{
    // Without fused multiply-add, an activation of 8 bits may be rounded to another step.
    const bool rounds = exported.folded.view().header->weight_bits == 8;
    CHECK(exported.largest_difference("") < (rounds ? 0.05f : 2e-5f));
    if (same_bits_expected()) CHECK(exported.largest_difference(with_fma) == 0.0f);
}

} // namespace

TEST_CASE("exported C computes the engine's logits, and its bits where there is fused multiply-add")
{
    const nib_weights weights = any_weights();
    CAPTURE(weights);
    nib_model_options options = test::small_options();
    SECTION("a table and tanh") {}
    SECTION("relu") { options.activation = NIB_RELU; }
    SECTION("identity") { options.activation = NIB_IDENTITY; }
    SECTION("no hidden layer") { options.hidden_layers = 0; }
    SECTION("one symbol of context, one hidden layer") { options.context_length = options.hidden_layers = 1; }
    SECTION("an embedding, the table being too large")
    {
        options.hidden_size = 2500;
        options.hidden_layers = 1;
    }
    const Exported exported(options, weights);
    check_logits(exported);
}

TEST_CASE("activations that are all 0 have no largest one to round by")
{
    nib_model_options options = test::small_options();
    options.activation = NIB_RELU;
    Model model = test::make_model(options);
    const Layer& first = model.layout.layers.front();
    for (std::ptrdiff_t i = 0; i < first.outputs; ++i) model.at(first.shift)[i] = -100;
    check_logits({model, NIB_WEIGHTS_INT8});
}

TEST_CASE("the exported program prints the sampler's items")
{
    const Exported exported(test::small_options(), any_weights());
    const std::string items = exported.items(7, 50);
    CHECK(exported.run("-DNIB_EXPORT_MAIN small.c", "50 7") == items);
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
    const Exported utf8(test::small_options(), NIB_WEIGHTS_F32, {NIB_ENCODING_UTF8, {'a', 0xe9, 0x20ac, 0x1f600}});
    CHECK(utf8.run("-DNIB_EXPORT_MAIN small.c", "30 1") == utf8.items(1, 30));
    const Exported bytes(test::small_options(), NIB_WEIGHTS_F32, {NIB_ENCODING_BYTES, {0, '"', '\\', 0xc3, 0xff}});
    CHECK(bytes.run("-DNIB_EXPORT_MAIN small.c", "30 1") == bytes.items(1, 30));
}

#if defined(__GNUC__) && !defined(__clang__)
TEST_CASE("the stack that the exported functions need is what the file says, and they have no static variables")
{
    const Exported exported(test::small_options(), any_weights());
    output_of("cd '" + (exported.folder / "") + "' && " NIB_C_COMPILER + std::string(strict) +
              " -c -fstack-usage small.c");
    std::ifstream usage(exported.folder / "small.su");
    long total = 0, functions = 0; // all frames at once are more than any path through them
    for (std::string where, bytes, kind; usage >> where >> bytes >> kind; ++functions) {
        CHECK((kind == "static" || kind == "dynamic,bounded")); // bounded: bytes is still the most
        total += std::stol(bytes);
    }
    CHECK(functions >= 5);
    CHECK(total <= 512);
}
#endif

TEST_CASE("the constants are as many bytes as the file says")
{
    const Exported exported(test::small_options(), any_weights());
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
    const Exported exported(test::small_options());
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

TEST_CASE("an infinite weight is not exported, although tanh hides it")
{
    Model model = test::make_model(test::small_options());
    model.at(model.layout.layers[1].weight)[0] = __builtin_inff();
    const Folded folded(fold(model, heap, GENERATE(NIB_WEIGHTS_F32, NIB_WEIGHTS_BF16)), "infinite", heap);
    const test::Folder folder;
    test::error_of(NIB_ERR_DIVERGED, [&] { export_c(folded, "a", folder / "x.c", heap); });
    CHECK(folder.count() == 0);
}

TEST_CASE("a weight that is not finite is not exported, although no test vector shows it")
{
    const Exported exported(test::small_options());
    Buffer<char> file = exported.copy();
    const infer::View& view = exported.folded.view();
    std::ptrdiff_t symbol = 0; // one that no test context has at place 1
    for (std::uint32_t test = 0; test < view.header->tests; ++test) {
        if (view.test_contexts[view.context_length() * test + 1] == symbol) ++symbol, test = UINT32_MAX; // anew
    }
    auto* table = reinterpret_cast<float*>(file.data() + infer::sections(*view.header).first);
    table[(view.vocabulary() + symbol) * view.lookup().stride] = __builtin_inff();
    seal(file);
    const Folded folded(std::move(file), "infinite", heap);
    test::error_of(NIB_ERR_DIVERGED, [&] { export_c(folded, "a", exported.folder / "x.c", heap); });
    CHECK(exported.folder.count() == 1);
}
