// Folded models of tables: their predictions, their certificates, and the files that are refused.
#include "catch.hpp"
#include "deploy/certificate.hpp"
#include "deploy/class_names.hpp"
#include "deploy/evaluate_folded.hpp"
#include "deploy/predict_folded.hpp"
#include "deploy/sections.hpp"
#include "deploy/table_models.hpp"
#include "error_of.hpp"
#include "measured.hpp"
#include "net/evaluate.hpp"
#include "net/predict.hpp"
#include "ops/list.hpp"

#include <cmath>
#include <limits>

using namespace nib;
using test::TableModel;

namespace {

std::vector<float> predicted(const TableModel& of, const std::vector<float>& x)
{
    const std::ptrdiff_t features = of.model.schema().features(),
                         count = static_cast<std::ptrdiff_t>(x.size()) / features;
    std::vector<float> y(static_cast<std::size_t>(count * predictions_of(of.model)));
    Predictor(of.model)(x.data(), count, features, y.data(), 1);
    return y;
}

std::vector<float> predicted(const Folded& folded, const std::vector<float>& x, int threads = 1)
{
    const std::ptrdiff_t features = folded.schema().features(),
                         count = static_cast<std::ptrdiff_t>(x.size()) / features;
    std::vector<float> y(static_cast<std::size_t>(count * predictions_of(folded)));
    predict(folded, x.data(), count, features, y.data(), threads);
    return y;
}

std::string operations_of(const TableModel& of)
{
    std::string text;
    for (const test::Section& each : test::sections_of(fold(of.model, test::heap())))
        text.append(text.empty() ? "" : ", ")
            .append(op_word(each.operation))
            .append(" ")
            .append(std::to_string(each.operation.outputs));
    return text;
}

} // namespace

TEST_CASE("a folded model of a table answers as its model")
{
    for (const std::string& name : test::table_model_names()) {
        CAPTURE(name);
        const TableModel of = test::table_model(name);
        const std::vector<float> x = of.rows(150), expected = predicted(of, x);
        CHECK(test::largest_difference(expected, predicted(of.fold(), x)) < 2e-5);
        CHECK(test::largest_difference(expected, predicted(of.fold({.weights = NIB_WEIGHTS_BF16}), x)) < 0.05);
        CHECK(test::largest_difference(expected, predicted(of.fold({.weights = NIB_WEIGHTS_INT8}), x)) < 0.1);
        CHECK(predicted(of.fold(), x, 1) == predicted(of.fold(), x, 3));
    }
}

TEST_CASE("predictions of up to a chunk of rows, and all on one thread, allocate nothing")
{
    test::Measured memory;
    for (const std::string& name : test::table_model_names()) {
        const TableModel of = test::table_model(name);
        const Folded folded(fold(of.model, &memory), "test", &memory);
        const std::vector<float> x = of.rows(200);
        const int before = memory.requests;
        predicted(folded, {x.begin(), x.begin() + 64 * of.model.schema().features()}, 2);
        predicted(folded, x, 1);
        CHECK(memory.requests == before);
        predicted(folded, x, 2);
        CHECK(memory.requests > before);
    }
}

TEST_CASE("standardize stays an operation, and unscale goes into the last linear")
{
    CHECK(operations_of(test::table_model("numbers")) == "standardize 2, dense 17, tanh 17, dense 1");
    CHECK(operations_of(test::table_model("two classes")) == "standardize 2, dense 16, tanh 16, dense 1");
    CHECK(operations_of(test::table_model("no linear")) == "scale-shift 2, keep 2, scale-shift 2, add 2, tanh 2");
}

TEST_CASE("a table has no embedding to multiply out")
{
    const TableModel of = test::table_model("two classes");
    const std::string refusal =
        test::error_of(NIB_ERR_UNSUPPORTED, [&] { of.fold({.first_layer = NIB_FIRST_LAYER_TABLE}); });
    CHECK(refusal.find("found rows of numbers") != refusal.npos);
}

TEST_CASE("a row with NaN gives NaN, whatever the others are")
{
    for (const std::string& name : test::table_model_names()) {
        for (const nib_weights weights : {NIB_WEIGHTS_F32, NIB_WEIGHTS_INT8}) {
            CAPTURE(name, weights);
            const TableModel of = test::table_model(name);
            const Folded folded = of.fold({.weights = weights});
            std::vector<float> x = of.rows(40);
            const std::vector<float> before = predicted(folded, x);
            const auto features = static_cast<std::size_t>(of.model.schema().features());
            const auto outputs = static_cast<std::size_t>(predictions_of(folded));
            x[7 * features + 1] = std::numeric_limits<float>::quiet_NaN();
            const std::vector<float> y = predicted(folded, x);
            for (std::size_t i = 0; i < y.size(); ++i) {
                if (i / outputs == 7)
                    CHECK(std::isnan(y[i]));
                else
                    CHECK(y[i] == before[i]);
            }
        }
    }
}

