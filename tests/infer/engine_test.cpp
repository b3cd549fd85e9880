#include "activations.hpp"
#include "catch.hpp"
#include "deploy/fixtures.hpp"
#include "deploy/fold.hpp"
#include "nib/infer.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>

using namespace nib;

namespace {

Memory* const heap = std::pmr::get_default_resource();

// A folded file with a model opened on it, on the instruction set under test.
struct Opened {
    explicit Opened(const test::MlpText& network, const FoldAs& as = {}) : Opened(test::make_model(network), as) {}
    explicit Opened(const Model& trained, const FoldAs& as = {})
        : file(fold(trained, heap, as)), scratch(need(64), heap)
    {
        REQUIRE(nib_infer_open(file.data(), file.size(), scratch.data(), scratch.size(), &model) == NIB_OK);
        if (const char* isa = std::getenv("NIB_ISA")) REQUIRE(nib_infer_set_isa(&model, isa) == NIB_OK);
        info.struct_size = sizeof info;
        REQUIRE(nib_infer_get_info(&model, &info) == NIB_OK);
    }

    std::size_t need(std::size_t batch) const
    {
        std::size_t bytes = 0;
        REQUIRE(nib_infer_workspace(file.data(), file.size(), batch, &bytes) == NIB_OK);
        return bytes;
    }

    std::vector<float> logits(const std::vector<std::int32_t>& contexts, std::size_t workspace) const
    {
        const std::size_t count = contexts.size() / static_cast<std::size_t>(info.context_length);
        std::vector<float> out(count * static_cast<std::size_t>(info.vocabulary));
        Buffer<char> memory(workspace, heap);
        REQUIRE(nib_infer_logits(&model, contexts.data(), count, out.data(), memory.data(), workspace) == NIB_OK);
        return out;
    }

    std::vector<std::int32_t> contexts(std::size_t count) const
    {
        std::vector<std::int32_t> ids(count * static_cast<std::size_t>(info.context_length));
        Mt19937 words(5);
        for (auto& id : ids) id = static_cast<std::int32_t>(words() % static_cast<std::uint32_t>(info.vocabulary));
        return ids;
    }

    Buffer<char> file, scratch;
    nib_infer_model model{};
    nib_infer_info info{};
};

} // namespace

namespace {

// Every operation, and widths that do not fill a block.
constexpr const char* all_operations =
    "embedding 5, flatten, tanh, batchnorm, linear 21, residual(layernorm, linear 40, gelu, linear 21 | "
    "rmsnorm, linear 21), residual(sigmoid), residual(residual(linear 21), batchnorm), softplus, linear";

void check_as_scalar(const Opened& opened, Opened&& scalar, nib_weights weights)
{
    const std::vector<std::int32_t> contexts = opened.contexts(70);
    const std::vector<float> here = opened.logits(contexts, opened.need(64));
    REQUIRE(nib_infer_set_isa(&scalar.model, "scalar") == NIB_OK);
    const std::vector<float> expected = scalar.logits(contexts, scalar.need(64));
    if (std::strcmp(nib_infer_isa(&opened.model), "sse2") != 0) {
        CHECK(here == expected);
        return;
    }
    // An activation may be rounded to the next byte.
    const float most = weights == NIB_WEIGHTS_INT8 ? 0.05f : 1e-5f;
    for (std::size_t i = 0; i < here.size(); ++i)
        CHECK(std::fabs(here[i] - expected[i]) < most * (1 + std::fabs(here[i])));
}

void check_alone_and_batched(const Opened& opened)
{
    const std::vector<std::int32_t> contexts = opened.contexts(141);
    const std::vector<float> alone = opened.logits(contexts, opened.need(1));
    for (const std::size_t batch : {2u, 12u, 16u, 33u, 48u, 64u, 1000u}) {
        INFO("batch " << batch);
        const std::vector<float> batched = opened.logits(contexts, opened.need(batch));
        CHECK(std::memcmp(alone.data(), batched.data(), alone.size() * sizeof(float)) == 0);
    }
    for (const std::size_t count : {1u, 7u, 8u, 11u, 12u, 13u, 31u, 32u, 65u}) {
        INFO("count " << count);
        const auto ids = static_cast<std::ptrdiff_t>(count * static_cast<std::size_t>(opened.info.context_length));
        const std::vector<float> some = opened.logits({contexts.begin(), contexts.begin() + ids}, opened.need(64));
        CHECK(std::equal(some.begin(), some.end(), alone.begin()));
    }
}

} // namespace

TEST_CASE("logits are the same bits alone and in batches of any size")
{
    test::MlpText network = test::small_network();
    SECTION("two layers") {}
    SECTION("wide")
    {
        network.hidden = 260;
        network.layers = 1;
    }
    SECTION("no hidden layer") { network.layers = 0; }
    for (const nib_activation activation : test::all_activations()) {
        DYNAMIC_SECTION(test::activation_word(activation)) { network.activation = test::activation_text(activation); }
    }
    for (const nib_weights weights : {NIB_WEIGHTS_F32, NIB_WEIGHTS_BF16, NIB_WEIGHTS_INT8}) {
        for (const nib_first_layer first : {NIB_FIRST_LAYER_SMALLEST, NIB_FIRST_LAYER_TABLE}) {
            CAPTURE(weights, first);
            check_alone_and_batched(Opened(network, {weights, first}));
        }
    }
}

