#include "api/small.hpp"
#include "folder.hpp"

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

using namespace nib::test;

namespace {

struct Fixture {
    unique<nib_context> context = new_context();
    unique<nib_dataset> dataset = new_dataset(context.get());
    unique<nib_model> model = new_model(context.get(), dataset.get());
};

} // namespace

TEST_CASE_METHOD(Fixture, "a model tells what it is")
{
    auto info = sized<nib_model_info>();
    REQUIRE(nib_model_get_info(model.get(), &info) == NIB_OK);
    auto data = sized<nib_dataset_info>();
    REQUIRE(nib_dataset_get_info(dataset.get(), &data) == NIB_OK);
    CHECK(info.vocabulary == data.vocabulary);
    CHECK(info.encoding == NIB_ENCODING_UTF8);

    auto options = sized<nib_model_options>();
    REQUIRE(nib_model_get_options(model.get(), &options) == NIB_OK);
    CHECK(options.struct_size == sizeof options);
    CHECK(options.network == std::string("embedding 4, flatten, linear 12 gain=1, batchnorm variance=unbiased, tanh, "
                                         "linear 12 gain=1, batchnorm variance=unbiased, tanh, "
                                         "linear, batchnorm variance=unbiased gain=0.1"));
    CHECK(options.input == std::string("symbols context=3"));
    CHECK(info.layers == 10);
    CHECK(options.seed == 2147483647u);
    // Embedding 4; three products of 12, 12 and vocabulary neurons, each with two numbers of batch normalisation.
    const int64_t v = info.vocabulary;
    CHECK(info.parameters == v * 4 + (12 * 12 + 24) + (12 * 12 + 24) + (12 * v + 2 * v));
}

TEST_CASE_METHOD(Fixture, "the layers of a model, one by one: position, text, shapes, parameters, multiply-adds")
{
    Recipe recipe;
    recipe.set_network("embedding 4, flatten, linear 12, batchnorm, relu, "
                       "residual(linear 6, gelu form=tanh, linear 12 | linear 12), layernorm, dropout 1/4, "
                       "linear gain=0.5");
    const unique<nib_model> residual = new_model(context.get(), dataset.get(), recipe);
    auto all = sized<nib_model_info>();
    REQUIRE(nib_model_get_info(residual.get(), &all) == NIB_OK);
    const int64_t v = all.vocabulary;
    const struct {
        const char *position, *word, *text;
        std::vector<int64_t> in, out;
        int64_t parameters, multiply_adds;
    } expected[] = {{"0", "embedding", "embedding 4", {3}, {3, 4}, 4 * v, 0},
                    {"1", "flatten", "flatten", {3, 4}, {12}, 0, 0},
                    {"2", "linear", "linear 12", {12}, {12}, 144, 144},
                    {"3", "batchnorm", "batchnorm", {12}, {12}, 24, 12},
                    {"4", "relu", "relu", {12}, {12}, 0, 0},
                    {"5.0", "linear", "linear 6", {12}, {6}, 78, 72},
                    {"5.1", "gelu", "gelu form=tanh", {6}, {6}, 0, 0},
                    {"5.2", "linear", "linear 12", {6}, {12}, 84, 72},
                    {"5.shortcut.0", "linear", "linear 12", {12}, {12}, 156, 144},
                    {"5", "residual", "residual", {12}, {12}, 0, 0},
                    {"6", "layernorm", "layernorm", {12}, {12}, 24, 12},
                    {"7", "dropout", "dropout 0.25", {12}, {12}, 0, 0},
                    {"8", "linear", "linear gain=0.5", {12}, {v}, 13 * v, 12 * v}};
    CHECK(all.layers == 13);
    int64_t parameters = 0;
    for (int32_t i = 0; i < 13; ++i) {
        const auto& e = expected[i];
        INFO(e.position);
        auto layer = sized<nib_layer_info>();
        REQUIRE(nib_model_layer(residual.get(), i, &layer) == NIB_OK);
        CHECK(layer.struct_size == sizeof layer);
        CHECK(layer.position == std::string(e.position));
        CHECK(layer.word == std::string(e.word));
        CHECK(layer.text == std::string(e.text));
        CHECK(std::vector<int64_t>(layer.in, layer.in + layer.in_rank) == e.in);
        CHECK(std::vector<int64_t>(layer.out, layer.out + layer.out_rank) == e.out);
        for (int32_t rank = layer.in_rank; rank < 4; ++rank) CHECK(layer.in[rank] == 0);
        for (int32_t rank = layer.out_rank; rank < 4; ++rank) CHECK(layer.out[rank] == 0);
        CHECK(layer.parameters == e.parameters);
        CHECK(layer.multiply_adds == e.multiply_adds);
        parameters += layer.parameters;
    }
    CHECK(parameters == all.parameters);
    auto layer = sized<nib_layer_info>();
    for (const int32_t index : {-1, 13})
        CHECK_REFUSED(context.get(), nib_model_layer(residual.get(), index, &layer), "expected 0 to 12");
    CHECK(layer.word == nullptr);
}

