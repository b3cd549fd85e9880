#include "base/error.hpp"
#include "catch.hpp"
#include "deploy/certificate.hpp"
#include "deploy/fixtures.hpp"
#include "deploy/fold.hpp"
#include "deploy/folded.hpp"
#include "error_of.hpp"
#include "net/evaluate.hpp"

#include <cstring>

using namespace nib;

namespace {

Memory* const heap = std::pmr::get_default_resource();
constexpr double f32_limit = default_loss_limit(NIB_WEIGHTS_F32);

Dataset make_text()
{
    std::string lines;
    Mt19937 words(11);
    for (int i = 0; i < 400; ++i) {
        for (std::uint32_t n = 1 + words() % 9; n > 0; --n) lines += static_cast<char>('a' + words() % 26);
        lines += '\n';
    }
    return Dataset(Text(lines, "test", {}, heap));
}

} // namespace

TEST_CASE("the certificate holds the model's loss, and stands in the file")
{
    const Dataset text = make_text();
    const Model model = test::make_model(test::small_network());
    const Buffer<char> file = fold_certified(model, {NIB_WEIGHTS_F32}, text, NIB_SPLIT_VAL, f32_limit, 2, heap);
    const auto& header = *reinterpret_cast<const infer::Header*>(file.data());
    CHECK(header.certificate_examples == text.examples(NIB_SPLIT_VAL));
    CHECK(header.loss_before == Approx(evaluate(model, text, NIB_SPLIT_VAL, 1)).epsilon(1e-6));
    CHECK(header.loss_after == Approx(header.loss_before).epsilon(1e-6));
    CHECK(header.loss_after != 0);
    CHECK(header.largest_logit_difference > 0);
    CHECK(header.largest_logit_difference < 2e-5);
    CHECK(header.equal_argmax > 0.99);
    CHECK(header.equal_argmax <= 1);

    Buffer<char> copy(file.size(), heap);
    std::memcpy(copy.data(), file.data(), file.size());
    CHECK_NOTHROW(Folded(std::move(copy), "test", heap));

    const Buffer<char> alone = fold_certified(model, {NIB_WEIGHTS_F32}, text, NIB_SPLIT_VAL, f32_limit, 1, heap);
    CHECK(std::memcmp(alone.data(), file.data(), file.size()) == 0);
}

TEST_CASE("the certificate shows what another model's file costs")
{
    const Dataset text = make_text();
    const Model model = test::make_model(test::small_network());
    test::MlpText network = test::small_network();
    network.seed = 5;
    const Folded other(fold(test::make_model(network), heap), "test", heap);
    const Certificate c = certify(model, other.view(), text, NIB_SPLIT_VAL, 1);
    CHECK(c.largest_logit_difference > 0.1);
    CHECK(c.equal_argmax < 0.9);
    CHECK(std::abs(c.loss_before - c.loss_after) > f32_limit);
}

TEST_CASE("a loss that folding changes by more than the limit is refused, saying both")
{
    const Dataset text = make_text();
    const Model model = test::make_model(test::small_network());
    const auto before = static_cast<float>(evaluate(model, text, NIB_SPLIT_VAL, 1));
    const std::string said = test::error_of(
        NIB_ERR_MISMATCH, [&] { fold_certified(model, {NIB_WEIGHTS_F32}, text, NIB_SPLIT_VAL, 1e-300, 1, heap); });
    CHECK(said.find(std::to_string(before).substr(0, 5)) != std::string::npos);
}

TEST_CASE("a refusal says where a tiny running variance makes rounding visible")
{
    const Dataset text = make_text();
    Model model = test::make_model(test::small_network());
    model.running.data()[model.layout.running.front().spread] = 2e-5f;
    const std::string message = test::error_of(
        NIB_ERR_MISMATCH, [&] { fold_certified(model, {NIB_WEIGHTS_F32}, text, NIB_SPLIT_VAL, 1e-300, 1, heap); });
    INFO(message);
    CHECK(message.ends_with("at most 1e-300 is allowed (a running variance of 2.0e-05 makes float rounding visible: a "
                            "larger max_loss_difference allows it)"));
}

TEST_CASE("weights of fewer bits are certified, and refused above their limit")
{
    const Dataset text = make_text();
    const Model model = test::make_model(test::small_network());
    for (const nib_weights weights : {NIB_WEIGHTS_BF16, NIB_WEIGHTS_INT8}) {
        CAPTURE(weights);
        const Buffer<char> file =
            fold_certified(model, {weights}, text, NIB_SPLIT_VAL, default_loss_limit(weights), 2, heap);
        const auto& header = *reinterpret_cast<const infer::Header*>(file.data());
        const double difference = std::fabs(header.loss_after - header.loss_before);
        CHECK(difference < 0.005);
        CHECK(difference > 1e-9);
        CHECK_THROWS_AS(fold_certified(model, {weights}, text, NIB_SPLIT_VAL, difference / 2, 2, heap), Error);
    }
}

TEST_CASE("a text of another vocabulary is refused")
{
    const Model model = test::make_model(test::small_network(), Vocabulary(NIB_ENCODING_UTF8, {'a', 'b'}));
    test::error_of(NIB_ERR_MISMATCH,
                   [&] { fold_certified(model, {NIB_WEIGHTS_F32}, make_text(), NIB_SPLIT_VAL, f32_limit, 1, heap); });
}
