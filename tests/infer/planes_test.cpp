// Operations on planes, with sizes that fill no register, against plain loops in double.
#include "infer/hand_made.hpp"
#include "nib/infer.h"

#include <cstdlib>

using namespace nib;
using infer::Axis;
using infer::OperationKind;
using test::HandMade;

namespace {

Memory* const heap = std::pmr::get_default_resource();

std::vector<float> rows_of(std::size_t numbers)
{
    std::vector<float> row(numbers);
    std::uint32_t state = 3;
    for (float& each : row) each = static_cast<float>((state = state * 1664525u + 1013904223u) >> 8) * 0x1p-22f - 2.0f;
    return row;
}

std::size_t need(const Buffer<char>& file, std::size_t batch)
{
    std::size_t bytes = 0;
    REQUIRE(nib_infer_workspace(file.data(), file.size(), batch, &bytes) == NIB_OK);
    return bytes;
}

// The outputs of some rows, on an instruction set, in the workspace for a batch. The workspace is surrounded by nothing
// that may be read.
std::vector<float> run(const Buffer<char>& file, const std::vector<float>& rows, std::size_t count, const char* isa,
                       std::size_t batch)
{
    const std::size_t bytes = need(file, batch);
    Buffer<char> workspace(bytes, heap);
    std::memset(workspace.data(), 0xff, bytes); // NaN
    nib_infer_model model;
    REQUIRE(nib_infer_open(file.data(), file.size(), workspace.data(), bytes, &model) == NIB_OK);
    if (isa != nullptr) REQUIRE(nib_infer_set_isa(&model, isa) == NIB_OK);
    nib_infer_info info;
    info.struct_size = sizeof info;
    REQUIRE(nib_infer_get_info(&model, &info) == NIB_OK);
    std::memset(workspace.data(), 0xff, bytes);
    std::vector<float> y(count * static_cast<std::size_t>(info.outputs));
    REQUIRE(nib_infer_run(&model, rows.data(), count, y.data(), workspace.data(), bytes) == NIB_OK);
    return y;
}

// tolerance: of the largest output.
void check(const HandMade& made, const infer::Shape& input, double tolerance)
{
    constexpr std::size_t count = 3;
    const Buffer<char> file = made.file();
    const char* const isa = std::getenv("NIB_ISA");
    const std::vector<float> rows = rows_of(count * input.numbers()), y = run(file, rows, count, isa, 1);
    const std::size_t outputs = y.size() / count;
    for (std::size_t i = 0; i < count; ++i) {
        const auto begin = rows.begin() + static_cast<std::ptrdiff_t>(i * input.numbers());
        const std::vector<double> expected =
            made.outputs({begin, begin + static_cast<std::ptrdiff_t>(input.numbers())});
        double largest = 1;
        for (const double each : expected) largest = std::max(largest, std::fabs(each));
        for (std::size_t o = 0; o < outputs; ++o) {
            INFO("row " << i << ", output " << o << ": " << y[i * outputs + o] << ", expected " << expected[o]);
            REQUIRE(std::fabs(double{y[i * outputs + o]} - expected[o]) <= tolerance * largest);
        }
    }
    if (isa != nullptr && std::strcmp(isa, "sse2") == 0) return; // it has no fma
    CHECK(y == run(file, rows, count, "scalar", 1));
}

// 32 examples side by side, then 16 with 13 of them in use; or 16, 16, 13, if 32 would need more than 512 KiB. Without
// batches the workspace is that of a single example.
void check_batch(const HandMade& made, const infer::Shape& input, bool makes_batches = true)
{
    constexpr std::size_t count = 45;
    const Buffer<char> file = made.file();
    const char* const isa = std::getenv("NIB_ISA");
    const std::vector<float> rows = rows_of(count * input.numbers()), alone = run(file, rows, count, isa, 1);
    CHECK((need(file, count) > 8 * need(file, 1)) == makes_batches);
    CHECK((need(file, count) == need(file, 1)) != makes_batches);
    CHECK(run(file, rows, count, isa, count) == alone);
}

struct Case {
    infer::Shape input;
    std::uint32_t outputs, groups;
    test::Moves moves;
};

// Square windows and rectangular ones; rows of 1 to 29 pixels; 1 to 70 channels.
const Case cases[] = {
    {{1, 28, 28}, 8, 1, {{3, 2, 1, 1}, {3, 2, 1, 1}}},
    {{3, 9, 29}, 5, 1, {{3, 1, 1, 1}, {3, 1, 1, 1}}},
    {{16, 7, 7}, 70, 1, {{3, 1, 1, 1}, {3, 1, 1, 1}}},
    {{70, 7, 7}, 33, 1, {{1, 1, 0, 1}, {1, 1, 0, 1}}},
    {{17, 6, 11}, 32, 1, {{1, 2, 0, 1}, {1, 2, 0, 1}}},
    {{6, 1, 100}, 16, 1, {{1, 1, 0, 1}, {5, 1, 2, 1}}},
    {{4, 10, 9}, 10, 2, {{3, 1, 2, 2}, {2, 1, 3, 3}}},
    {{6, 5, 5}, 9, 3, {{2, 3, 0, 1}, {4, 1, 2, 1}}},
    {{5, 6, 8}, 20, 5, {{3, 1, 1, 1}, {3, 2, 1, 1}}},
    {{2, 3, 1}, 64, 1, {{7, 1, 5, 1}, {5, 1, 4, 1}}},
    {{3, 16, 13}, 40, 1, {{7, 2, 3, 1}, {7, 2, 3, 1}}},
    {{2, 4, 27}, 65, 1, {{2, 1, 0, 3}, {3, 1, 0, 2}}},
    {{1, 1, 1}, 1, 1, {{1, 1, 0, 1}, {1, 1, 0, 1}}},
    {{3, 2, 2}, 2, 1, {{1, 1, 3, 1}, {1, 1, 3, 1}}}, // windows outside the plane
};

double relu(double x) { return x > 0 ? x : 0; }

} // namespace

