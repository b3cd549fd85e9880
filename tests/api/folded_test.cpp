#include "api/small.hpp"
#include "folder.hpp"

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include <sys/stat.h>

using namespace nib::test;

namespace {

struct Fixture {
    unique<nib_context> context = new_context();
    unique<nib_dataset> dataset = new_dataset(context.get());
    unique<nib_model> model = new_trained_model(context.get(), dataset.get());
    unique<nib_folded> folded = new_folded(model.get());
};

} // namespace

TEST_CASE_METHOD(Fixture, "a folded model tells what it is")
{
    auto info = sized<nib_folded_info>();
    REQUIRE(nib_folded_get_info(folded.get(), &info) == NIB_OK);
    auto of_model = sized<nib_model_info>();
    REQUIRE(nib_model_get_info(model.get(), &of_model) == NIB_OK);
    CHECK(info.context_length == 3);
    CHECK(info.vocabulary == of_model.vocabulary);
    CHECK(info.encoding == NIB_ENCODING_UTF8);
    for (int32_t id = 0; id < info.vocabulary; ++id) {
        const char *text = nullptr, *expected = nullptr;
        REQUIRE(nib_folded_symbol(folded.get(), id, &text) == NIB_OK);
        REQUIRE(nib_model_symbol(model.get(), id, &expected) == NIB_OK);
        CHECK(std::string(text) == expected);
    }
}

TEST_CASE_METHOD(Fixture, "a folded model has the logits of its model, also from its file")
{
    auto info = sized<nib_folded_info>();
    REQUIRE(nib_folded_get_info(folded.get(), &info) == NIB_OK);
    constexpr int64_t count = 70; // more than are computed at a time
    int32_t contexts[3 * count], targets[count];
    REQUIRE(nib_dataset_examples(dataset.get(), NIB_SPLIT_TRAIN, 0, count, 3, contexts, targets) == NIB_OK);
    std::vector<float> expected(static_cast<size_t>(count * info.vocabulary)), logits(expected.size());
    REQUIRE(nib_model_logits(model.get(), contexts, count, expected.data()) == NIB_OK);
    REQUIRE(nib_folded_logits(folded.get(), contexts, count, logits.data()) == NIB_OK);
    double largest = 0;
    for (size_t i = 0; i < logits.size(); ++i)
        largest = std::max(largest, std::abs(static_cast<double>(logits[i]) - static_cast<double>(expected[i])));
    CHECK(largest < 1e-5);

    const char* path = "nib_folded_test.nib";
    REQUIRE(nib_folded_save(folded.get(), path) == NIB_OK);
    nib_folded* handle = nullptr;
    REQUIRE(nib_folded_load(context.get(), path, &handle) == NIB_OK);
    const unique<nib_folded> loaded(handle);
    std::FILE* file = std::fopen(path, "rb");
    REQUIRE(file != nullptr);
    std::fseek(file, 0, SEEK_END);
    CHECK(static_cast<size_t>(std::ftell(file)) == info.file_bytes);
    std::fclose(file);
    std::remove(path);
    model.reset(); // neither needs it any longer
    std::vector<float> again(logits.size());
    REQUIRE(nib_folded_logits(handle, contexts, count, again.data()) == NIB_OK);
    CHECK(again == logits);
}

