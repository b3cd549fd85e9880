// The counter-based stream through nib/infer.h.
#include "catch.hpp"
#include "deploy/fixtures.hpp"
#include "deploy/fold.hpp"
#include "nib/infer.h"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

using namespace nib;

namespace {

Memory* const heap = std::pmr::get_default_resource();

struct Opened {
    explicit Opened(const test::MlpText& network = test::small_network(), Vocabulary vocabulary = test::letters(),
                    nib_weights weights = NIB_WEIGHTS_F32)
        : file(fold(test::make_model(network, std::move(vocabulary)), heap, {weights}))
    {
        Buffer<char> scratch(workspace(1), heap);
        REQUIRE(nib_infer_open(file.data(), file.size(), scratch.data(), scratch.size(), &model) == NIB_OK);
        if (const char* isa = std::getenv("NIB_ISA")) REQUIRE(nib_infer_set_isa(&model, isa) == NIB_OK);
    }

    std::size_t workspace(std::size_t batch) const
    {
        std::size_t bytes = 0;
        REQUIRE(nib_infer_workspace(file.data(), file.size(), batch, &bytes) == NIB_OK);
        return bytes;
    }

    Buffer<char> file;
    nib_infer_model model{};
};

nib_infer_sampler_options options_of(std::uint64_t seed = 3)
{
    nib_infer_sampler_options options;
    options.struct_size = sizeof options;
    REQUIRE(nib_infer_sampler_options_default(&options) == NIB_OK);
    options.seed = seed;
    options.max_length = 30;
    return options;
}

// Items first to first + count - 1, drawn `piece` at a time, with a workspace for `batch`.
std::vector<std::string> items(const Opened& opened, const nib_infer_sampler_options& options, std::uint64_t first,
                               std::size_t count, std::size_t piece, std::size_t batch)
{
    constexpr std::size_t stride = 4 * 30;
    std::vector<std::string> all;
    Buffer<char> workspace(opened.workspace(batch), heap), text(piece * stride, heap);
    std::vector<std::uint32_t> lengths(piece);
    for (std::size_t done = 0; done < count; done += piece) {
        const std::size_t n = std::min(piece, count - done);
        REQUIRE(nib_infer_sample(&opened.model, &options, first + done, n, text.data(), stride, lengths.data(),
                                 workspace.data(), workspace.size()) == NIB_OK);
        for (std::size_t i = 0; i < n; ++i) all.emplace_back(text.data() + i * stride, lengths[i]);
    }
    return all;
}

} // namespace

TEST_CASE("an item depends on seed and number alone, not on batch or pieces")
{
    test::MlpText shape = test::small_network();
    nib_infer_sampler_options options = options_of();
    SECTION("as it is") {}
    SECTION("a start longer than the context") { options.start = "philipp"; }
    SECTION("a context of one") { shape.context = 1; }
    SECTION("a temperature") { options.temperature = 0.7f; }
    for (const nib_weights weights : {NIB_WEIGHTS_F32, NIB_WEIGHTS_BF16, NIB_WEIGHTS_INT8}) {
        CAPTURE(weights);
        const Opened opened(shape, test::letters(), weights);
        const std::vector<std::string> one = items(opened, options, 1000, 200, 1, 1);
        CHECK(one != items(opened, options, 1001, 200, 200, 64));
        for (const std::size_t piece : {7u, 64u, 200u}) {
            for (const std::size_t batch : {1u, 32u, 64u}) {
                CAPTURE(piece, batch);
                CHECK(items(opened, options, 1000, 200, piece, batch) == one);
            }
        }
        options.seed ^= std::uint64_t{1} << 40;
        CHECK(items(opened, options, 1000, 200, 200, 64) != one);
    }
}

TEST_CASE("every instruction set with fma draws the scalar code's items")
{
    const Opened opened;
    if (std::strcmp(nib_infer_isa(&opened.model), "sse2") == 0) NIB_SKIP("SSE2 has no fma");
    Opened scalar;
    REQUIRE(nib_infer_set_isa(&scalar.model, "scalar") == NIB_OK);
    CHECK(items(opened, options_of(), 0, 150, 150, 64) == items(scalar, options_of(), 0, 150, 150, 64));
}

