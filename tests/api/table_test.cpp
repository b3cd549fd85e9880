// Tables through the ABI: from arrays, borrowed or copied; a model's description of its table; predictions.
#include "api/small.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

using namespace nib::test;

namespace {

// Rows with y = 2 a - b, and the class y > 0.
struct Arrays {
    Arrays()
    {
        for (int i = 0; i < 200; ++i) {
            const float a = static_cast<float>((i * 37) % 101) / 50.0f - 1,
                        b = static_cast<float>((i * 53) % 89) / 44.0f - 1;
            x.insert(x.end(), {a, b, 99.0f}); // a stride of 3
            targets.push_back(2 * a - b);
            classes.push_back(2 * a - b > 0 ? 1 : 0);
            weights.push_back(1 + static_cast<float>(i % 2));
        }
    }

    nib_table table() const
    {
        auto table = sized<nib_table>();
        table.x = x.data();
        table.rows = 200;
        table.columns = 2;
        table.row_stride = 3;
        table.column_names = names;
        return table;
    }
    nib_table with_classes() const
    {
        nib_table t = table();
        t.classes = classes.data();
        t.class_count = 2;
        return t;
    }
    nib_table with_targets() const
    {
        nib_table t = table();
        t.targets = targets.data();
        t.target_columns = t.target_stride = 1;
        return t;
    }

    const char* names[2] = {"a", "b"};
    std::vector<float> x, targets, weights;
    std::vector<std::int32_t> classes;
};

unique<nib_dataset> data_set(nib_context* context, const nib_table& table)
{
    nib_dataset* dataset = nullptr;
    const nib_status status = nib_dataset_from_tables(context, &table, nullptr, nullptr, nullptr, &dataset);
    INFO(nib_context_message(context));
    REQUIRE(status == NIB_OK);
    return unique<nib_dataset>(dataset);
}

unique<nib_model> trained(nib_context* context, const nib_dataset* dataset, const char* network, std::int64_t steps)
{
    auto options = sized<nib_model_options>();
    auto train = sized<nib_train_options>();
    REQUIRE(nib_preset("mlp", &options, &train) == NIB_OK);
    options.network = network;
    options.input = "floats";
    train.steps = steps;
    train.batch_size = 32;
    train.warmup_steps = 0;
    train.weight_decay = 0;
    train.learning_rate = 1e-2;
    nib_model* model = nullptr;
    REQUIRE(nib_model_create(context, &options, dataset, &model) == NIB_OK);
    nib_trainer* trainer = nullptr;
    REQUIRE(nib_trainer_create(context, model, dataset, &train, &trainer) == NIB_OK);
    CHECK(nib_trainer_run(trainer, steps, nullptr, nullptr) == NIB_OK);
    nib_trainer_destroy(trainer);
    return unique<nib_model>(model);
}

void refuses(nib_context* context, const nib_table& table, nib_status wanted, const std::string& sentence)
{
    nib_dataset* dataset = nullptr;
    CHECK(nib_dataset_from_tables(context, &table, nullptr, nullptr, nullptr, &dataset) == wanted);
    CHECK(dataset == nullptr);
    CHECK(std::string(nib_context_message(context)) == sentence);
}

} // namespace

TEST_CASE("arrays are learned from, copied or where they are, to the same bits")
{
    const unique<nib_context> context = new_context();
    Arrays arrays;
    std::vector<std::vector<float>> all;
    for (const int borrow : {0, 1}) {
        nib_table table = arrays.with_classes();
        table.borrow = borrow;
        const unique<nib_dataset> dataset = data_set(context.get(), table);
        auto info = sized<nib_dataset_info>();
        REQUIRE(nib_dataset_get_info(dataset.get(), &info) == NIB_OK);
        CHECK(info.columns == 2);
        CHECK(info.features == 2);
        CHECK(info.classes == 2);
        CHECK(info.targets == 0);
        CHECK(info.examples[0] + info.examples[1] + info.examples[2] == 200);
        const unique<nib_model> model =
            trained(context.get(), dataset.get(), "standardize, linear 8, tanh, linear", 300);
        std::vector<float> y(400);
        REQUIRE(nib_model_predict(model.get(), arrays.x.data(), 200, 3, y.data()) == NIB_OK);
        int right = 0;
        for (std::size_t i = 0; i < 200; ++i) {
            CHECK(y[2 * i] + y[2 * i + 1] == Approx(1).epsilon(1e-5));
            right += (y[2 * i + 1] > 0.5f) == (arrays.classes[i] == 1);
        }
        CHECK(right > 190);
        all.push_back(y);
    }
    CHECK(all[0] == all[1]);
}