TEST_CASE_METHOD(Fixture, "a model's options are its own: the texts that it was made of may go")
{
    unique<nib_model> made;
    {
        Recipe recipe;
        recipe.set_network("# a comment\nembedding 4,\nflatten\n2 x (linear 5, tanh)\nlinear\n");
        made = new_model(context.get(), dataset.get(), recipe);
    }
    auto options = sized<nib_model_options>();
    REQUIRE(nib_model_get_options(made.get(), &options) == NIB_OK);
    CHECK(options.network == std::string("embedding 4, flatten, linear 5, tanh, linear 5, tanh, linear"));
}

TEST_CASE_METHOD(Fixture, "tensors out and in")
{
    auto info = sized<nib_model_info>();
    REQUIRE(nib_model_get_info(model.get(), &info) == NIB_OK);
    int64_t numbers = 0;
    std::vector<std::string> names;
    for (int32_t i = 0; i < info.tensors; ++i) {
        auto tensor = sized<nib_tensor_info>();
        REQUIRE(nib_model_tensor(model.get(), i, &tensor, nullptr) == NIB_OK);
        names.emplace_back(tensor.name);
        numbers += tensor.rows * tensor.columns;
        std::vector<float> values(static_cast<size_t>(tensor.rows * tensor.columns));
        for (size_t j = 0; j < values.size(); ++j) values[j] = static_cast<float>(i) + static_cast<float>(j) / 4096;
        REQUIRE(nib_model_set_tensor(model.get(), i, values.data()) == NIB_OK);
        std::vector<float> back(values.size());
        REQUIRE(nib_model_tensor(model.get(), i, &tensor, back.data()) == NIB_OK);
        CHECK(back == values);
    }
    CHECK(numbers == info.parameters);
    CHECK(names == std::vector<std::string>{"0.weight", "2.weight", "3.weight", "3.bias", "5.weight", "6.weight",
                                            "6.bias", "8.weight", "9.weight", "9.bias"});
}

TEST_CASE_METHOD(Fixture, "a tensor with a number that is not finite is refused by index, and the model stays")
{
    auto info = sized<nib_tensor_info>();
    REQUIRE(nib_model_tensor(model.get(), 1, &info, nullptr) == NIB_OK);
    const auto columns = static_cast<size_t>(info.columns), count = static_cast<size_t>(info.rows) * columns;
    std::vector<float> before(count), after(count);
    REQUIRE(nib_model_tensor(model.get(), 1, &info, before.data()) == NIB_OK);
    for (const float bad : {NAN, INFINITY, -INFINITY}) {
        std::vector<float> values(count, 0.5f);
        values[3 * columns + 5] = bad;
        const std::string number = std::isnan(bad) ? "nan" : bad > 0 ? "inf" : "-inf";
        CHECK_REFUSED(context.get(), nib_model_set_tensor(model.get(), 1, values.data()),
                      ("2.weight[3, 5] is " + number + ": expected a finite number").c_str());
        REQUIRE(nib_model_tensor(model.get(), 1, &info, after.data()) == NIB_OK);
        CHECK(after == before);
    }
    const std::vector<float> vector(12, NAN);
    CHECK_REFUSED(context.get(), nib_model_set_tensor(model.get(), 2, vector.data()), "3.weight[0] is nan");
}

