// Training on tables: the examples that are drawn, scaling, and results.
#include "catch.hpp"
#include "error_of.hpp"
#include "folder.hpp"
#include "models.hpp"
#include "net/evaluate.hpp"
#include "net/metrics.hpp"
#include "net/model_file.hpp"
#include "net/predict.hpp"
#include "numbers.hpp"
#include "one_step.hpp"
#include "tables.hpp"
#include "train/trainer.hpp"

#include <algorithm>
#include <cmath>
#include <set>

using namespace nib;
using namespace nib::test;

namespace {

nib_train_options table_training(std::int64_t steps)
{
    nib_train_options o = training_with(NIB_ADAMW, 32, 1e-2);
    o.steps = steps;
    o.weight_decay = 0;
    return o;
}

Model trained(const Dataset& data, const std::string& network, const std::string& loss, std::int64_t steps,
              int threads = 1)
{
    Model model = new_model(table_spec(network, loss), data);
    Trainer(model, data, table_training(steps), threads, heap()).run(steps, nullptr);
    return model;
}

Metrics metrics(const Model& model, const Dataset& data, nib_split split)
{
    std::vector<float> y(data.examples(split) * static_cast<std::size_t>(predictions_of(model)));
    predict(model, data, split, y.data(), 2);
    return metrics_of(*data.table(), split, y.data(), true);
}

} // namespace

TEST_CASE("classes of three clouds are learned, by either loss for two")
{
    const Dataset three = clouds(3, 600);
    CHECK(metrics(trained(three, "standardize, linear 16, relu, linear", "", 600), three, NIB_SPLIT_TEST).accuracy >
          0.95);
    const Dataset two = clouds(2, 400);
    for (const char* loss : {"cross-entropy", "cross-entropy smoothing=0.1", "logistic"}) {
        CAPTURE(loss);
        const Metrics m = metrics(trained(two, "standardize, linear 16, tanh, linear", loss, 400), two, NIB_SPLIT_TEST);
        CHECK(m.accuracy > 0.95);
        CHECK(m.auc > 0.98);
    }
}

TEST_CASE("numbers are learned in their own unit, by either loss")
{
    const Dataset data = curve(500, 1e6f, 300);
    for (const char* loss : {"squared", "huber delta=0.5"}) {
        const Model model = trained(data, "standardize, linear 32, tanh, linear, unscale", loss, 1500);
        const Metrics m = metrics(model, data, NIB_SPLIT_TEST);
        CAPTURE(loss, m.rmse);
        CHECK(m.r2 > 0.98);
        CHECK(m.rmse < 100);
        CHECK(evaluate(model, data, NIB_SPLIT_TEST, 1) < 0.05); // in deviations
    }
}

TEST_CASE("training on a table gives the same bits for any number of threads")
{
    const Dataset data = clouds(3, 300, true);
    for (const char* network :
         {"standardize, linear 33, relu, linear", "linear 40, batchnorm, gelu, dropout 0.2, linear",
          "standardize, tanh, residual(linear 2, layernorm), linear"}) {
        CAPTURE(network);
        const std::vector<float> one = state_of(trained(data, network, "", 60));
        for (const int threads : {2, 3, 5})
            CHECK(bit_difference(state_of(trained(data, network, "", 60, threads)), one) == "");
    }
}

TEST_CASE("a run that chooses its threads has the bits of one that does not, observed steps among them")
{
    const Dataset data = clouds(3, 300);
    const ModelSpec spec = table_spec("standardize, linear 33, batchnorm, relu, linear", "");
    Model fixed = new_model(spec, data), choosing = new_model(spec, data);
    Trainer one(fixed, data, table_training(400), 1, heap());
    Trainer other(choosing, data, table_training(400), 3, heap(), Threads::at_most);
    std::vector<float> a(400), b(400);
    for (std::int64_t step = 0; step < 400; step += 100) {
        one.run(100, a.data() + step, true);
        other.run(100, b.data() + step, true);
        CHECK(other.diagnostics().layers().front().mean == one.diagnostics().layers().front().mean);
    }
    CHECK(bit_difference(b, a) == "");
    CHECK(bit_difference(state_of(choosing), state_of(fixed)) == "");
}

