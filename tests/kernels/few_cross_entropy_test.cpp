// Loss and gradient of few examples have the bits of cross_entropy, whose test compares it with the oracle.
#include "catch.hpp"
#include "kernels/rows.hpp"

using namespace nib;
using namespace nib::test;

namespace {

void check(std::ptrdiff_t classes, std::ptrdiff_t examples, float size, Numbers& numbers, Guard guard)
{
    CAPTURE(classes, examples, size);
    Rows logits(examples, classes, 16, guard), gradient(examples, classes, 16, guard);
    Rows by_class(classes, examples, 0), wanted(classes, examples, 0);
    logits.fill(numbers, size);
    for (std::ptrdiff_t e = 0; e < examples; ++e)
        for (std::ptrdiff_t c = 0; c < classes; ++c) by_class.at(c, e) = logits.at(e, c);
    Guarded<std::int32_t> targets(static_cast<std::size_t>(examples), guard);
    for (std::int32_t& each : targets) each = numbers.between(0, static_cast<int>(classes) - 1);
    float workspace[32];
    const float wanted_loss = table().cross_entropy({.classes = classes,
                                                     .examples = examples,
                                                     .stride = by_class.stride(),
                                                     .logits = by_class.data(),
                                                     .targets = targets.data(),
                                                     .weight = static_cast<float>(examples),
                                                     .workspace = workspace,
                                                     .first_row = 0,
                                                     .last_row = classes,
                                                     .gradient = wanted.data()});
    const float loss = table().few_cross_entropy({.classes = classes,
                                                  .examples = examples,
                                                  .stride = logits.stride(),
                                                  .logits = logits.data(),
                                                  .targets = targets.data(),
                                                  .gradient = gradient.data()});
    CHECK(same_bits(loss, wanted_loss));
    Rows turned(classes, examples, 0);
    for (std::ptrdiff_t e = 0; e < examples; ++e)
        for (std::ptrdiff_t c = 0; c < classes; ++c) turned.at(c, e) = gradient.at(e, c);
    CHECK(bit_difference(turned, wanted) == "");
    CHECK(gradient.intact());
}

} // namespace

TEST_CASE("cross-entropy of few examples")
{
    Numbers numbers(34);
    for (std::ptrdiff_t examples = 1; examples <= kernels::few_examples; ++examples) {
        for (const std::ptrdiff_t classes : {2, 3, 15, 16, 17, 27, 100}) {
            check(classes, examples, 3, numbers, Guard::behind);
            check(classes, examples, 200, numbers, Guard::before);
        }
    }
}

TEST_CASE("a logit that is not finite makes the loss of few examples NaN")
{
    for (const float bad : {NAN, INFINITY}) {
        Rows logits(3, 5, 0), gradient(3, 5, 0);
        Numbers numbers(35);
        logits.fill(numbers);
        logits.at(1, 2) = bad;
        const std::int32_t targets[3] = {0, 1, 4};
        CHECK(std::isnan(table().few_cross_entropy({.classes = 5,
                                                    .examples = 3,
                                                    .stride = logits.stride(),
                                                    .logits = logits.data(),
                                                    .targets = targets,
                                                    .gradient = gradient.data()})));
    }
}