TEST_CASE_METHOD(Fixture, "what a model computes that is not finite is an error, not a result")
{
    // Finite, but their products are not.
    auto info = sized<nib_model_info>();
    REQUIRE(nib_model_get_info(model.get(), &info) == NIB_OK);
    const std::vector<float> large(static_cast<size_t>(12 * info.vocabulary), 3e38f);
    for (const int32_t tensor : {info.tensors - 3, info.tensors - 2}) // of the output: weight, gamma
        REQUIRE(nib_model_set_tensor(model.get(), tensor, large.data()) == NIB_OK);
    double result = 7;
    CHECK(nib_model_evaluate(model.get(), dataset.get(), NIB_SPLIT_TRAIN, &result) == NIB_ERR_DIVERGED);
    says(context.get(), "is not finite");
    CHECK(nib_model_log_probability(model.get(), "emma", 4, &result) == NIB_ERR_DIVERGED);
    says(context.get(), "a logit of the model is not finite");
    CHECK(result == 7);
    for (const nib_stream stream : {NIB_STREAM_LECTURE, NIB_STREAM_COUNTER}) {
        auto options = sized<nib_sampler_options>();
        REQUIRE(nib_sampler_options_default(&options) == NIB_OK);
        options.stream = stream;
        nib_sampler* made = nullptr;
        REQUIRE(nib_sampler_create(model.get(), &options, &made) == NIB_OK);
        const unique<nib_sampler> sampler(made);
        const char* text = nullptr;
        CHECK(nib_sampler_next(sampler.get(), &text, nullptr) == NIB_ERR_DIVERGED);
        says(context.get(), "a logit of the model is not finite");
    }
    nib_folded* folded = nullptr;
    CHECK(nib_fold(model.get(), nullptr, &folded) == NIB_ERR_DIVERGED);
    CHECK(folded == nullptr);
}

TEST_CASE_METHOD(Fixture, "a text as ids")
{
    int32_t ids[3] = {-1, -1, -1};
    size_t count = 0;
    CHECK(nib_model_encode(model.get(), "abba", ids, 2, &count) == NIB_OK);
    CHECK(count == 4);
    CHECK((ids[0] == 1 && ids[1] == 2 && ids[2] == -1));
    CHECK(nib_model_encode(model.get(), "", nullptr, 0, &count) == NIB_OK);
    CHECK(count == 0);
    CHECK(nib_model_encode(model.get(), "a?", ids, 3, &count) == NIB_ERR_MISMATCH);
    says(context.get(), "?");
    CHECK(nib_model_encode(model.get(), "a\xFF", ids, 3, &count) == NIB_ERR_MISMATCH);
    const char* text = nullptr;
    CHECK(nib_model_symbol(model.get(), 2, &text) == NIB_OK);
    CHECK(std::string(text) == "b");
}

TEST_CASE_METHOD(Fixture, "the loss of a split is the mean over its examples")
{
    auto info = sized<nib_dataset_info>();
    REQUIRE(nib_dataset_get_info(dataset.get(), &info) == NIB_OK);
    const auto count = static_cast<size_t>(info.examples[NIB_SPLIT_TEST]);
    const auto vocabulary = static_cast<size_t>(info.vocabulary);
    std::vector<int32_t> contexts(count * 3), targets(count);
    REQUIRE(nib_dataset_examples(dataset.get(), NIB_SPLIT_TEST, 0, info.examples[NIB_SPLIT_TEST], 3, contexts.data(),
                                 targets.data()) == NIB_OK);
    std::vector<float> logits(count * vocabulary);
    REQUIRE(nib_model_logits(model.get(), contexts.data(), info.examples[NIB_SPLIT_TEST], logits.data()) == NIB_OK);
    double expected = 0;
    for (size_t i = 0; i < count; ++i) {
        const float* row = &logits[i * vocabulary];
        double sum = 0;
        for (size_t j = 0; j < vocabulary; ++j) sum += std::exp(static_cast<double>(row[j]));
        expected += std::log(sum) - static_cast<double>(row[targets[i]]);
    }
    double loss = 0;
    REQUIRE(nib_model_evaluate(model.get(), dataset.get(), NIB_SPLIT_TEST, &loss) == NIB_OK);
    CHECK(std::abs(loss - expected / static_cast<double>(count)) < 1e-6);
}