TEST_CASE("an epoch goes through each row once, and no minibatch is short")
{
    const Dataset data = curve(100, 0, 1);
    const Model model = new_model(table_spec("linear", ""), data);
    const std::uint32_t rows = data.examples(NIB_SPLIT_TRAIN);
    const nib_train_options options = training_with(NIB_SGD, 7, 0.1);
    Generator unused = model.generator; // rows are permuted by the seed
    Draws draws(model, data, options, segments_of(options), row_stride(7), heap());
    std::vector<std::uint32_t> drawn;
    for (std::int64_t step = 0; drawn.size() < 3 * rows; ++step) {
        const StepBatch batch = draws.draw(step, unused);
        drawn.insert(drawn.end(), batch.numbers, batch.numbers + 7);
    }
    for (std::size_t epoch = 0; epoch < 3; ++epoch) {
        const auto first = drawn.begin() + static_cast<std::ptrdiff_t>(epoch * rows);
        CHECK(std::set<std::uint32_t>(first, first + rows).size() == rows);
    }
    CHECK_FALSE(std::equal(drawn.begin(), drawn.begin() + rows, drawn.begin() + rows)); // epochs differ
    // The same from any step on: no state is stored.
    Draws later(model, data, options, segments_of(options), row_stride(7), heap());
    const StepBatch batch = later.draw(20, unused);
    CHECK(std::equal(batch.numbers, batch.numbers + 7, drawn.begin() + 140));
}

TEST_CASE("class weights make each class weigh as much as any other")
{
    const Dataset data = unbalanced(90, 10);
    const Model model = new_model(table_spec("linear", ""), data);
    nib_train_options options = training_with(NIB_SGD, 80, 0.1);
    options.class_weights = NIB_CLASS_WEIGHTS_BALANCED;
    Generator unused = model.generator;
    Draws draws(model, data, options, segments_of(options), row_stride(80), heap());
    const StepBatch batch = draws.draw(0, unused);
    double sums[2] = {0, 0};
    for (int i = 0; i < 80; ++i) sums[batch.classes[i]] += double{batch.weights[i]};
    CHECK(sums[0] == Approx(sums[1]).epsilon(1e-5)); // the split has 80 rows
    CHECK(double{batch.weight} == Approx(80).epsilon(1e-5));
}

TEST_CASE("standardize and unscale hold the training split's means and deviations")
{
    const Dataset data = curve(200, 50, 7);
    const Model model = new_model(table_spec("standardize, linear, unscale", ""), data);
    const DataTable& table = *data.table();
    const std::uint32_t rows = table.examples(NIB_SPLIT_TRAIN);
    double sum = 0, squares = 0, target = 0;
    for (std::uint32_t i = 0; i < rows; ++i) {
        sum += double{table.row(NIB_SPLIT_TRAIN, i)[0]};
        target += double{table.targets(NIB_SPLIT_TRAIN, i)[0]};
    }
    for (std::uint32_t i = 0; i < rows; ++i)
        squares += std::pow(double{table.row(NIB_SPLIT_TRAIN, i)[0]} - sum / rows, 2);
    const Scale &scale = model.layout.scales[0], &back = model.layout.scales[1];
    const float* statistics = model.running.data();
    CHECK(double{statistics[scale.mean]} == Approx(sum / rows).epsilon(1e-6));
    CHECK(double{statistics[scale.factor]} == Approx(1 / std::sqrt(squares / rows)).epsilon(1e-6));
    CHECK(statistics[scale.mean + 1] == 3.0f); // a constant column
    CHECK(statistics[scale.factor + 1] == 1.0f);
    CHECK(double{statistics[back.mean]} == Approx(target / rows).epsilon(1e-6));
    CHECK(scale.mean_name() == "0.mean");
    CHECK(scale.factor_name() == "0.inverse_std");
    CHECK(back.factor_name() == "2.std");
}

TEST_CASE("a model of a table is saved and loaded with its columns, classes and scales")
{
    const Folder folder;
    const Dataset data = clouds(3, 200);
    const Model model = trained(data, "standardize, linear 8, relu, linear", "cross-entropy smoothing=0.05", 50);
    save_model(model, folder / "m.safetensors");
    const Model again = load_model(folder / "m.safetensors", spec_words(), heap());
    CHECK(again.schema() == model.schema());
    CHECK(again.loss_text == "cross-entropy smoothing=0.05");
    CHECK(again.input_text == "floats 2");
    std::vector<float> before(3 * data.examples(NIB_SPLIT_VAL)), after(before.size());
    predict(model, data, NIB_SPLIT_VAL, before.data(), 1);
    predict(again, data, NIB_SPLIT_VAL, after.data(), 2);
    CHECK(bit_difference(after, before) == "");
}

TEST_CASE("a run on a table goes on from a checkpoint to the same bits")
{
    const Folder folder;
    const Dataset data = clouds(3, 200);
    const ModelSpec spec = table_spec("standardize, linear 8, batchnorm, relu, linear", "");
    Model whole = new_model(spec, data), first = new_model(spec, data), second = new_model(spec, data);
    Trainer(whole, data, table_training(60), 1, heap()).run(60, nullptr);
    Trainer begun(first, data, table_training(60), 2, heap());
    begun.run(23, nullptr);
    begun.save(folder / "checkpoint");
    Trainer goes_on(second, data, table_training(60), 1, heap());
    goes_on.resume(folder / "checkpoint");
    goes_on.run(60, nullptr);
    CHECK(bit_difference(state_of(second), state_of(whole)) == "");
    const Dataset other = clouds(3, 201);
    Model third = new_model(spec, other);
    Trainer on_other(third, other, table_training(60), 1, heap());
    error_of(NIB_ERR_MISMATCH, [&] { on_other.resume(folder / "checkpoint"); });
}