TEST_CASE_METHOD(Fixture, "a folded model's certificate, figures, and limit")
{
    auto options = sized<nib_fold_options>();
    REQUIRE(nib_fold_options_default(&options) == NIB_OK);
    CHECK(options.dataset == nullptr);
    CHECK(options.split == NIB_SPLIT_VAL);
    auto info = sized<nib_folded_info>();
    REQUIRE(nib_folded_get_info(folded.get(), &info) == NIB_OK);
    CHECK(info.certificate_examples == 0);
    CHECK(info.weight_bits == 32);
    CHECK(info.workspace_bytes > 0);
    CHECK(info.multiply_adds == 12 * 12 + 12 * 12 + 12 * info.vocabulary);

    options.dataset = dataset.get();
    options.split = NIB_SPLIT_TRAIN;
    nib_folded* handle = nullptr;
    REQUIRE(nib_fold(model.get(), &options, &handle) == NIB_OK);
    const unique<nib_folded> certified(handle);
    REQUIRE(nib_folded_get_info(handle, &info) == NIB_OK);
    auto of_data = sized<nib_dataset_info>();
    REQUIRE(nib_dataset_get_info(dataset.get(), &of_data) == NIB_OK);
    CHECK(info.certificate_examples == of_data.examples[NIB_SPLIT_TRAIN]);
    double loss = 0;
    REQUIRE(nib_model_evaluate(model.get(), dataset.get(), NIB_SPLIT_TRAIN, &loss) == NIB_OK);
    CHECK(info.loss_before == Approx(loss).epsilon(1e-6));
    CHECK(std::abs(info.loss_after - info.loss_before) < 1e-6);
    CHECK(info.equal_argmax > 0.9);

    handle = nullptr;
    options.max_loss_difference = 1e-300;
    CHECK(nib_fold(model.get(), &options, &handle) == NIB_ERR_MISMATCH);
    says(context.get(), "at most 1e-300");
    options.max_loss_difference = -1;
    CHECK_REFUSED(context.get(), nib_fold(model.get(), &options, &handle), "max_loss_difference is -1");
    options.max_loss_difference = 0;
    options.weights = unknown<nib_weights>(3);
    CHECK_REFUSED(context.get(), nib_fold(model.get(), &options, &handle), "weights is 3");
    options.weights = NIB_WEIGHTS_INT8;
    nib_folded* quantised = nullptr;
    REQUIRE(nib_fold(model.get(), &options, &quantised) == NIB_OK);
    REQUIRE(nib_folded_get_info(quantised, &info) == NIB_OK);
    CHECK(info.weight_bits == 8);
    nib_folded_destroy(quantised);
    options.split = unknown<nib_split>(3);
    CHECK_REFUSED(context.get(), nib_fold(model.get(), &options, &handle), "split is 3");
    options.split = NIB_SPLIT_VAL;
    const unique<nib_dataset> other = new_dataset(context.get(), "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n");
    options.dataset = other.get();
    CHECK(nib_fold(model.get(), &options, &handle) == NIB_ERR_MISMATCH);
    options.struct_size = 3;
    CHECK_REFUSED(context.get(), nib_fold(model.get(), &options, &handle), "struct_size is 3");
    CHECK(nib_fold_options_default(nullptr) == NIB_ERR_INVALID_ARGUMENT);
    CHECK(handle == nullptr);
}

TEST_CASE_METHOD(Fixture, "the probability of an item, from either model")
{
    const auto of_model = [&](const std::string& item) {
        double value = 1;
        REQUIRE(nib_model_log_probability(model.get(), item.data(), item.size(), &value) == NIB_OK);
        return value;
    };
    // Over a whole split, the items' log probabilities add up to the loss.
    double total = 0, loss = 0;
    int64_t symbols = 0;
    std::vector<int32_t> targets(200);
    auto of_data = sized<nib_dataset_info>();
    REQUIRE(nib_dataset_get_info(dataset.get(), &of_data) == NIB_OK);
    const int64_t count = of_data.examples[NIB_SPLIT_TRAIN];
    REQUIRE(count <= 200);
    REQUIRE(nib_dataset_examples(dataset.get(), NIB_SPLIT_TRAIN, 0, count, 3, nullptr, targets.data()) == NIB_OK);
    std::string item;
    for (int64_t i = 0; i < count; ++i, ++symbols) {
        const char* text = nullptr;
        REQUIRE(nib_model_symbol(model.get(), targets[static_cast<size_t>(i)], &text) == NIB_OK);
        if (targets[static_cast<size_t>(i)] != 0) {
            item += text;
            continue;
        }
        double folded_value = 1;
        REQUIRE(nib_folded_log_probability(folded.get(), item.data(), item.size(), &folded_value) == NIB_OK);
        CHECK(folded_value == Approx(of_model(item)).epsilon(1e-5));
        total -= of_model(item);
        item.clear();
    }
    REQUIRE(nib_model_evaluate(model.get(), dataset.get(), NIB_SPLIT_TRAIN, &loss) == NIB_OK);
    CHECK(total / static_cast<double>(symbols) == Approx(loss).epsilon(1e-6));

    double value = 0;
    CHECK(of_model("") < 0);
    CHECK(nib_model_log_probability(model.get(), nullptr, 0, &value) == NIB_OK);
    CHECK(nib_model_log_probability(model.get(), "a?", 2, &value) == NIB_ERR_MISMATCH);
    says(context.get(), "?");
    CHECK_REFUSED(context.get(), nib_model_log_probability(model.get(), nullptr, 1, &value), "text is NULL");
    CHECK_REFUSED(context.get(), nib_model_log_probability(model.get(), "a", 1, nullptr), "log_probability is NULL");
    CHECK(nib_model_log_probability(nullptr, "a", 1, &value) == NIB_ERR_INVALID_ARGUMENT);
    CHECK(nib_folded_log_probability(folded.get(), "a?", 2, &value) == NIB_ERR_MISMATCH);
    CHECK_REFUSED(context.get(), nib_folded_log_probability(folded.get(), nullptr, 1, &value), "text is NULL");
    CHECK(nib_folded_log_probability(nullptr, "a", 1, &value) == NIB_ERR_INVALID_ARGUMENT);
}