TEST_CASE_METHOD(Fixture, "the loss of a range is the mean over its examples, and of the whole range that of the split")
{
    auto data = sized<nib_dataset_info>();
    REQUIRE(nib_dataset_get_info(dataset.get(), &data) == NIB_OK);
    const int64_t examples = data.examples[NIB_SPLIT_TRAIN];
    const auto range = [&](int64_t first, int64_t count) {
        double loss = 0;
        REQUIRE(nib_model_evaluate_range(model.get(), dataset.get(), NIB_SPLIT_TRAIN, first, count, &loss) == NIB_OK);
        return loss;
    };
    double whole = 0;
    REQUIRE(nib_model_evaluate(model.get(), dataset.get(), NIB_SPLIT_TRAIN, &whole) == NIB_OK);
    CHECK(range(0, examples) == whole);
    const int64_t head = examples / 3;
    const auto in_two = range(0, head) * static_cast<double>(head) +
                        range(head, examples - head) * static_cast<double>(examples - head);
    CHECK(in_two / static_cast<double>(examples) == Approx(whole).epsilon(1e-6)); // means of chunks are floats
    CHECK(range(head, 1) == range(head, 1));

    double loss = 0.25;
    const auto refused = [&](int64_t first, int64_t count, const char* why) {
        const nib_status status =
            nib_model_evaluate_range(model.get(), dataset.get(), NIB_SPLIT_TRAIN, first, count, &loss);
        CHECK_REFUSED(context.get(), status, why);
    };
    refused(-1, 1, "first is -1");
    refused(examples, 1, "first is");
    refused(0, 0, "count is 0: expected 1 to");
    refused(0, examples + 1, "count is");
    refused(examples - 1, 2, "count is 2: expected 1 to 1");
    CHECK(loss == 0.25);
}

TEST_CASE_METHOD(Fixture, "a copied model computes the same, and is trained on from there")
{
    const Recipe recipe;
    const unique<nib_model> kept = new_model(context.get(), dataset.get(), recipe);
    const unique<nib_trainer> trainer = new_trainer(context.get(), model.get(), dataset.get(), recipe.train);
    const auto loss_of = [&](nib_model* of) {
        double loss = 0;
        REQUIRE(nib_model_evaluate(of, dataset.get(), NIB_SPLIT_VAL, &loss) == NIB_OK);
        return loss;
    };
    const auto info_of = [](const nib_model* of) {
        auto info = sized<nib_model_info>();
        REQUIRE(nib_model_get_info(of, &info) == NIB_OK);
        return info;
    };
    REQUIRE(nib_trainer_run(trainer.get(), 7, nullptr, nullptr) == NIB_OK);
    REQUIRE(nib_model_copy(model.get(), kept.get()) == NIB_OK);
    const double then = loss_of(model.get());
    CHECK(loss_of(kept.get()) == then);
    CHECK(info_of(kept.get()).steps == 7);
    CHECK(info_of(kept.get()).data_checksum == info_of(model.get()).data_checksum);
    REQUIRE(nib_trainer_run(trainer.get(), 5, nullptr, nullptr) == NIB_OK);
    CHECK(loss_of(kept.get()) == then);
    CHECK(loss_of(model.get()) != then);
    REQUIRE(nib_model_copy(kept.get(), model.get()) == NIB_OK); // under a trainer, which goes on
    CHECK(loss_of(model.get()) == then);
    REQUIRE(nib_trainer_run(trainer.get(), 1, nullptr, nullptr) == NIB_OK);
    CHECK(info_of(model.get()).steps == 8);
    CHECK(nib_model_copy(model.get(), model.get()) == NIB_OK);
}

TEST_CASE_METHOD(Fixture, "a model of another network, input or vocabulary is not copied")
{
    double before = 0, after = 0;
    REQUIRE(nib_model_evaluate(model.get(), dataset.get(), NIB_SPLIT_VAL, &before) == NIB_OK);
    const auto refused = [&](const nib_model* from, const char* what) {
        CHECK(nib_model_copy(from, model.get()) == NIB_ERR_MISMATCH);
        says(context.get(), what);
    };
    Recipe other;
    other.set_network("embedding 4, flatten, linear 12, tanh, linear");
    refused(new_model(context.get(), dataset.get(), other).get(), "network");
    Recipe longer;
    longer.model.input = "symbols context=4";
    refused(new_model(context.get(), dataset.get(), longer).get(), "input");
    const unique<nib_dataset> more = new_dataset(context.get(), std::string(small_text) + "zoe\n");
    refused(new_model(context.get(), more.get()).get(), "vocabulary");
    REQUIRE(nib_model_evaluate(model.get(), dataset.get(), NIB_SPLIT_VAL, &after) == NIB_OK);
    CHECK(after == before);
}