TEST_CASE("a model of a table tells what it reads and answers")
{
    const unique<nib_context> context = new_context();
    const Arrays arrays;
    const char* const class_names[] = {"below", "above"};
    nib_table table = arrays.with_classes();
    table.class_names = class_names;
    table.weights = arrays.weights.data();
    const unique<nib_dataset> dataset = data_set(context.get(), table);
    const unique<nib_model> model = trained(context.get(), dataset.get(), "standardize, linear", 10);
    auto info = sized<nib_model_info>();
    REQUIRE(nib_model_get_info(model.get(), &info) == NIB_OK);
    CHECK(info.columns == 2);
    CHECK(info.features == 2);
    CHECK(info.classes == 2);
    CHECK(info.outputs == 2);
    CHECK(info.vocabulary == 0);
    const char* text = nullptr;
    REQUIRE(nib_model_column(model.get(), 1, &text) == NIB_OK);
    CHECK(std::string(text) == "b");
    REQUIRE(nib_model_class(model.get(), 0, &text) == NIB_OK);
    CHECK(std::string(text) == "below");
    CHECK(nib_model_class(model.get(), 2, &text) == NIB_ERR_INVALID_ARGUMENT);
    CHECK(nib_model_symbol(model.get(), 1, &text) == NIB_ERR_MISMATCH);
    auto metrics = sized<nib_metrics>();
    double confusion[4] = {}, loss = 0;
    metrics.confusion = confusion;
    REQUIRE(nib_model_metrics(model.get(), dataset.get(), NIB_SPLIT_TEST, &metrics) == NIB_OK);
    REQUIRE(nib_model_evaluate(model.get(), dataset.get(), NIB_SPLIT_TEST, &loss) == NIB_OK);
    CHECK(metrics.loss == loss);
    CHECK(metrics.confusion == confusion);
    CHECK(metrics.accuracy ==
          Approx((confusion[0] + confusion[3]) / (confusion[0] + confusion[1] + confusion[2] + confusion[3])));
    // Rows come back in the split's order.
    std::vector<float> x(2 * static_cast<std::size_t>(metrics.examples)),
        weights(static_cast<std::size_t>(metrics.examples));
    REQUIRE(nib_dataset_rows(dataset.get(), NIB_SPLIT_TEST, 0, metrics.examples, x.data(), nullptr, nullptr,
                             weights.data()) == NIB_OK);
    for (const float each : weights) CHECK((each == 1 || each == 2));
}

TEST_CASE("numbers to learn come back in their unit, and a linear network finds a line")
{
    const unique<nib_context> context = new_context();
    const Arrays arrays;
    const unique<nib_dataset> dataset = data_set(context.get(), arrays.with_targets());
    const unique<nib_model> model = trained(context.get(), dataset.get(), "standardize, linear, unscale", 1500);
    const float row[2] = {0.5f, -0.25f};
    float y = 0;
    REQUIRE(nib_model_predict(model.get(), row, 1, 2, &y) == NIB_OK);
    CHECK(y == Approx(1.25).margin(0.02));
    const float nan[2] = {std::numeric_limits<float>::quiet_NaN(), 0};
    REQUIRE(nib_model_predict(model.get(), nan, 1, 2, &y) == NIB_OK);
    CHECK(std::isnan(y));
}

