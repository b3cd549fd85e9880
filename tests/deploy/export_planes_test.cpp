// Models of series and pictures as C and ONNX: the same predictions as the engine's.
#include "catch.hpp"
#include "deploy/export_c.hpp"
#include "deploy/exported_table.hpp"
#include "deploy/onnx_reader.hpp"
#include "deploy/planes_models.hpp"

#include <array>

using namespace nib;
using test::ExportedTable;
using test::PlanesCase;

namespace {

ExportedTable exported_planes(const PlanesCase& of, nib_weights weights = NIB_WEIGHTS_F32)
{
    const Dataset data = test::random_planes(of.features, test::exported_rows);
    const Model model = test::trained_planes(of, data);
    std::vector<float> x;
    for (std::size_t i = 0; i < test::exported_rows; ++i) {
        const auto row = static_cast<std::uint32_t>(i % static_cast<std::size_t>(data.examples(NIB_SPLIT_TRAIN)));
        const float* from = data.table()->row(NIB_SPLIT_TRAIN, row);
        x.insert(x.end(), from, from + data.table()->features());
    }
    return {Folded(fold(model, test::heap(), {.weights = weights}), "test", test::heap()), std::move(x)};
}

} // namespace

TEST_CASE("exported C of planes predicts as the engine does, and compiles without a warning")
{
    const std::vector<PlanesCase> cases = test::folding_cases();
    for (std::size_t i = 0; i < cases.size(); ++i) {
        // One kind of weights for each: compiling takes most of the time.
        const nib_weights weights = std::array{NIB_WEIGHTS_F32, NIB_WEIGHTS_INT8, NIB_WEIGHTS_BF16}[i % 3];
        CAPTURE(cases[i].input, cases[i].network, weights);
        const ExportedTable exported = exported_planes(cases[i], weights);
        export_c(exported.folded, "small", exported.folder / "small.c", test::heap());
        const double difference = test::run_c(exported, test::same_bits_expected() ? test::with_fma : "");
        CHECK(difference <= (test::same_bits_expected() ? 0 : weights == NIB_WEIGHTS_INT8 ? test::another_step : 2e-5));
    }
}

TEST_CASE("the head of exported C says where the numbers of planes are, and does not list them")
{
    const auto head_of = [](const char* input, const char* network, std::size_t features) {
        const ExportedTable exported = exported_planes({input, network, features});
        const std::string path = exported.folder / "small.c";
        export_c(exported.folded, "small", path, test::heap());
        const std::string text = test::text_of_file(path);
        return text.substr(0, text.find("*/"));
    };
    const std::string picture = head_of("floats 3x9x8", "conv2d 2 3, flatten, linear", 3 * 9 * 8);
    CHECK(picture.find("3 x 9 x 8: pixel (y, x) of channel c is row[(c * 9 + y) * 8 + x]\n") != picture.npos);
    CHECK(picture.find("column 1") == picture.npos);
    const std::string series = head_of("floats 4x19", "conv1d 2 3, flatten, linear", 4 * 19);
    CHECK(series.find("4 x 19: number i of channel c is row[c * 19 + i]\n") != series.npos);
}

TEST_CASE("exported ONNX of planes computes the engine's outputs")
{
    for (const PlanesCase& each : test::folding_cases()) {
        CAPTURE(each.input, each.network);
        const ExportedTable exported = exported_planes(each);
        const std::string path = exported.folder / "small.onnx";
        export_onnx(exported.folded, path, test::heap());
        const std::string file = test::text_of_file(path);
        test::OnnxGraph graph(test::one_of(file, 7).bytes);
        constexpr std::size_t rows = 4;
        const auto numbers = static_cast<std::ptrdiff_t>(rows * each.features);
        const auto result =
            graph.run({{rows, each.features}, {exported.x.begin(), exported.x.begin() + numbers}}, "rows");
        std::vector<float> expected = exported.outputs();
        expected.resize(result.values.size());
        CHECK(test::largest_difference(expected, {result.values.begin(), result.values.end()}) < 2e-5);
    }
}

TEST_CASE("ONNX Runtime computes the engine's outputs of planes")
{
    if (!test::has_onnx_runtime()) NIB_SKIP("onnxruntime is not installed for python3, nor for NIB_PYTHON");
    for (const PlanesCase& each : test::planes_cases()) {
        CAPTURE(each.input, each.network);
        const ExportedTable exported = exported_planes(each);
        CHECK(test::largest_difference(exported.outputs(), test::run_onnx(exported)) < 2e-5);
    }
}
