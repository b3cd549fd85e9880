// Folded models of series and pictures.
#include "catch.hpp"
#include "deploy/certificate.hpp"
#include "deploy/planes_models.hpp"
#include "deploy/predict_folded.hpp"
#include "deploy/sections.hpp"
#include "error_of.hpp"
#include "net/predict.hpp"
#include "ops/list.hpp"

using namespace nib;
using test::PlanesCase;

namespace {

std::vector<float> rows_of(const Dataset& data)
{
    std::vector<float> x;
    for (std::ptrdiff_t i = 0; i < data.examples(NIB_SPLIT_TRAIN); ++i) {
        const float* row = data.table()->row(NIB_SPLIT_TRAIN, static_cast<std::uint32_t>(i));
        x.insert(x.end(), row, row + data.table()->features());
    }
    return x;
}

std::string operations_of(const char* input, const char* network, std::size_t features)
{
    const PlanesCase of{input, network, features};
    const Model model = test::trained_planes(of, test::random_planes(features, 40));
    std::string text;
    for (const test::Section& each : test::sections_of(fold(model, test::heap())))
        text.append(text.empty() ? "" : ", ").append(op_word(each.operation));
    return text;
}

} // namespace

TEST_CASE("a folded model of planes answers as its model")
{
    for (const PlanesCase& each : test::folding_cases()) {
        CAPTURE(each.input, each.network);
        const Dataset data = test::random_planes(each.features, 40);
        const Model model = test::trained_planes(each, data);
        const std::vector<float> x = rows_of(data);
        const std::ptrdiff_t count = data.examples(NIB_SPLIT_TRAIN), features = data.table()->features();
        std::vector<float> expected(static_cast<std::size_t>(count * predictions_of(model)));
        Predictor predictor(model);
        predictor(x.data(), count, features, expected.data(), 1);
        for (const auto& [weights, most] :
             {std::pair{NIB_WEIGHTS_F32, 2e-5}, {NIB_WEIGHTS_BF16, 0.05}, {NIB_WEIGHTS_INT8, 0.15}}) {
            CAPTURE(weights);
            const Folded folded(fold(model, test::heap(), {.weights = weights}), "test", test::heap());
            std::vector<float> y(expected.size());
            predict(folded, x.data(), count, features, y.data(), 2);
            CHECK(test::largest_difference(expected, y) < most);
        }
    }
}

TEST_CASE("the certificate of planes compares with the model")
{
    const PlanesCase of = test::planes_cases()[2]; // with standardize
    const Dataset data = test::random_planes(of.features, 60);
    const Model model = test::trained_planes(of, data);
    const Draft folded = draft(model, test::heap(), {});
    const Certificate c = certify(model, folded.view, data, NIB_SPLIT_TRAIN, 2);
    CHECK(c.largest_logit_difference < 1e-4);
    CHECK(c.largest_logit_difference > 0);
    CHECK(c.equal_argmax == 1);
    CHECK(c.loss_after == Approx(c.loss_before).epsilon(1e-4));
}

TEST_CASE("a batchnorm goes into the convolution before it, and a flatten into the linear behind it")
{
    CHECK(operations_of("floats 2x6x5", "conv2d 4 3, batchnorm, relu, maxpool 2, flatten, linear", 60) ==
          "convolution, relu, max-pool, dense");
    CHECK(operations_of("floats 2x6x5", "batchnorm, conv2d 2 3 groups=2, batchnorm, global-average, linear", 60) ==
          "scale-shift, depthwise, average-pool, dense");
    CHECK(operations_of("floats 2x6", "avgpool 2, flatten, relu, linear", 12) == "average-pool, flatten, relu, dense");
    CHECK(operations_of("floats 2x6", "conv1d 9 6, flatten, batchnorm, linear", 12) == "convolution, dense");
}

TEST_CASE("planes that a folded file has no room for are refused, and named")
{
    const Dataset data = test::random_planes(40, 20);
    const Model model =
        test::new_model(test::table_spec("conv1d 65536 1 padding=128, conv1d 3 1 stride=128, flatten, linear",
                                         "cross-entropy", "floats 1x40"),
                        data);
    const std::string refusal = test::error_of(NIB_ERR_UNSUPPORTED, [&] { fold(model, test::heap()); });
    CHECK(refusal.find("conv1d") != refusal.npos);
    CHECK(refusal.find("16777216") != refusal.npos);
}
