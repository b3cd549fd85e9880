// The exported C file under compiler flags that change what a float is or in which order floats are added: it computes
// the same except for the last digits, or does not compile. "[.all]", which takes minutes, tries all combinations.
#include "activations.hpp"
#include "deploy/exported.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <sstream>

using namespace nib;
using test::Exported;

namespace {

constexpr double last_digits = 5e-6;  // of logits up to 3, of sums of up to 448 products
constexpr double exp_error = 3;       // units in the last place
constexpr double log_error = 3;       // of a double
constexpr char arguments[] = "50 7";  // of the exported program
constexpr int exps = 700, logs = 700; // numbers of arguments tried

// The exported file with its program, and another main: prints logits, arguments and results of exp and log, a symbol
// drawn with random numbers of 0 at a low temperature, and the output of the exported program.
std::string driver()
{
    return "#define NIB_EXPORT_MAIN\n"
           "#define main small_main\n"
           "#include \"small.c\"\n"
           "#undef main\n" +
           std::string(test::print_logits) + "enum { exps = " + std::to_string(exps) +
           ", logs = " + std::to_string(logs) + R"( };
static void print_exp(float x)
{
    const float y = small_exp(x);
    print_words(&x, sizeof x);
    print_words(&y, sizeof y);
}

static void print_log(double x)
{
    const double y = small_log(x);
    print_words(&x, sizeof x);
    print_words(&y, sizeof y);
}

static double zero(void *user)
{
    (void)user;
    return 0;
}

static void print_drawn(void)
{
    static float scratch[SMALL_SCRATCH];
    static int32_t context[SMALL_CONTEXT];
    const int32_t id = small_next(context, 1e-4f, zero, NULL, scratch);
    print_words(&id, sizeof id);
}

int main(int argc, char **argv)
{
    uint32_t i, state = 1;
    double power = 1;
    print_logits();
    for (i = 0; i < exps; ++i) print_exp((float)(i * i * i % 89088u) / -1024);
    for (i = 0; i < logs; ++i) {
        state = state * 1664525u + 1013904223u;
        print_log((double)(state | 1u) / 4294967296.0);
        if (i > 52) continue;
        print_log(power);
        print_log(1 - (power /= 2));
    }
    print_drawn();
    return small_main(argc, argv);
}
)";
}

struct Combination {
    std::string compiler, flags;
};

// Whether the compiler and its headers are installed, it accepts the flags, and its programs run here.
bool is_there(const Combination& c)
{
    static std::map<std::string, bool> known;
    std::string command = c.compiler;
    command.append(" ").append(c.flags);
    if (const auto at = known.find(command); at != known.end()) return at->second;
    const test::Folder folder;
    std::ofstream(folder / "t.c") << "#include <math.h>\nint main(void) { return 0; }\n";
    const std::string all = "(cd '" + (folder / "") + "' && " + command +
                            " -Werror t.c -lm -o t && " NIB_EMULATOR " ./t) 2>/dev/null; echo $?";
    return known[command] = test::output_of(all) == "0\n";
}

// The build's compiler, and the other one if programs run on the machine itself.
std::vector<std::string> compilers()
{
#if defined(__clang__)
    const char* other = "gcc";
#else
    const char* other = "clang";
#endif
    std::vector<std::string> found = {NIB_C_COMPILER " " NIB_C_FLAGS};
    if (*NIB_EMULATOR == '\0') found.emplace_back(other);
    return found;
}

void check_exp(std::istream& printed)
{
    double largest = 0;
    for (int i = 0; i < exps; ++i) {
        const double x = test::read_words<float>(printed), y = test::read_words<float>(printed);
        const int exponent = std::ilogb(std::exp(x));
        largest = std::max(largest, std::fabs(y - std::exp(x)) / std::ldexp(1.0, exponent - 23));
        REQUIRE_FALSE(std::isnan(y));
    }
    CHECK(largest < exp_error);
}

void check_log(std::istream& printed)
{
    double largest = 0;
    for (int i = 0; i < logs + 2 * 53; ++i) {
        const auto x = test::read_words<double>(printed), y = test::read_words<double>(printed);
        if (x == 1) {
            CHECK(y == 0);
            continue;
        }
        const int exponent = std::ilogb(std::log(x));
        largest = std::max(largest, std::fabs(y - std::log(x)) / std::ldexp(1.0, exponent - 52));
        REQUIRE_FALSE(std::isnan(y));
    }
    CHECK(largest < log_error);
}