TEST_CASE("losses, inputs and layers that do not fit the data are refused by name")
{
    const Dataset classes = clouds(3, 100), numbers = curve(100, 0, 1);
    const auto fault = [](const Dataset& data, const char* network, const char* loss, const char* input = "floats") {
        return error_of(NIB_ERR_INVALID_ARGUMENT, [&] { new_model(table_spec(network, loss, input), data); });
    };
    CHECK(fault(classes, "linear", "squared") == "loss: squared takes numbers to learn: the data have classes");
    CHECK(fault(numbers, "linear", "cross-entropy") ==
          "loss: cross-entropy takes classes: the data have numbers to learn");
    CHECK(fault(classes, "linear", "logistic") == "loss: logistic takes two classes: the data have 3");
    CHECK(fault(classes, "linear", "", "floats 5") ==
          "input: floats 5: the data are rows of 2 numbers: expected floats 2");
    CHECK(fault(classes, "embedding 3, flatten, linear", "", "symbols") ==
          "input: symbols: the data are rows of 2 numbers: expected floats 2");
    CHECK(fault(classes, "linear, unscale", "") ==
          "network, layer 1 (unscale): the data have classes: expected numbers to learn");
    CHECK(fault(numbers, "linear, standardize", "") ==
          "network, layer 1 (standardize): stands behind other layers: expected it first, where it gets the data's "
          "numbers");
    CHECK(fault(numbers, "unscale, linear", "") ==
          "network, layer 0 (unscale): stands before other layers: expected it last");
    CHECK(fault(numbers, "linear 3", "") ==
          "network, layer 0 (linear): leaves (3): expected (1), the numbers to learn");
    Model none = new_model(table_spec("standardize, identity", ""), square_table());
    CHECK(error_of(NIB_ERR_INVALID_ARGUMENT, [&] { Trainer(none, square_table(), table_training(1), 1, heap()); }) ==
          "the network has no parameters: there is nothing to train");
}

TEST_CASE("a network may end with its input, and read it twice")
{
    const Dataset data = square_table(); // two numbers, two classes
    const Model as_it_is = new_model(table_spec("standardize, identity", ""), data);
    std::vector<float> y(2 * data.examples(NIB_SPLIT_TRAIN));
    predict(as_it_is, data, NIB_SPLIT_TRAIN, y.data(), 1);
    const float *x = data.table()->row(NIB_SPLIT_TRAIN, 0), *statistics = as_it_is.running.data();
    const Scale& scale = as_it_is.layout.scales[0];
    double z[2];
    for (std::ptrdiff_t i : {0, 1})
        z[i] = (double{x[i]} - double{statistics[scale.mean + i]}) * double{statistics[scale.factor + i]};
    CHECK(double{y[1]} == Approx(1 / (1 + std::exp(z[0] - z[1]))).epsilon(1e-5));
    CHECK(double{y[1]} > 0.01);
    CHECK(std::isfinite(
        evaluate(trained(data, "residual(linear 2), dropout 0.1, linear", "", 20), data, NIB_SPLIT_TRAIN, 1)));
}

TEST_CASE("metrics against counts by hand")
{
    const Dataset data = unbalanced(60, 20);
    const DataTable& table = *data.table();
    const std::uint32_t n = table.examples(NIB_SPLIT_TRAIN);
    std::vector<float> y(2 * n);
    double right = 0, second = 0, hits = 0, predicted = 0;
    for (std::uint32_t i = 0; i < n; ++i) {
        const bool guess = i % 3 == 0;
        y[2 * i + 1] = guess ? 0.75f : 0.25f;
        y[2 * i] = 1 - y[2 * i + 1];
        const bool is_second = table.class_of(NIB_SPLIT_TRAIN, i) == 1;
        right += guess == is_second;
        second += is_second;
        hits += guess && is_second;
        predicted += guess;
    }
    const Metrics m = metrics_of(table, NIB_SPLIT_TRAIN, y.data(), true);
    CHECK(m.accuracy == Approx(right / n));
    CHECK(m.recall[1] == Approx(hits / second));
    CHECK(m.precision[1] == Approx(hits / predicted));
    CHECK(m.confusion[3] == hits);
    // The fraction of pairs of both classes in which the second one's score is greater; equal scores count half.
    const double first = n - second, high_first = predicted - hits, low_second = second - hits;
    const double area =
        (hits * (first - high_first) + (hits * high_first + low_second * (first - high_first)) / 2) / (first * second);
    CHECK(m.auc == Approx(area));
    CHECK(std::isnan(m.rmse));
}
