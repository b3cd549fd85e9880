// libnib_infer with files of tables: the same bits alone and in batches, on every instruction set with fma.
#include "catch.hpp"
#include "deploy/table_models.hpp"
#include "nib/infer.h"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>

using namespace nib;
using test::TableModel;

namespace {

// A folded file of a table with a model opened on it, on the instruction set under test.
struct OpenedTable {
    explicit OpenedTable(const TableModel& of, nib_weights weights = NIB_WEIGHTS_F32)
        : file(fold(of.model, test::heap(), {.weights = weights})), scratch(need(64), test::heap())
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

    std::vector<float> run(const std::vector<float>& x, std::size_t workspace) const
    {
        const std::size_t count = x.size() / static_cast<std::size_t>(info.features);
        std::vector<float> y(count * static_cast<std::size_t>(info.outputs));
        Buffer<char> memory(workspace, test::heap());
        REQUIRE(nib_infer_run(&model, x.data(), count, y.data(), memory.data(), workspace) == NIB_OK);
        return y;
    }

    std::vector<std::int32_t> classify(const std::vector<float>& x, std::size_t workspace) const
    {
        std::vector<std::int32_t> found(x.size() / static_cast<std::size_t>(info.features), -1);
        Buffer<char> memory(workspace, test::heap());
        REQUIRE(nib_infer_classify(&model, x.data(), found.size(), found.data(), memory.data(), workspace) == NIB_OK);
        return found;
    }

    Buffer<char> file, scratch;
    nib_infer_model model{};
    nib_infer_info info{};
};

std::vector<std::int32_t> classes_by(const std::vector<float>& y, const nib_infer_info& info)
{
    std::vector<std::int32_t> classes;
    const std::ptrdiff_t n = info.outputs;
    for (auto row = y.begin(); row != y.end(); row += n)
        classes.push_back(n == 1 ? *row > 0 : static_cast<std::int32_t>(std::max_element(row, row + n) - row));
    return classes;
}

} // namespace

TEST_CASE("rows give the same bits alone, in batches, and as the scalar code")
{
    const std::string name = GENERATE(from_range(test::table_model_names()));
    const TableModel of = test::table_model(name);
    for (const nib_weights weights : {NIB_WEIGHTS_F32, NIB_WEIGHTS_BF16, NIB_WEIGHTS_INT8}) {
        CAPTURE(name, weights);
        const OpenedTable opened(of, weights);
        const std::vector<float> x = of.rows(141), alone = opened.run(x, opened.need(1));
        for (const std::size_t batch : {12u, 16u, 33u, 64u, 1000u}) {
            CAPTURE(batch);
            CHECK(opened.run(x, opened.need(batch)) == alone);
            if (opened.info.classes > 0)
                CHECK(opened.classify(x, opened.need(batch)) == classes_by(alone, opened.info));
        }
        OpenedTable scalar(of, weights);
        REQUIRE(nib_infer_set_isa(&scalar.model, "scalar") == NIB_OK);
        const std::vector<float> expected = scalar.run(x, scalar.need(64));
        if (std::strcmp(nib_infer_isa(&opened.model), "sse2") != 0)
            CHECK(alone == expected);
        else
            CHECK(test::largest_difference(expected, alone) < (weights == NIB_WEIGHTS_INT8 ? 0.05 : 1e-5));
    }
}

TEST_CASE("a row with NaN gives NaN and class 0, and infinity is computed with")
{
    const OpenedTable opened(test::table_model("classes"), NIB_WEIGHTS_INT8);
    for (const std::size_t count : {3u, 40u}) {
        std::vector<float> x = test::table_model("classes").rows(count);
        x[3] = std::numeric_limits<float>::quiet_NaN();
        x[4] = std::numeric_limits<float>::infinity();
        const std::vector<float> y = opened.run(x, opened.need(64));
        for (int o = 0; o < 3; ++o) CHECK(std::isnan(y[static_cast<std::size_t>(3 + o)]));
        CHECK_FALSE(std::isnan(y[0]));
        const std::vector<std::int32_t> classes = opened.classify(x, opened.need(64));
        CHECK(classes[1] == 0);
        for (const std::int32_t each : classes) CHECK((each >= 0 && each < 3));
    }
}

TEST_CASE("a model of a table says what it is")
{
    const OpenedTable opened(test::table_model("two classes"));
    CHECK(opened.info.context_length == 0);
    CHECK(opened.info.vocabulary == 0);
    CHECK(opened.info.features == 2);
    CHECK(opened.info.outputs == 1);
    CHECK(opened.info.classes == 2);
    const auto name = [&](std::int32_t index) {
        const char* text = nullptr;
        std::size_t length = 0;
        REQUIRE(nib_infer_class_name(&opened.model, index, &text, &length) == NIB_OK);
        return std::string(text, length);
    };
    CHECK(name(0) == "c0");
    CHECK(name(1) == "c1");
    const char* text = nullptr;
    std::size_t length = 0;
    CHECK(nib_infer_class_name(&opened.model, 2, &text, &length) == NIB_ERR_INVALID_ARGUMENT);
    CHECK(nib_infer_class_name(&opened.model, -1, &text, &length) == NIB_ERR_INVALID_ARGUMENT);
}

TEST_CASE("functions for text refuse a model of a table, and those for classes one of numbers")
{
    const OpenedTable opened(test::table_model("numbers"));
    Buffer<char> memory(opened.need(1), test::heap());
    const float x[2] = {};
    float y = 0;
    std::int32_t id = 0;
    double probability = 0;
    std::uint32_t length = 0;
    char text[4096];
    const auto mismatch = [](nib_status status) { CHECK(status == NIB_ERR_MISMATCH); };
    mismatch(nib_infer_logits(&opened.model, &id, 1, &y, memory.data(), memory.size()));
    mismatch(nib_infer_log_probability(&opened.model, "a", 1, &probability, memory.data(), memory.size()));
    nib_infer_sampler_options options{};
    options.struct_size = sizeof options;
    REQUIRE(nib_infer_sampler_options_default(&options) == NIB_OK);
    nib_infer_sampler sampler;
    mismatch(nib_infer_sampler_init(&sampler, &opened.model, &options));
    mismatch(nib_infer_sample(&opened.model, &options, 0, 1, text, sizeof text, &length, memory.data(), memory.size()));
    mismatch(nib_infer_classify(&opened.model, x, 1, &id, memory.data(), memory.size()));
    const char* name = nullptr;
    std::size_t size = 0;
    mismatch(nib_infer_class_name(&opened.model, 0, &name, &size));
    CHECK(nib_infer_run(&opened.model, x, 1, &y, memory.data(), memory.size()) == NIB_OK);
    CHECK(nib_infer_run(&opened.model, nullptr, 1, &y, memory.data(), memory.size()) == NIB_ERR_INVALID_ARGUMENT);
    CHECK(nib_infer_run(&opened.model, x, 1, &y, memory.data(), memory.size() - 1) == NIB_ERR_WORKSPACE);
}