TEST_CASE_METHOD(Fixture, "calibration changes the evaluation")
{
    double before = 0, after = 0;
    REQUIRE(nib_model_evaluate(model.get(), dataset.get(), NIB_SPLIT_TRAIN, &before) == NIB_OK);
    REQUIRE(nib_model_calibrate(model.get(), dataset.get(), NIB_SPLIT_TRAIN) == NIB_OK);
    REQUIRE(nib_model_evaluate(model.get(), dataset.get(), NIB_SPLIT_TRAIN, &after) == NIB_OK);
    CHECK(before != after);
}

TEST_CASE_METHOD(Fixture, "a model saved and loaded is the same model")
{
    REQUIRE(nib_model_calibrate(model.get(), dataset.get(), NIB_SPLIT_TRAIN) == NIB_OK);
    const char* path = "nib_model_test.safetensors";
    REQUIRE(nib_model_save(model.get(), path) == NIB_OK);
    nib_model* handle = nullptr;
    REQUIRE(nib_model_load(context.get(), path, &handle) == NIB_OK);
    const unique<nib_model> loaded(handle);
    std::remove(path);

    auto options = sized<nib_model_options>();
    auto before_saving = options;
    REQUIRE(nib_model_get_options(loaded.get(), &options) == NIB_OK);
    REQUIRE(nib_model_get_options(model.get(), &before_saving) == NIB_OK);
    CHECK(options.network == std::string(before_saving.network));
    CHECK(options.input == std::string(before_saving.input));
    CHECK(options.seed == before_saving.seed);
    double before = 0, after = 0;
    REQUIRE(nib_model_evaluate(model.get(), dataset.get(), NIB_SPLIT_TRAIN, &before) == NIB_OK);
    REQUIRE(nib_model_evaluate(loaded.get(), dataset.get(), NIB_SPLIT_TRAIN, &after) == NIB_OK);
    CHECK(before == after);
}

TEST_CASE_METHOD(Fixture, "a model, its numbers and a folded model from memory")
{
    const Folder folder;
    const unique<nib_model> trained = new_trained_model(context.get(), dataset.get());
    REQUIRE(nib_model_save(trained.get(), (folder / "model").c_str()) == NIB_OK);
    REQUIRE(nib_folded_save(new_folded(trained.get()).get(), (folder / "folded").c_str()) == NIB_OK);
    const auto bytes_of = [&](const char* name) {
        std::ifstream file(folder / name, std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(file), {});
    };
    const std::string file = bytes_of("model"), folded_file = bytes_of("folded");
    const void* data_bytes = nullptr;
    size_t data_size = 0;
    REQUIRE(nib_model_data(trained.get(), &data_bytes, &data_size) == NIB_OK);
    CHECK(std::string(static_cast<const char*>(data_bytes), data_size) == file);
    double expected = 0, loss = 0;
    REQUIRE(nib_model_evaluate(trained.get(), dataset.get(), NIB_SPLIT_VAL, &expected) == NIB_OK);

    nib_model* made = nullptr;
    REQUIRE(nib_model_from_memory(context.get(), file.data(), file.size(), "here", &made) == NIB_OK);
    const unique<nib_model> owner(made);
    REQUIRE(nib_model_evaluate(made, dataset.get(), NIB_SPLIT_VAL, &loss) == NIB_OK);
    CHECK(loss == expected);
    auto info = sized<nib_model_info>();
    auto data = sized<nib_dataset_info>();
    REQUIRE(nib_model_get_info(made, &info) == NIB_OK);
    REQUIRE(nib_dataset_get_info(dataset.get(), &data) == NIB_OK);
    CHECK(info.data_checksum == data.checksum); // of what it was trained on

    const unique<nib_model> fresh = new_model(context.get(), dataset.get());
    REQUIRE(nib_model_get_info(fresh.get(), &info) == NIB_OK);
    CHECK(info.data_checksum == -1);
    REQUIRE(nib_model_parameters_from_memory(fresh.get(), file.data(), file.size(), "here", nullptr) == NIB_OK);
    REQUIRE(nib_model_evaluate(fresh.get(), dataset.get(), NIB_SPLIT_VAL, &loss) == NIB_OK);
    CHECK(loss == expected);

    nib_folded* folded = nullptr;
    REQUIRE(nib_folded_from_memory(context.get(), folded_file.data(), folded_file.size(), "here", &folded) == NIB_OK);
    const unique<nib_folded> folded_owner(folded);
    double probability = 0, again = 0;
    REQUIRE(nib_model_log_probability(made, "emma", 4, &probability) == NIB_OK);
    REQUIRE(nib_folded_log_probability(folded, "emma", 4, &again) == NIB_OK);
    CHECK(again == Approx(probability).epsilon(1e-4));

    nib_folded* other = nullptr;
    CHECK(nib_model_from_memory(context.get(), file.data(), file.size() - 1, "here", &made) == NIB_ERR_FORMAT);
    says(context.get(), "here: ");
    CHECK(nib_model_parameters_from_memory(fresh.get(), file.data(), 9, "here", nullptr) == NIB_ERR_FORMAT);
    says(context.get(), "here: ");
    CHECK(nib_folded_from_memory(context.get(), file.data(), file.size(), "here", &other) == NIB_ERR_FORMAT);
    says(context.get(), "here is no folded model");
}