TEST_CASE("a convolution is the sum of its windows")
{
    const std::uint32_t bits = GENERATE(32u, 16u, 8u);
    for (const Case& each : cases) {
        CAPTURE(bits, each.input.channels, each.input.height, each.input.width, each.outputs, each.groups);
        HandMade made(each.input, bits);
        made.convolution(each.outputs, each.moves, each.groups);
        made.flatten();
        check(made, each.input, 1e-6);
    }
}

TEST_CASE("a depthwise convolution is the sum of each channel's windows")
{
    const std::uint32_t bits = GENERATE(32u, 16u, 8u);
    for (const Case& each : cases) {
        CAPTURE(bits, each.input.channels, each.input.height, each.input.width);
        HandMade made(each.input, bits);
        made.depthwise(each.moves);
        made.flatten();
        check(made, each.input, 1e-6);
    }
}

TEST_CASE("pools take the largest number, or the mean, of each channel's windows")
{
    const OperationKind kind = GENERATE(OperationKind::max_pool, OperationKind::average_pool);
    for (Case each : cases) {
        for (Axis* axis : {&each.moves.y, &each.moves.x}) {
            axis->dilation = 1;
            axis->padding = std::min(axis->padding, axis->kernel / 2);
        }
        if (each.input.height + 2 * each.moves.y.padding < each.moves.y.kernel) continue;
        CAPTURE(kind, each.input.channels, each.input.height, each.input.width);
        HandMade made(each.input, 32);
        made.pool(kind, each.moves);
        made.flatten();
        check(made, each.input, 1e-6);
    }
}

TEST_CASE("examples of a batch have the bits that they have alone")
{
    for (const Case& each : cases) {
        CAPTURE(each.input.channels, each.input.height, each.input.width, each.outputs, each.groups);
        HandMade made(each.input, 32);
        made.convolution(each.outputs, each.moves, each.groups);
        made.flatten();
        check_batch(made, each.input, each.groups == 1 && each.moves.x.dilation == 1);
    }
    const infer::Shape input{3, 11, 10};
    const Axis three{3, 1, 1, 1}, two{2, 2, 0, 1}, all{5, 1, 0, 1};
    HandMade made(input, 32);
    made.scale_shift();
    made.convolution(8, {three, three}, 1);
    made.activate(NIB_RELU, relu);
    made.pool(OperationKind::max_pool, {two, two});
    made.keep();
    made.convolution(8, {three, three}, 1);
    made.activate(NIB_TANH, std::tanh);
    made.convolution(8, {three, three}, 1);
    made.add();
    made.activate(NIB_RELU, relu);
    made.pool(OperationKind::average_pool, {all, all});
    made.dense(9);
    check_batch(made, input);
}

TEST_CASE("a window as large as the plane is an average of all of it")
{
    const infer::Shape input{37, 5, 9};
    HandMade made(input, 32);
    made.pool(OperationKind::average_pool, {{5, 1, 0, 1}, {9, 1, 0, 1}});
    CHECK(made.shape() == infer::Shape{37, 1, 1});
    check(made, input, 1e-6);
}

TEST_CASE("a network of planes: residuals, scales, pools and dense layers")
{
    const std::uint32_t bits = GENERATE(32u, 16u, 8u);
    CAPTURE(bits);
    const infer::Shape input{3, 11, 10};
    const Axis three{3, 1, 1, 1}, one{1, 1, 0, 1}, half{3, 2, 1, 1}, two{2, 2, 0, 1};
    HandMade made(input, bits);
    made.scale_shift();
    made.convolution(20, {three, three}, 1);
    made.activate(NIB_RELU, relu);
    made.keep();
    made.convolution(20, {three, three}, 2);
    made.activate(NIB_TANH, std::tanh);
    made.scale_shift();
    made.convolution(20, {three, three}, 1);
    made.add();
    made.activate(NIB_RELU, relu);
    made.keep();
    made.depthwise({half, half});
    made.activate(NIB_RELU, relu);
    made.convolution(36, {one, one}, 1);
    made.swap();
    made.convolution(36, {half, half}, 1);
    made.add();
    made.keep();
    made.activate(NIB_RELU, relu);
    made.depthwise({three, three});
    made.add();
    made.pool(OperationKind::max_pool, {two, two});
    made.dense(7);
    made.activate(NIB_RELU, relu);
    made.dense(3);
    // With 8 bits, a number may be rounded to another step than in double.
    check(made, input, bits == 8 ? 0.05 : 1e-5);
}