TEST_CASE("first symbols come as often as the model says")
{
    const Opened opened;
    Buffer<char> workspace(opened.workspace(64), heap);
    const std::int32_t context[4] = {};
    float logits[27];
    REQUIRE(nib_infer_logits(&opened.model, context, 1, logits, workspace.data(), workspace.size()) == NIB_OK);
    double sum = 0;
    for (const float logit : logits) sum += std::exp(static_cast<double>(logit));
    constexpr std::size_t count = 20000;
    nib_infer_sampler_options options = options_of();
    options.max_length = 1;
    std::vector<double> seen(27);
    for (const std::string& item : items(opened, options, 0, count, 1000, 64)) {
        ++seen[item.empty() ? 0 : static_cast<std::size_t>(item[0] - 'a' + 1)];
    }
    double chi_squared = 0;
    for (std::size_t id = 0; id < 27; ++id) {
        const double expected = count * std::exp(static_cast<double>(logits[id])) / sum;
        chi_squared += (seen[id] - expected) * (seen[id] - expected) / expected;
    }
    CHECK(chi_squared < 54.05); // 26 degrees of freedom, 0.1%
}

TEST_CASE("start, length and symbols of several bytes")
{
    const Opened opened(test::small_network(), Vocabulary(NIB_ENCODING_UTF8, {'a', 0xe9, 0x1f600}));
    nib_infer_sampler_options options = options_of();
    options.start = "é😀a";
    options.max_length = 5;
    std::size_t longest = 0;
    for (const std::string& item : items(opened, options, 0, 100, 100, 64)) {
        CHECK(item.rfind(options.start, 0) == 0);
        longest = std::max(longest, item.size());
    }
    CHECK(longest > std::strlen(options.start));
    options.max_length = 3;
    for (const std::string& item : items(opened, options, 0, 40, 40, 64)) CHECK(item == options.start);
}

TEST_CASE("a temperature near 0 draws the likeliest symbols")
{
    const Opened opened;
    nib_infer_sampler_options options = options_of();
    options.temperature = 1e-30f;
    const std::vector<std::string> all = items(opened, options, 0, 70, 70, 64);
    for (const std::string& item : all) CHECK(item == all.front());
}

TEST_CASE("wrong arguments of nib_infer_sample")
{
    const Opened opened;
    nib_infer_sampler_options options = options_of();
    Buffer<char> workspace(opened.workspace(1) + 64, heap), text(300, heap);
    std::uint32_t lengths[10];
    const auto call = [&](std::size_t count, std::size_t stride, std::size_t offset = 0, std::size_t less = 64) {
        return nib_infer_sample(&opened.model, &options, 0, count, text.data(), stride, lengths,
                                workspace.data() + offset, workspace.size() - less);
    };
    CHECK(call(10, 30) == NIB_OK);
    CHECK(call(10, 29) == NIB_ERR_INVALID_ARGUMENT);
    CHECK(call(10, 30, 32) == NIB_ERR_WORKSPACE);
    CHECK(call(10, 30, 0, 65) == NIB_ERR_WORKSPACE);
    CHECK(call(0, 30) == NIB_OK);
    CHECK(nib_infer_sample(nullptr, &options, 0, 1, text.data(), 30, lengths, workspace.data(), workspace.size()) ==
          NIB_ERR_INVALID_ARGUMENT);
    CHECK(nib_infer_sample(&opened.model, nullptr, 0, 1, text.data(), 30, lengths, workspace.data(),
                           workspace.size()) == NIB_ERR_INVALID_ARGUMENT);
    CHECK(nib_infer_sample(&opened.model, &options, 0, 1, nullptr, 30, lengths, workspace.data(), workspace.size()) ==
          NIB_ERR_INVALID_ARGUMENT);
    options.start = "a1";
    CHECK(call(1, 30) == NIB_ERR_MISMATCH);
    options.start = nullptr;
    options.temperature = std::numeric_limits<float>::quiet_NaN();
    CHECK(call(1, 30) == NIB_ERR_INVALID_ARGUMENT);
}