std::int32_t most_likely(const Exported& exported)
{
    Folded engine(exported.copy(), "small", test::heap);
    const std::vector<std::int32_t> begin(static_cast<std::size_t>(engine.view().inputs()));
    std::vector<float> logits(static_cast<std::size_t>(engine.vocabulary().size()));
    engine.logits(begin, logits.data());
    return static_cast<std::int32_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

std::string command(const Exported& exported, const Combination& c)
{
    std::ofstream(exported.folder / "driver.c") << driver();
    return "cd '" + (exported.folder / "") + "' && " + c.compiler + " " + c.flags +
           " -Wall -Wextra -Werror driver.c -lm -o small";
}

// exact: the results must be the same to the bit.
void check(const Exported& exported, const Combination& c, bool exact = false)
{
    INFO(c.compiler << " " << c.flags);
    const bool rounds = exported.folded.view().header->weight_bits == 8 && !exact;
    CAPTURE(exported.folded.view().header->weight_bits);
    test::output_of(command(exported, c));
    std::istringstream printed(test::output_of(NIB_EMULATOR " '" + (exported.folder / "small") + "' " + arguments));
    std::vector<double> differences = exported.differences(printed);
    std::sort(differences.begin(), differences.end());
    CAPTURE(differences);
    if (exact) {
        CHECK(differences.back() == 0);
    } else {
        CHECK(differences[rounds ? 16 : 19] < last_digits);
        CHECK(differences.back() < (rounds ? test::another_step : last_digits));
    }
    check_exp(printed);
    check_log(printed);
    CHECK(test::read_words<std::int32_t>(printed) == most_likely(exported));
    std::string items;
    std::getline(printed >> std::ws, items, '\0');
    if (!rounds) CHECK(items == exported.items(7, 50));
}

test::MlpText with(nib_activation activation)
{
    test::MlpText network = test::small_network();
    network.activation = test::activation_text(activation);
    return network;
}

test::MlpText relu() { return with(NIB_RELU); }

test::MlpText with_embedding()
{
    test::MlpText network = test::small_network();
    network.context = 64;
    network.hidden = 160;
    return network;
}

// Returns the number of combinations.
std::size_t check_all(const Exported& exported)
{
    const char* dialects[] = {"-std=c99 -pedantic", "-std=gnu17 -pedantic", "-std=c90", "-x c++ -std=c++98",
                              "-x c++ -pedantic"};
    std::size_t tried = 0, dialect = 0;
    for (const std::string& compiler : compilers()) {
        for (const char* machine :
             {"", "-mfma", "-march=native", "-m32", "-mfpmath=387", "-m32 -mfma", "-m32 -msse2 -mfpmath=sse"}) {
            for (const char* flags :
                 {"-O0", "-O2", "-O3", "-Ofast", "-O3 -ffast-math -funsigned-char", "-O2 -funsafe-math-optimizations",
                  "-O2 -fassociative-math -fno-signed-zeros -fno-trapping-math",
                  "-O2 -ffinite-math-only -freciprocal-math", "-O2 -fsingle-precision-constant",
                  "-Ofast -fsingle-precision-constant"}) {
                std::string all = dialects[dialect++ % std::size(dialects)];
                all.append(" ").append(machine).append(" ").append(flags);
                const Combination c = {compiler, all};
                if (!is_there(c)) continue;
                check(exported, c);
                ++tried;
            }
        }
    }
    return tried;
}

} // namespace

TEST_CASE("flags that change arithmetic cost an exported file the last digits, and no more")
{
    const Exported exported(test::small_network(), GENERATE(NIB_WEIGHTS_F32, NIB_WEIGHTS_INT8));
    int tried = 0;
    for (const std::string& compiler : compilers()) {
        for (const char* flags :
             {"-std=c99 -Ofast -fsingle-precision-constant", "-m32 -O2", "-x c++ -O2 -ffast-math"}) {
            if (!is_there({compiler, flags})) continue;
            check(exported, {compiler, flags});
            ++tried;
        }
    }
    CHECK(tried > 0);
}

TEST_CASE("every activation is proof against flags that change arithmetic")
{
    const Combination most = {NIB_C_COMPILER " " NIB_C_FLAGS, "-std=c90 -Ofast -fsingle-precision-constant"};
    const Combination fewer = {NIB_C_COMPILER " " NIB_C_FLAGS, "-std=c90 -Ofast"}; // clang lacks the last
    const Combination& used = is_there(most) ? most : fewer;
    for (const nib_activation activation : test::all_activations()) {
        INFO(test::activation_word(activation));
        const Exported exported(with(activation));
        check(exported, used);
    }
}

TEST_CASE("an exported file has the engine's bits in any dialect")
{
    if (!test::same_bits_expected()) return;
    const Exported exported(test::small_network(), GENERATE(NIB_WEIGHTS_F32, NIB_WEIGHTS_INT8));
    for (const char* flags : {"-std=c90 -O2", "-std=gnu17 -O2", "-x c++ -O1"}) {
        check(exported, {NIB_C_COMPILER " " NIB_C_FLAGS, flags + std::string(test::with_fma)}, true);
    }
}

// As on AVR, whose double has 32 bits, and on ARM's old floating point, whose double has its words in reverse order.
TEST_CASE("an exported file does not compile where a double is another one")
{
    const Exported exported(test::small_network());
    for (const char* flags : {"-U__DBL_MANT_DIG__ -D__DBL_MANT_DIG__=24", "-U__FLT_MANT_DIG__ -D__FLT_MANT_DIG__=53",
                              "-U__FLOAT_WORD_ORDER__ -D__FLOAT_WORD_ORDER__=__ORDER_BIG_ENDIAN__"}) {
        INFO(flags);
        const Combination c = {NIB_C_COMPILER " " NIB_C_FLAGS, flags};
        const std::string said = test::output_of(command(exported, c) + " 2>&1 || echo refused");
        CHECK(said.find("this model needs ") != std::string::npos);
        CHECK(said.find("refused") != std::string::npos);
    }
}

TEST_CASE("all networks under all flags", "[.all]")
{
    const nib_weights weights = GENERATE(NIB_WEIGHTS_F32, NIB_WEIGHTS_BF16, NIB_WEIGHTS_INT8);
    test::MlpText (*network)() = GENERATE(test::small_network, relu, with_embedding);
    CHECK(check_all(Exported(network(), weights)) >= 5);
}

TEST_CASE("all activations under all flags", "[.all]")
{
    for (const nib_activation activation : test::all_activations()) {
        INFO(test::activation_word(activation));
        CHECK(check_all(Exported(with(activation))) >= 5);
    }
}