TEST_CASE("arrays that cannot serve are refused by split, row and column")
{
    const unique<nib_context> context = new_context();
    Arrays arrays;
    const auto refused = [&](const nib_table& table, nib_status status, const char* sentence) {
        refuses(context.get(), table, status, sentence);
    };
    refused(arrays.table(), NIB_ERR_INVALID_ARGUMENT, "train has neither classes nor targets: expected one of both");
    nib_table both = arrays.with_classes();
    both.targets = arrays.targets.data();
    refused(both, NIB_ERR_INVALID_ARGUMENT, "train has classes and targets: expected one of both");
    nib_table narrow = arrays.with_classes();
    narrow.row_stride = 1;
    nib_dataset* dataset = nullptr;
    CHECK(nib_dataset_from_tables(context.get(), &narrow, nullptr, nullptr, nullptr, &dataset) ==
          NIB_ERR_INVALID_ARGUMENT);
    nib_table wide = arrays.with_classes();
    wide.columns = 1000000;
    CHECK(nib_dataset_from_tables(context.get(), &wide, nullptr, nullptr, nullptr, &dataset) ==
          NIB_ERR_INVALID_ARGUMENT);
    arrays.classes[7] = 2;
    refused(arrays.with_classes(), NIB_ERR_DATA, "row 8: class 2: expected 0 to 1");
    arrays.classes[7] = 1;
    nib_table whole = arrays.with_classes(), part = arrays.with_classes();
    part.rows = 50;
    arrays.x[3 * 4 + 1] = std::numeric_limits<float>::infinity();
    CHECK(nib_dataset_from_tables(context.get(), &whole, &part, nullptr, nullptr, &dataset) == NIB_ERR_DATA);
    CHECK(std::string(nib_context_message(context.get())) ==
          "training split, row 5, column 2 (b) is inf: expected a finite number");
    arrays.x[3 * 4 + 1] = 0;
    REQUIRE(nib_dataset_from_tables(context.get(), &whole, &part, nullptr, nullptr, &dataset) == NIB_OK);
    auto info = sized<nib_dataset_info>();
    REQUIRE(nib_dataset_get_info(dataset, &info) == NIB_OK);
    CHECK(info.examples[NIB_SPLIT_TRAIN] == 200);
    CHECK(info.examples[NIB_SPLIT_VAL] == 50);
    CHECK(info.examples[NIB_SPLIT_TEST] == 0);
    const unique<nib_model> model = trained(context.get(), dataset, "linear", 5);
    double loss = 0;
    CHECK(nib_model_evaluate(model.get(), dataset, NIB_SPLIT_TEST, &loss) == NIB_ERR_DATA);
    CHECK(std::string(nib_context_message(context.get())) == "the data set has no test split");
    nib_dataset_destroy(dataset);
}

TEST_CASE("text and tables are told apart")
{
    const unique<nib_context> context = new_context();
    const Arrays arrays;
    const unique<nib_dataset> table = data_set(context.get(), arrays.with_classes()),
                              text = new_dataset(context.get(), small_text);
    const unique<nib_model> model = trained(context.get(), table.get(), "linear", 5);
    double loss = 0;
    CHECK(nib_model_evaluate(model.get(), text.get(), NIB_SPLIT_VAL, &loss) == NIB_ERR_MISMATCH);
    const char* symbol = nullptr;
    CHECK(nib_dataset_symbol(table.get(), 1, &symbol) == NIB_ERR_MISMATCH);
    nib_folded* made = nullptr;
    REQUIRE(nib_fold(model.get(), nullptr, &made) == NIB_OK);
    const unique<nib_folded> folded(made);
    CHECK(nib_folded_evaluate(folded.get(), text.get(), NIB_SPLIT_VAL, &loss) == NIB_ERR_MISMATCH);
    CHECK(nib_folded_symbol(folded.get(), 1, &symbol) == NIB_ERR_MISMATCH);
    const int32_t context_ids[8] = {};
    float logits[64];
    CHECK(nib_folded_logits(folded.get(), context_ids, 1, logits) == NIB_ERR_MISMATCH);
    nib_sampler* sampler = nullptr;
    CHECK(nib_sampler_create(model.get(), nullptr, &sampler) == NIB_ERR_MISMATCH);
}