TEST_CASE_METHOD(Fixture, "files that are no folded model")
{
    nib_folded* loaded = nullptr;
    const char* path = "nib_folded_test.txt";
    CHECK(nib_folded_load(context.get(), path, &loaded) == NIB_ERR_IO);
    says(context.get(), path);
    std::FILE* file = std::fopen(path, "wb");
    REQUIRE(file != nullptr);
    CHECK(nib_folded_load(context.get(), path, &loaded) == NIB_ERR_FORMAT); // the file is still empty
    says(context.get(), path);
    std::fputs(small_text, file);
    std::fclose(file);
    CHECK(nib_folded_load(context.get(), path, &loaded) == NIB_ERR_FORMAT);
    says(context.get(), path);
    std::remove(path);
    CHECK(nib_folded_save(folded.get(), "/nowhere/names.nib") == NIB_ERR_IO);
    says(context.get(), "/nowhere");
    CHECK(loaded == nullptr);
}

TEST_CASE_METHOD(Fixture, "a model whose logits are not finite is not folded")
{
    auto info = sized<nib_model_info>();
    REQUIRE(nib_model_get_info(model.get(), &info) == NIB_OK);
    for (int32_t i = 0; i < info.tensors; ++i) { // finite, but their sum is not
        auto tensor = sized<nib_tensor_info>();
        REQUIRE(nib_model_tensor(model.get(), i, &tensor, nullptr) == NIB_OK);
        const std::vector<float> values(static_cast<std::size_t>(tensor.rows * tensor.columns), 3e38f);
        REQUIRE(nib_model_set_tensor(model.get(), i, values.data()) == NIB_OK);
    }
    nib_folded* made = nullptr;
    CHECK(nib_fold(model.get(), nullptr, &made) == NIB_ERR_DIVERGED);
    CHECK(made == nullptr);
}

TEST_CASE_METHOD(Fixture, "wrong arguments of folded models")
{
    nib_folded* made = nullptr;
    CHECK(nib_fold(nullptr, nullptr, &made) == NIB_ERR_INVALID_ARGUMENT);
    CHECK_REFUSED(context.get(), nib_fold(model.get(), nullptr, nullptr), "folded is NULL");
    CHECK(nib_folded_save(nullptr, "x") == NIB_ERR_INVALID_ARGUMENT);
    CHECK_REFUSED(context.get(), nib_folded_save(folded.get(), nullptr), "path is NULL");
    CHECK(nib_folded_load(nullptr, "x", &made) == NIB_ERR_INVALID_ARGUMENT);
    CHECK_REFUSED(context.get(), nib_folded_load(context.get(), nullptr, &made), "path is NULL");
    CHECK_REFUSED(context.get(), nib_folded_load(context.get(), "x", nullptr), "folded is NULL");

    auto info = sized<nib_folded_info>();
    CHECK(nib_folded_get_info(nullptr, &info) == NIB_ERR_INVALID_ARGUMENT);
    CHECK_REFUSED(context.get(), nib_folded_get_info(folded.get(), nullptr), "info is NULL");
    info.struct_size = 1;
    CHECK_REFUSED(context.get(), nib_folded_get_info(folded.get(), &info), "struct_size is 1");
    const char* text = nullptr;
    CHECK_REFUSED(context.get(), nib_folded_symbol(folded.get(), -1, &text), "id is -1");
    CHECK_REFUSED(context.get(), nib_folded_symbol(folded.get(), 0, nullptr), "text is NULL");

    int32_t ids[3] = {0, 0, 0};
    float logits[64];
    CHECK(nib_folded_logits(nullptr, ids, 1, logits) == NIB_ERR_INVALID_ARGUMENT);
    CHECK_REFUSED(context.get(), nib_folded_logits(folded.get(), nullptr, 1, logits), "contexts is NULL");
    CHECK_REFUSED(context.get(), nib_folded_logits(folded.get(), ids, 1, nullptr), "logits is NULL");
    CHECK_REFUSED(context.get(), nib_folded_logits(folded.get(), ids, -1, logits), "count is -1");
    for (const int32_t id : {-1, 4096}) {
        ids[2] = id;
        CHECK(nib_folded_logits(folded.get(), ids, 1, logits) == NIB_ERR_INVALID_ARGUMENT);
    }
    nib_folded_destroy(nullptr);
}