TEST_CASE("a list with every operation has the same bits alone, in batches, and as the scalar code")
{
    const nib_weights weights = GENERATE(NIB_WEIGHTS_F32, NIB_WEIGHTS_BF16, NIB_WEIGHTS_INT8);
    CAPTURE(weights);
    const Model model = test::make_model(test::spec_of(all_operations, 3));
    const Opened opened(model, {weights});
    check_alone_and_batched(opened);
    check_as_scalar(opened, Opened(model, {weights}), weights);
}

TEST_CASE("every instruction set with fma has the scalar code's bits")
{
    const nib_weights weights = GENERATE(NIB_WEIGHTS_F32, NIB_WEIGHTS_BF16, NIB_WEIGHTS_INT8);
    const nib_first_layer first = GENERATE(NIB_FIRST_LAYER_SMALLEST, NIB_FIRST_LAYER_TABLE);
    test::MlpText network = test::small_network();
    for (const nib_activation activation : test::all_activations()) {
        DYNAMIC_SECTION(test::activation_word(activation)) { network.activation = test::activation_text(activation); }
    }
    CAPTURE(weights, first, network.activation);
    check_as_scalar(Opened(network, {weights, first}), Opened(network, {weights, first}), weights);
}

TEST_CASE("a workspace that is too small or misaligned is refused")
{
    const Opened opened(test::small_network());
    const std::vector<std::int32_t> contexts = opened.contexts(1);
    std::vector<float> out(27);
    Buffer<char> memory(opened.need(64) + 64, heap);
    const auto call = [&](std::size_t offset, std::size_t bytes) {
        return nib_infer_logits(&opened.model, contexts.data(), 1, out.data(), memory.data() + offset, bytes);
    };
    CHECK(call(0, opened.need(1)) == NIB_OK);
    CHECK(call(64, opened.need(1)) == NIB_OK);
    CHECK(call(0, opened.need(1) - 1) == NIB_ERR_WORKSPACE);
    CHECK(call(32, opened.need(64)) == NIB_ERR_WORKSPACE);
    CHECK(call(0, 0) == NIB_ERR_WORKSPACE);
    nib_infer_model model;
    CHECK(nib_infer_open(opened.file.data(), opened.file.size(), memory.data(), 64, &model) == NIB_ERR_WORKSPACE);
}

TEST_CASE("arguments out of their range are refused")
{
    const Opened opened(test::small_network());
    Buffer<char> memory(opened.need(1), heap);
    std::vector<float> out(27);
    std::size_t bytes = 0;
    for (const std::int32_t id : {-1, 27, INT32_MAX, INT32_MIN}) {
        const std::int32_t context[] = {0, 0, 0, id};
        CHECK(nib_infer_logits(&opened.model, context, 1, out.data(), memory.data(), memory.size()) ==
              NIB_ERR_INVALID_ARGUMENT);
    }
    CHECK(nib_infer_workspace(opened.file.data(), opened.file.size(), 0, &bytes) == NIB_ERR_INVALID_ARGUMENT);
    CHECK(nib_infer_workspace(opened.file.data() + 4, opened.file.size() - 4, 1, &bytes) == NIB_ERR_INVALID_ARGUMENT);
    CHECK(nib_infer_workspace(nullptr, 0, 1, &bytes) == NIB_ERR_INVALID_ARGUMENT);
    nib_infer_model model = opened.model;
    CHECK(nib_infer_set_isa(&model, "none") == NIB_ERR_UNSUPPORTED);
    nib_infer_info info{};
    CHECK(nib_infer_get_info(&opened.model, &info) == NIB_ERR_INVALID_ARGUMENT);
}

TEST_CASE("the probability of an item is that of its symbols and of the end behind them")
{
    test::MlpText network = test::small_network();
    const Opened opened(network);
    Buffer<char> memory(opened.need(1), heap);
    const auto log_probability = [&](const std::string& text) {
        double result = 0;
        REQUIRE(nib_infer_log_probability(&opened.model, text.data(), text.size(), &result, memory.data(),
                                          memory.size()) == NIB_OK);
        return result;
    };
    const std::vector<float> logits = opened.logits(std::vector<std::int32_t>(4, 0), opened.need(1));
    double total = 0;
    for (const float logit : logits) total += std::exp(static_cast<double>(logit));
    CHECK(log_probability("") == Approx(static_cast<double>(logits[0]) - std::log(total)).epsilon(1e-5));

    const std::vector<float> after = opened.logits({0, 0, 0, 2}, opened.need(1));
    double total_after = 0;
    for (const float logit : after) total_after += std::exp(static_cast<double>(logit));
    const double expected =
        static_cast<double>(logits[2]) - std::log(total) + static_cast<double>(after[0]) - std::log(total_after);
    CHECK(log_probability("b") == Approx(expected).epsilon(1e-5));

    double unused = 0;
    CHECK(nib_infer_log_probability(&opened.model, "a1", 2, &unused, memory.data(), memory.size()) == NIB_ERR_MISMATCH);
}
