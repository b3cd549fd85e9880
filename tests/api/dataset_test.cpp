#include "api/small.hpp"

#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

using namespace nib::test;

namespace {

nib_status load_text(nib_context* context, const std::string& text, const nib_dataset_options* options = nullptr)
{
    nib_dataset* dataset = nullptr;
    const nib_status status = nib_dataset_from_memory(context, text.data(), text.size(), "names", options, &dataset);
    CHECK((dataset != nullptr) == (status == NIB_OK));
    nib_dataset_destroy(dataset);
    return status;
}

} // namespace

TEST_CASE("a data set tells what is in it")
{
    const unique<nib_context> context = new_context();
    const unique<nib_dataset> dataset = new_dataset(context.get(), std::string(small_text) + "\n\nxy\n");
    auto info = sized<nib_dataset_info>();
    REQUIRE(nib_dataset_get_info(dataset.get(), &info) == NIB_OK);
    CHECK(info.items == 21);
    CHECK(info.empty_lines == 2);
    CHECK(info.longest_item == 9);
    CHECK(info.vocabulary == 21);
    CHECK(info.encoding == NIB_ENCODING_UTF8);
    // Every symbol and every end mark is one example.
    CHECK(info.examples[NIB_SPLIT_TRAIN] + info.examples[NIB_SPLIT_VAL] + info.examples[NIB_SPLIT_TEST] ==
          static_cast<int64_t>(std::string(small_text).size()) + 3);
}

TEST_CASE("a vocabulary has 4,095 different symbols at most, 4,096 with the end mark")
{
    const unique<nib_context> context = new_context();
    std::string text;
    const auto add = [&](unsigned symbol) { // a symbol of three bytes
        for (const unsigned byte : {0xE0 | symbol >> 12, 0x80 | (symbol >> 6 & 0x3F), 0x80 | (symbol & 0x3F)})
            text += static_cast<char>(byte);
        text += '\n';
    };
    for (unsigned i = 0; i < 4095; ++i) add(0x4E00 + i);
    const unique<nib_dataset> dataset = new_dataset(context.get(), text);
    auto info = sized<nib_dataset_info>();
    REQUIRE(nib_dataset_get_info(dataset.get(), &info) == NIB_OK);
    CHECK(info.vocabulary == 4096);
    add(0x4E00 + 4095);
    CHECK(load_text(context.get(), text) == NIB_ERR_DATA);
    says(context.get(),
         "names:4096: U+5DFF '\xE5\xB7\xBF' is one symbol too many, expected at most 4095 different ones");
}

TEST_CASE("symbols by id")
{
    const unique<nib_context> context = new_context();
    const unique<nib_dataset> dataset = new_dataset(context.get());
    const char* text = nullptr;
    CHECK(nib_dataset_symbol(dataset.get(), 0, &text) == NIB_OK);
    CHECK(std::string(text) == ".");
    CHECK(nib_dataset_symbol(dataset.get(), 1, &text) == NIB_OK);
    CHECK(std::string(text) == "a");
    CHECK_REFUSED(context.get(), nib_dataset_symbol(dataset.get(), -1, &text), "id is -1");
    CHECK_REFUSED(context.get(), nib_dataset_symbol(dataset.get(), 100, &text), "id is 100");
    CHECK_REFUSED(context.get(), nib_dataset_symbol(dataset.get(), 1, nullptr), "text is NULL");
}

TEST_CASE("examples: each symbol from those before it")
{
    const unique<nib_context> context = new_context();
    const unique<nib_dataset> dataset = new_dataset(context.get());
    auto info = sized<nib_dataset_info>();
    REQUIRE(nib_dataset_get_info(dataset.get(), &info) == NIB_OK);
    const int64_t count = info.examples[NIB_SPLIT_VAL];
    std::vector<int32_t> contexts(static_cast<size_t>(count) * 3), targets(static_cast<size_t>(count));
    REQUIRE(nib_dataset_examples(dataset.get(), NIB_SPLIT_VAL, 0, count, 3, contexts.data(), targets.data()) == NIB_OK);
    int32_t before[3] = {0, 0, 0};
    for (size_t i = 0; i < targets.size(); ++i) {
        for (size_t j = 0; j < 3; ++j) CHECK(contexts[3 * i + j] == before[j]);
        for (size_t j = 0; j < 3; ++j) before[j] = targets[i] == 0 ? 0 : j < 2 ? before[j + 1] : targets[i];
    }
    CHECK(targets.back() == 0);
    CHECK(nib_dataset_examples(dataset.get(), NIB_SPLIT_VAL, count, 0, 3, nullptr, nullptr) == NIB_OK);
}