TEST_CASE("the certificate has the model's loss, of numbers in deviations")
{
    for (const std::string& name : test::table_model_names()) {
        CAPTURE(name);
        const TableModel of = test::table_model(name);
        const Folded folded = of.fold();
        for (const nib_split split : {NIB_SPLIT_TRAIN, NIB_SPLIT_VAL}) {
            const Certificate c = certify(of.model, folded.view(), of.data, split, 2);
            CHECK(c.examples == of.data.examples(split));
            CHECK(c.loss_before == Approx(evaluate(of.model, of.data, split, 1)).epsilon(1e-5).margin(1e-7));
            CHECK(std::fabs(c.loss_before - c.loss_after) < 1e-5);
            CHECK(c.equal_argmax > 0.98);
            const Certificate again = certify(of.model, folded.view(), of.data, split, 1);
            CHECK(again.loss_after == c.loss_after);
        }
    }
}

TEST_CASE("weights of examples count in the certificate and in the loss")
{
    const TableModel of(test::clouds(3, 300, true), "standardize, linear 8, relu, linear");
    const Folded folded = of.fold();
    const double loss = evaluate(of.model, of.data, NIB_SPLIT_TRAIN, 1);
    CHECK(certify(of.model, folded.view(), of.data, NIB_SPLIT_TRAIN, 1).loss_before == Approx(loss).epsilon(1e-5));
    CHECK(evaluate(folded, of.data, NIB_SPLIT_TRAIN, 2) == Approx(loss).epsilon(1e-5));
}

TEST_CASE("the loss of a folded model of numbers is in the data's unit")
{
    const TableModel of = test::table_model("numbers");
    const double in_deviations = evaluate(of.model, of.data, NIB_SPLIT_TRAIN, 1);
    const double std = of.model.running.data()[of.model.unscale()->factor];
    CHECK(evaluate(of.fold(), of.data, NIB_SPLIT_TRAIN, 1) == Approx(in_deviations * std * std).epsilon(1e-4));
}

TEST_CASE("numbers without unscale are folded: their loss is in the data's unit, and so is its rounding")
{
    const TableModel of(test::curve(300, 1e5f, 300), "standardize, linear 8, tanh, linear");
    const Buffer<char> file = fold_certified(of.model, {}, of.data, NIB_SPLIT_VAL, 1e-5, 1, test::heap());
    CHECK(reinterpret_cast<const infer::Header*>(file.data())->loss_before > 1e4);
    const std::string refusal = test::error_of(NIB_ERR_MISMATCH, [&] {
        fold_certified(of.model, {.weights = NIB_WEIGHTS_INT8}, of.data, NIB_SPLIT_VAL, 1e-12, 1, test::heap());
    });
    CHECK(refusal.find("at most 1e-12 of it is allowed") != refusal.npos);
}

TEST_CASE("a network that computes nothing is not folded")
{
    const TableModel of(test::clouds(2, 60), "linear");
    const Model nothing = test::new_model(test::table_spec("dropout 0.5", ""), of.data);
    test::error_of(NIB_ERR_UNSUPPORTED, [&] { fold(nothing, test::heap()); });
}

TEST_CASE("a folded file keeps what its columns and classes are")
{
    const TableModel of(test::clouds(3, 100), "standardize, linear");
    CHECK(of.fold().schema() == of.model.schema());
    const TableModel numbers = test::table_model("numbers");
    CHECK(numbers.fold().schema() == numbers.model.schema());
    test::error_of(NIB_ERR_MISMATCH, [&] { of.fold().vocabulary(); });
}

TEST_CASE("a folded file whose schema or names do not fit its numbers is refused")
{
    const TableModel of(test::clouds(3, 100), "standardize, linear");
    const auto refused = [&](auto change) {
        Buffer<char> file = fold(of.model, test::heap());
        change(file, infer::parts_of(*reinterpret_cast<const infer::Header*>(file.data())));
        seal(file);
        return test::error_of(NIB_ERR_FORMAT, [&] { Folded(std::move(file), "m.nib", test::heap()); });
    };
    const auto has = [](const std::string& text, const char* part) { return text.find(part) != text.npos; };
    CHECK(has(refused([](Buffer<char>& f, const infer::FileParts& at) { f[at.names] = 100; }), "m.nib is damaged"));
    CHECK(has(refused([](Buffer<char>& f, const infer::FileParts& at) { f[at.names + 4] = '\xff'; }), "UTF-8"));
    CHECK(has(refused([](Buffer<char>& f, const infer::FileParts& at) { f[at.names + 5] = f[at.names + 13]; }),
              "stands twice"));
    CHECK(has(refused([](Buffer<char>& f, const infer::FileParts& at) { f[at.schema] = 'k'; }),
              "its schema: line 1: expected"));
    CHECK(has(refused([](Buffer<char>& f, const infer::FileParts&) {
                  reinterpret_cast<infer::Header*>(f.data())->answers = infer::Answers::numbers;
              }),
              "m.nib"));
    CHECK(has(refused([](Buffer<char>& f, const infer::FileParts&) {
                  reinterpret_cast<infer::Header*>(f.data())->answers = static_cast<infer::Answers>(4);
              }),
              "\"answers\": expected 0 to 3"));
    CHECK(has(refused([](Buffer<char>& f, const infer::FileParts&) {
                  reinterpret_cast<infer::Header*>(f.data())->inputs = 16777217;
              }),
              "has 16777217 for \"inputs\": expected 1 to 16777216"));
}