TEST_CASE_METHOD(Fixture, "a folded file is judged by its header before memory is taken for the rest")
{
    const Folder folder;
    const std::string file = folder / "file";
    REQUIRE(nib_folded_save(folded.get(), file.c_str()) == NIB_OK);
    const auto bytes = std::filesystem::file_size(file);
    nib_folded* made = nullptr;
    std::filesystem::resize_file(file, std::uintmax_t{1} << 40); // the rest takes no space
    CHECK(nib_folded_load(context.get(), file.c_str(), &made) == NIB_ERR_FORMAT);
    says(context.get(), ("it has 1099511627776 bytes, its header says " + std::to_string(bytes)).c_str());
    std::filesystem::resize_file(file, bytes - 1);
    CHECK(nib_folded_load(context.get(), file.c_str(), &made) == NIB_ERR_FORMAT);
    says(context.get(), ("it has " + std::to_string(bytes - 1) + " bytes, its header says ").c_str());
    CHECK(made == nullptr);
}

TEST_CASE_METHOD(Fixture, "a folded model comes through a pipe, and no further than its header says")
{
    const Folder folder;
    const std::string file = folder / "file", pipe = folder / "pipe";
    REQUIRE(nib_folded_save(folded.get(), file.c_str()) == NIB_OK);
    std::ifstream stream(file, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
    REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
    const unique<nib_context> other = new_context();
    const auto load = [&](const std::string& sent) {
        std::thread writer([&] { nib_write_file(other.get(), pipe.c_str(), sent.data(), sent.size()); });
        nib_folded* made = nullptr;
        const nib_status status = nib_folded_load(context.get(), pipe.c_str(), &made);
        writer.join();
        nib_folded_destroy(made);
        return status;
    };
    CHECK(load(bytes) == NIB_OK);
    CHECK(load(bytes + std::string(1000000, '\0')) == NIB_ERR_FORMAT);
    CHECK(load(bytes.substr(0, bytes.size() - 1)) == NIB_ERR_FORMAT);
    says(context.get(), ("it has " + std::to_string(bytes.size() - 1) + " bytes").c_str());
    CHECK(load(std::string(1000000, '\0')) == NIB_ERR_FORMAT);
    says(context.get(), "is no folded model");
}

TEST_CASE_METHOD(Fixture, "a folded model tells its operations, whose bytes and the head's add up to the file")
{
    auto info = sized<nib_folded_info>();
    REQUIRE(nib_folded_get_info(folded.get(), &info) == NIB_OK);
    std::size_t bytes = info.head_bytes + info.symbol_bytes + info.test_bytes + info.text_bytes;
    std::string words;
    for (int32_t i = 0; i < info.operations; ++i) {
        auto operation = sized<nib_operation_info>();
        REQUIRE(nib_folded_operation(folded.get(), i, &operation) == NIB_OK);
        words.append(words.empty() ? "" : " ").append(operation.word);
        CHECK(operation.inputs > 0);
        bytes += operation.bytes;
    }
    CHECK(words == "lookup dense tanh dense tanh dense");
    CHECK(bytes <= info.file_bytes);
    CHECK(bytes + 63 >= info.file_bytes);
    CHECK(std::string(info.network).starts_with("embedding "));
    auto operation = sized<nib_operation_info>();
    for (const int32_t index : {-1, info.operations})
        CHECK(nib_folded_operation(folded.get(), index, &operation) == NIB_ERR_INVALID_ARGUMENT);
}

TEST_CASE_METHOD(Fixture, "a folded model has its model's loss, on data of its own vocabulary")
{
    double trained = 0, loss = 0;
    REQUIRE(nib_model_evaluate(model.get(), dataset.get(), NIB_SPLIT_TRAIN, &trained) == NIB_OK);
    REQUIRE(nib_folded_evaluate(folded.get(), dataset.get(), NIB_SPLIT_TRAIN, &loss) == NIB_OK);
    CHECK(loss == Approx(trained).epsilon(1e-6));

    auto options = sized<nib_dataset_options>();
    REQUIRE(nib_dataset_options_default(&options) == NIB_OK);
    const std::string few = "an\nna\nan\nanna\nnan\nana\nnana\nann\nnn\naa\n";
    nib_dataset* other = nullptr;
    REQUIRE(nib_dataset_from_memory(context.get(), few.data(), few.size(), "few", &options, &other) == NIB_OK);
    CHECK(nib_folded_evaluate(folded.get(), other, NIB_SPLIT_TRAIN, &loss) == NIB_ERR_MISMATCH);
    nib_dataset_destroy(other);
    options.vocabulary_of_folded = folded.get();
    REQUIRE(nib_dataset_from_memory(context.get(), few.data(), few.size(), "few", &options, &other) == NIB_OK);
    CHECK(nib_folded_evaluate(folded.get(), other, NIB_SPLIT_TRAIN, &loss) == NIB_OK);
    CHECK(loss > 0);
    nib_dataset_destroy(other);
    options.vocabulary_of = model.get();
    CHECK(nib_dataset_from_memory(context.get(), few.data(), few.size(), "few", &options, &other) ==
          NIB_ERR_INVALID_ARGUMENT);
    says(context.get(), "both given");
}