TEST_CASE("wrong arguments of nib_dataset_examples")
{
    const unique<nib_context> context = new_context();
    const unique<nib_dataset> owner = new_dataset(context.get());
    const nib_dataset* dataset = owner.get();
    int32_t ids[300];
    const auto refused = [&](nib_split split, int64_t first, int64_t count, int32_t length, const char* words) {
        CHECK_REFUSED(context.get(), nib_dataset_examples(dataset, split, first, count, length, ids, ids), words);
    };
    refused(unknown<nib_split>(3), 0, 1, 3, "split is 3");
    refused(NIB_SPLIT_TRAIN, -1, 1, 3, "first is -1");
    refused(NIB_SPLIT_TRAIN, 1000000, 1, 3, "first is 1000000");
    refused(NIB_SPLIT_TRAIN, 0, -1, 3, "count is -1");
    refused(NIB_SPLIT_TRAIN, 1, INT64_MAX, 3, "count is 9223372036854775807");
    refused(NIB_SPLIT_TRAIN, 0, 1, 0, "context_length is 0");
    refused(NIB_SPLIT_TRAIN, 0, 1, 257, "context_length is 257");
    CHECK(nib_dataset_examples(nullptr, NIB_SPLIT_TRAIN, 0, 1, 3, ids, ids) == NIB_ERR_INVALID_ARGUMENT);
}

TEST_CASE("options of a data set")
{
    auto options = sized<nib_dataset_options>();
    REQUIRE(nib_dataset_options_default(&options) == NIB_OK);
    CHECK(options.encoding == NIB_ENCODING_UTF8);
    CHECK(options.shuffle_seed == 42);
    CHECK(options.vocabulary_of == nullptr);

    const unique<nib_context> context = new_context();
    const std::string not_utf8 = std::string(small_text) + "\xE9\n";
    CHECK(load_text(context.get(), not_utf8, &options) == NIB_ERR_DATA);
    says(context.get(), "names:21");
    options.encoding = NIB_ENCODING_BYTES;
    CHECK(load_text(context.get(), not_utf8, &options) == NIB_OK);

    options.encoding = unknown<nib_encoding>(2);
    CHECK(load_text(context.get(), small_text, &options) == NIB_ERR_INVALID_ARGUMENT);
    says(context.get(), "encoding is 2");
    options.encoding = NIB_ENCODING_UTF8;
    options.struct_size = 0;
    CHECK(load_text(context.get(), small_text, &options) == NIB_ERR_INVALID_ARGUMENT);
    says(context.get(), "struct_size");
    CHECK(nib_dataset_options_default(&options) == NIB_ERR_INVALID_ARGUMENT);
    CHECK(nib_dataset_options_default(nullptr) == NIB_ERR_INVALID_ARGUMENT);
}

TEST_CASE("a data set over the vocabulary of a model")
{
    const unique<nib_context> context = new_context();
    const unique<nib_dataset> first = new_dataset(context.get());
    const unique<nib_model> model = new_model(context.get(), first.get());
    auto options = sized<nib_dataset_options>();
    REQUIRE(nib_dataset_options_default(&options) == NIB_OK);
    options.vocabulary_of = model.get();
    CHECK(load_text(context.get(), small_text, &options) == NIB_OK);
    CHECK(load_text(context.get(), std::string(small_text) + "zoe\n", &options) == NIB_ERR_MISMATCH);
    says(context.get(), "names:21");
}