TEST_CASE_METHOD(Fixture, "a file that is no model, or none at all")
{
    const char* path = "nib_model_test.txt";
    nib_model* loaded = nullptr;
    CHECK(nib_model_load(context.get(), path, &loaded) == NIB_ERR_IO);
    says(context.get(), path);
    std::FILE* file = std::fopen(path, "wb");
    REQUIRE(file != nullptr);
    std::fputs(small_text, file);
    std::fclose(file);
    CHECK(nib_model_load(context.get(), path, &loaded) == NIB_ERR_FORMAT);
    says(context.get(), path);
    std::remove(path);
    CHECK(nib_model_save(model.get(), "/nowhere/model.safetensors") == NIB_ERR_IO);
    says(context.get(), "/nowhere");
    CHECK(loaded == nullptr);

    CHECK(nib_model_save(nullptr, path) == NIB_ERR_INVALID_ARGUMENT);
    CHECK_REFUSED(context.get(), nib_model_save(model.get(), nullptr), "path is NULL");
    CHECK(nib_model_load(nullptr, path, &loaded) == NIB_ERR_INVALID_ARGUMENT);
    CHECK_REFUSED(context.get(), nib_model_load(context.get(), nullptr, &loaded), "path is NULL");
    CHECK_REFUSED(context.get(), nib_model_load(context.get(), path, nullptr), "model is NULL");
}

TEST_CASE_METHOD(Fixture, "another vocabulary is a mismatch")
{
    const unique<nib_dataset> other = new_dataset(context.get(), std::string(small_text) + "zoe\n");
    double loss = 0;
    CHECK(nib_model_evaluate(model.get(), other.get(), NIB_SPLIT_VAL, &loss) == NIB_ERR_MISMATCH);
    CHECK(nib_model_calibrate(model.get(), other.get(), NIB_SPLIT_VAL) == NIB_ERR_MISMATCH);
}

TEST_CASE_METHOD(Fixture, "wrong arguments of nib_model_create")
{
    nib_model* made = nullptr;
    Recipe recipe;
    CHECK(nib_model_create(nullptr, &recipe.model, dataset.get(), &made) == NIB_ERR_INVALID_ARGUMENT);
    CHECK_REFUSED(context.get(), nib_model_create(context.get(), nullptr, dataset.get(), &made), "options is NULL");
    CHECK_REFUSED(context.get(), nib_model_create(context.get(), &recipe.model, nullptr, &made), "dataset is NULL");
    CHECK_REFUSED(context.get(), nib_model_create(context.get(), &recipe.model, dataset.get(), nullptr),
                  "model is NULL");
    recipe.set_network("embedding 4, flatten,\nlinear 0, tanh, linear");
    CHECK_REFUSED(context.get(), nib_model_create(context.get(), &recipe.model, dataset.get(), &made),
                  "network, line 2, byte 8: width is '0': expected a whole number, 1 to 65536");
    recipe.model.struct_size = 8;
    CHECK_REFUSED(context.get(), nib_model_create(context.get(), &recipe.model, dataset.get(), &made),
                  "options->struct_size is 8");
    CHECK(made == nullptr);
    nib_model_destroy(nullptr);
}

