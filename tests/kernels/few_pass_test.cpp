#include "catch.hpp"
#include "kernels/rows.hpp"

using namespace nib;
using namespace nib::test;

namespace {

constexpr float alpha = -0.37f;

void check_forward(std::ptrdiff_t examples, std::ptrdiff_t inputs, std::ptrdiff_t outputs, bool shifts, bool moves,
                   Numbers& numbers, Guard guard)
{
    CAPTURE(examples, inputs, outputs, shifts, moves);
    Rows x(examples, inputs, 5, guard), weight(inputs, outputs, 3, guard), z(examples, outputs, 5, guard);
    Rows x_before(examples, inputs, 5, guard), dz_before(examples, outputs, 5, guard), shift(1, outputs, 0, guard);
    for (Rows* each : {&x, &weight, &x_before, &dz_before, &shift}) each->fill(numbers);
    Rows wanted(examples, outputs, 0), wanted_weight(inputs, outputs, 0);
    wanted_weight.copy_examples(weight);
    table().few_forward({.examples = examples,
                         .inputs = inputs,
                         .outputs = outputs,
                         .x = x.data(),
                         .x_stride = x.stride(),
                         .weight = weight.data(),
                         .weight_stride = weight.stride(),
                         .shift = shifts ? shift.data() : nullptr,
                         .z = z.data(),
                         .z_stride = z.stride(),
                         .moves = moves,
                         .x_before = x_before.data(),
                         .x_before_stride = x_before.stride(),
                         .dz_before = dz_before.data(),
                         .dz_before_stride = dz_before.stride(),
                         .alpha = alpha});
    for (std::ptrdiff_t j = 0; j < outputs; ++j) {
        for (std::ptrdiff_t k = 0; moves && k < inputs; ++k)
            wanted_weight.at(k, j) = moved(x_before, k, dz_before, j, alpha, wanted_weight.at(k, j));
        for (std::ptrdiff_t e = 0; e < examples; ++e) {
            float sum = 0;
            for (std::ptrdiff_t k = 0; k < inputs; ++k) sum = fma_once(x.at(e, k), wanted_weight.at(k, j), sum);
            wanted.at(e, j) = shifts ? sum + shift.at(0, j) : sum;
        }
    }
    CHECK(bit_difference(z, wanted) == "");
    CHECK(bit_difference(weight, wanted_weight) == "");
    CHECK(z.intact());
    CHECK(weight.intact());
}

void check_backward(std::ptrdiff_t examples, std::ptrdiff_t inputs, std::ptrdiff_t outputs, std::ptrdiff_t groups,
                    Numbers& numbers, Guard guard)
{
    CAPTURE(examples, inputs, outputs, groups);
    Rows dz(examples, outputs, 5, guard), x(examples, inputs, 5, guard), weight(outputs, inputs, 3, guard);
    Rows dx(examples, inputs, 5, guard), wanted(examples, inputs, 0), wanted_weight(outputs, inputs, 0);
    for (Rows* each : {&dz, &x, &weight}) each->fill(numbers);
    for (std::ptrdiff_t i = 0; i < inputs; ++i) {
        for (std::ptrdiff_t e = 0; e < examples; ++e) {
            for (std::ptrdiff_t g = 0; g < groups; ++g) {
                float sum = 0;
                for (std::ptrdiff_t row = outputs * g / groups; row < outputs * (g + 1) / groups; ++row)
                    sum = fma_once(dz.at(e, row), weight.at(row, i), sum);
                wanted.at(e, i) = g == 0 ? sum : wanted.at(e, i) + sum;
            }
        }
        for (std::ptrdiff_t row = 0; row < outputs; ++row)
            wanted_weight.at(row, i) = moved(dz, row, x, i, alpha, weight.at(row, i));
    }
    table().few_backward({.examples = examples,
                          .inputs = inputs,
                          .outputs = outputs,
                          .groups = groups,
                          .dz = dz.data(),
                          .dz_stride = dz.stride(),
                          .x = x.data(),
                          .x_stride = x.stride(),
                          .weight = weight.data(),
                          .weight_stride = weight.stride(),
                          .dx = dx.data(),
                          .dx_stride = dx.stride(),
                          .alpha = alpha});
    CHECK(bit_difference(dx, wanted) == "");
    CHECK(bit_difference(weight, wanted_weight) == "");
    CHECK(dx.intact());
    CHECK(weight.intact());
}

} // namespace

TEST_CASE("one pass moves transposed weights and multiplies with them")
{
    Numbers numbers(33);
    for (std::ptrdiff_t examples = 1; examples <= table().most_passed; ++examples) {
        for (const std::ptrdiff_t outputs : {16, 32, 48, 112, 208}) {
            for (const bool moves : {false, true}) {
                if (moves && examples > kernels::most_moved) continue;
                check_forward(examples, 1, outputs, true, moves, numbers, Guard::behind);
                check_forward(examples, 30, outputs, false, moves, numbers, Guard::before);
            }
        }
    }
}

TEST_CASE("one pass gives the input's gradient and moves the weights")
{
    Numbers numbers(34);
    for (std::ptrdiff_t examples = 1; examples <= table().most_passed; ++examples) {
        for (const std::ptrdiff_t inputs : {16, 32, 48, 112, 208}) {
            check_backward(examples, inputs, 1, 1, numbers, Guard::behind);
            check_backward(examples, inputs, 27, 2, numbers, Guard::before);
            check_backward(examples, inputs, 103, 4, numbers, Guard::behind);
            check_backward(examples, inputs, 131, 7, numbers, Guard::behind);
        }
    }
}