TEST_CASE("a file as a data set")
{
    const unique<nib_context> context = new_context();
    const std::string path = "nib_dataset_test.txt";
    std::FILE* file = std::fopen(path.c_str(), "wb");
    REQUIRE(file != nullptr);
    std::fputs(small_text, file);
    std::fclose(file);
    nib_dataset* dataset = nullptr;
    REQUIRE(nib_dataset_load(context.get(), path.c_str(), nullptr, &dataset) == NIB_OK);
    const unique<nib_dataset> owner(dataset);
    auto info = sized<nib_dataset_info>();
    CHECK(nib_dataset_get_info(dataset, &info) == NIB_OK);
    CHECK(info.items == 20);
    std::remove(path.c_str());
    CHECK(nib_dataset_load(context.get(), path.c_str(), nullptr, &dataset) == NIB_ERR_IO);
    says(context.get(), path.c_str());
}

TEST_CASE("the items of a text, as a data set reads them")
{
    const std::string text = "\xEF\xBB\xBF"
                             "emma\r\n\nolivia\n\r\nzo\r";
    const struct {
        nib_encoding encoding;
        std::vector<std::pair<int64_t, std::string>> items;
    } expected[] = {{NIB_ENCODING_UTF8, {{1, "emma"}, {3, "olivia"}, {5, "zo"}}},
                    {NIB_ENCODING_BYTES,
                     {{1, "\xEF\xBB\xBF"
                          "emma"},
                      {3, "olivia"},
                      {5, "zo"}}}};
    for (const auto& [encoding, items] : expected) {
        size_t at = 0, length = 0;
        int64_t line = 0;
        const char* item = nullptr;
        std::vector<std::pair<int64_t, std::string>> found;
        for (;;) {
            REQUIRE(nib_text_next_item(text.data(), text.size(), encoding, &at, &line, &item, &length) == NIB_OK);
            if (item == nullptr) break;
            found.emplace_back(line, std::string(item, length));
        }
        CHECK(found == items);
        CHECK(length == 0);
        CHECK(at == text.size());
    }
}

TEST_CASE("the checksum of a data set is that of its items, whatever the line ends")
{
    const unique<nib_context> context = new_context();
    const auto checksum = [&](const std::string& text) {
        auto info = sized<nib_dataset_info>();
        REQUIRE(nib_dataset_get_info(new_dataset(context.get(), text).get(), &info) == NIB_OK);
        return info.checksum;
    };
    std::string windows = "\xEF\xBB\xBF";
    for (const char c : std::string(small_text)) windows += c == '\n' ? "\r\n" : std::string(1, c);
    CHECK(checksum(windows) == checksum(small_text));
    CHECK(checksum(small_text + std::string("emma\n")) != checksum(small_text));
    CHECK(checksum(small_text) > 0);
    CHECK(checksum(small_text) <= int64_t{UINT32_MAX});
}

TEST_CASE("NULL where a data set needs something")
{
    const unique<nib_context> context = new_context();
    nib_dataset* dataset = nullptr;
    CHECK(nib_dataset_load(nullptr, "x", nullptr, &dataset) == NIB_ERR_INVALID_ARGUMENT);
    CHECK_REFUSED(context.get(), nib_dataset_load(context.get(), "x", nullptr, nullptr), "dataset is NULL");
    CHECK(nib_dataset_from_memory(nullptr, "x", 1, "names", nullptr, &dataset) == NIB_ERR_INVALID_ARGUMENT);
    CHECK_REFUSED(context.get(), nib_dataset_from_memory(context.get(), nullptr, 1, "names", nullptr, &dataset),
                  "text is NULL");
    CHECK_REFUSED(context.get(), nib_dataset_from_memory(context.get(), "x", 1, nullptr, nullptr, &dataset),
                  "name is NULL");
    CHECK_REFUSED(context.get(), nib_dataset_from_memory(context.get(), "x", 1, "names", nullptr, nullptr),
                  "dataset is NULL");
    nib_dataset_destroy(nullptr);

    auto info = sized<nib_dataset_info>();
    CHECK(nib_dataset_get_info(nullptr, &info) == NIB_ERR_INVALID_ARGUMENT);
    const unique<nib_dataset> small = new_dataset(context.get());
    CHECK_REFUSED(context.get(), nib_dataset_get_info(small.get(), nullptr), "info is NULL");
    info.struct_size -= 4;
    CHECK_REFUSED(context.get(), nib_dataset_get_info(small.get(), &info), "struct_size");
    const char* text = nullptr;
    CHECK(nib_dataset_symbol(nullptr, 0, &text) == NIB_ERR_INVALID_ARGUMENT);
}