TEST_CASE_METHOD(Fixture, "wrong arguments of what is asked of a model")
{
    auto info = sized<nib_model_info>();
    CHECK(nib_model_get_info(nullptr, &info) == NIB_ERR_INVALID_ARGUMENT);
    CHECK_REFUSED(context.get(), nib_model_get_info(model.get(), nullptr), "info is NULL");
    info.struct_size = 0;
    CHECK_REFUSED(context.get(), nib_model_get_info(model.get(), &info), "struct_size");
    CHECK_REFUSED(context.get(), nib_model_get_options(model.get(), nullptr), "options is NULL");

    auto tensor = sized<nib_tensor_info>();
    CHECK_REFUSED(context.get(), nib_model_tensor(model.get(), -1, &tensor, nullptr), "index is -1");
    CHECK_REFUSED(context.get(), nib_model_tensor(model.get(), 999, &tensor, nullptr), "index is 999");
    CHECK_REFUSED(context.get(), nib_model_tensor(model.get(), 0, nullptr, nullptr), "info is NULL");
    CHECK_REFUSED(context.get(), nib_model_set_tensor(model.get(), 0, nullptr), "values is NULL");
    const float value = 0;
    CHECK_REFUSED(context.get(), nib_model_set_tensor(model.get(), 999, &value), "index is 999");

    size_t count = 0;
    const char* text = nullptr;
    CHECK_REFUSED(context.get(), nib_model_encode(model.get(), nullptr, nullptr, 0, &count), "text is NULL");
    CHECK_REFUSED(context.get(), nib_model_encode(model.get(), "a", nullptr, 1, &count), "ids is NULL");
    CHECK_REFUSED(context.get(), nib_model_encode(model.get(), "a", nullptr, 0, nullptr), "count is NULL");
    CHECK_REFUSED(context.get(), nib_model_symbol(model.get(), 999, &text), "id is 999");
    CHECK_REFUSED(context.get(), nib_model_symbol(model.get(), 0, nullptr), "text is NULL");
}

TEST_CASE_METHOD(Fixture, "wrong arguments of what a model computes")
{
    int32_t ids[3] = {0, 0, 0};
    float logits[64];
    CHECK(nib_model_logits(nullptr, ids, 1, logits) == NIB_ERR_INVALID_ARGUMENT);
    CHECK_REFUSED(context.get(), nib_model_logits(model.get(), nullptr, 1, logits), "contexts is NULL");
    CHECK_REFUSED(context.get(), nib_model_logits(model.get(), ids, 1, nullptr), "logits is NULL");
    CHECK_REFUSED(context.get(), nib_model_logits(model.get(), ids, -1, logits), "count is -1");
    for (const int32_t id : {-1, 4096}) {
        ids[1] = id;
        CHECK(nib_model_logits(model.get(), ids, 1, logits) == NIB_ERR_INVALID_ARGUMENT);
    }
    double loss = 0;
    const auto no_split = unknown<nib_split>(3);
    CHECK_REFUSED(context.get(), nib_model_evaluate(model.get(), nullptr, NIB_SPLIT_VAL, &loss), "dataset is NULL");
    CHECK_REFUSED(context.get(), nib_model_evaluate(model.get(), dataset.get(), no_split, &loss), "split is 3");
    CHECK_REFUSED(context.get(), nib_model_evaluate(model.get(), dataset.get(), NIB_SPLIT_VAL, nullptr),
                  "loss is NULL");
    CHECK_REFUSED(context.get(), nib_model_calibrate(model.get(), nullptr, NIB_SPLIT_VAL), "dataset is NULL");
    CHECK_REFUSED(context.get(), nib_model_calibrate(model.get(), dataset.get(), no_split), "split is 3");
}
