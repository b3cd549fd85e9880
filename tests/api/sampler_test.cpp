#include "api/small.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

using namespace nib::test;

namespace {

struct Fixture {
    unique<nib_context> context = new_context();
    unique<nib_dataset> dataset = new_dataset(context.get());
    unique<nib_model> model = new_trained_model(context.get(), dataset.get());
    unique<nib_folded> folded = new_folded(model.get());

    unique<nib_sampler> new_sampler(const nib_sampler_options* options)
    {
        nib_sampler* sampler = nullptr;
        REQUIRE(nib_sampler_create(model.get(), options, &sampler) == NIB_OK);
        return unique<nib_sampler>(sampler);
    }

    // Both kinds of sampler must refuse the options.
    void refuses(const nib_sampler_options& options, const char* words)
    {
        nib_sampler* sampler = nullptr;
        CHECK_REFUSED(context.get(), nib_sampler_create(model.get(), &options, &sampler), words);
        CHECK_REFUSED(context.get(), nib_sampler_create_folded(folded.get(), &options, &sampler), words);
        CHECK(sampler == nullptr);
    }
};

nib_sampler_options default_options()
{
    auto options = sized<nib_sampler_options>();
    REQUIRE(nib_sampler_options_default(&options) == NIB_OK);
    return options;
}

std::vector<std::string> items(nib_sampler* sampler, int count = 20)
{
    std::vector<std::string> all;
    for (int i = 0; i < count; ++i) {
        const char* text = nullptr;
        size_t length = 0;
        REQUIRE(nib_sampler_next(sampler, &text, &length) == NIB_OK);
        CHECK(std::string(text).size() == length); // no symbol of the test's vocabulary is NUL
        all.emplace_back(text, length);
    }
    return all;
}

} // namespace

TEST_CASE("options of a sampler")
{
    const nib_sampler_options options = default_options();
    CHECK(options.seed == 42);
    CHECK(options.temperature == 1);
    CHECK(options.start == nullptr);
    CHECK(options.max_length == 4096);
    CHECK(options.stream == NIB_STREAM_LECTURE);
    CHECK(options.first == 0);
    CHECK(nib_sampler_options_default(nullptr) == NIB_ERR_INVALID_ARGUMENT);
    nib_sampler_options small{};
    CHECK(nib_sampler_options_default(&small) == NIB_ERR_INVALID_ARGUMENT);
}

TEST_CASE_METHOD(Fixture, "the seed decides, and model and folded model give the same items")
{
    nib_sampler_options options = default_options();
    const std::vector<std::string> expected = items(new_sampler(nullptr).get());
    CHECK(items(new_sampler(&options).get()) == expected);
    nib_sampler* handle = nullptr;
    REQUIRE(nib_sampler_create_folded(folded.get(), nullptr, &handle) == NIB_OK);
    CHECK(items(unique<nib_sampler>(handle).get()) == expected);
    options.seed = 43;
    CHECK(items(new_sampler(&options).get()) != expected);
}

TEST_CASE_METHOD(Fixture, "the counter's stream has the same items from either model")
{
    nib_sampler_options options = default_options();
    options.stream = NIB_STREAM_COUNTER;
    const std::vector<std::string> expected = items(new_sampler(&options).get(), 200);
    nib_sampler* handle = nullptr;
    REQUIRE(nib_sampler_create_folded(folded.get(), &options, &handle) == NIB_OK);
    CHECK(items(unique<nib_sampler>(handle).get(), 200) == expected);
    options.first = 150;
    const std::vector<std::string> later = items(new_sampler(&options).get(), 50);
    CHECK(later == std::vector<std::string>(expected.begin() + 150, expected.end()));
}

TEST_CASE_METHOD(Fixture, "start and length of items")
{
    nib_sampler_options options = default_options();
    std::string start = "em";
    options.start = start.c_str();
    options.max_length = 4;
    const unique<nib_sampler> sampler = new_sampler(&options);
    start = "xx"; // it was copied
    for (const std::string& item : items(sampler.get())) {
        CHECK(item.compare(0, 2, "em") == 0);
        CHECK(item.size() <= 4);
    }
}

TEST_CASE_METHOD(Fixture, "a temperature near 0 gives the likeliest item each time")
{
    nib_sampler_options options = default_options();
    options.temperature = 1e-6;
    options.max_length = 12;
    const std::vector<std::string> all = items(new_sampler(&options).get());
    for (const std::string& item : all) CHECK(item == all.front());
}

TEST_CASE_METHOD(Fixture, "wrong options of a sampler are refused")
{
    for (const double temperature : {0.0, -1.0, std::numeric_limits<double>::quiet_NaN()}) {
        nib_sampler_options options = default_options();
        options.temperature = temperature;
        refuses(options, "temperature is ");
    }
    for (const int32_t length : {0, -1, 4097}) {
        nib_sampler_options options = default_options();
        options.max_length = length;
        refuses(options, "max_length is ");
    }
    nib_sampler_options options = default_options();
    options.stream = unknown<nib_stream>(2);
    refuses(options, "stream is 2");
    options = default_options();
    options.first = -1;
    refuses(options, "first is -1");
    options = default_options();
    options.struct_size = 4;
    refuses(options, "struct_size is 4");
}

TEST_CASE_METHOD(Fixture, "a start that the vocabulary lacks is a mismatch")
{
    nib_sampler_options options = default_options();
    options.start = "a?";
    nib_sampler* sampler = nullptr;
    CHECK(nib_sampler_create(model.get(), &options, &sampler) == NIB_ERR_MISMATCH);
    says(context.get(), "?");
    CHECK(nib_sampler_create_folded(folded.get(), &options, &sampler) == NIB_ERR_MISMATCH);
    CHECK(sampler == nullptr);
}

TEST_CASE_METHOD(Fixture, "NULL where a sampler needs something")
{
    nib_sampler* sampler = nullptr;
    CHECK(nib_sampler_create(nullptr, nullptr, &sampler) == NIB_ERR_INVALID_ARGUMENT);
    CHECK(nib_sampler_create_folded(nullptr, nullptr, &sampler) == NIB_ERR_INVALID_ARGUMENT);
    CHECK_REFUSED(context.get(), nib_sampler_create(model.get(), nullptr, nullptr), "sampler is NULL");
    CHECK_REFUSED(context.get(), nib_sampler_create_folded(folded.get(), nullptr, nullptr), "sampler is NULL");
    const char* text = nullptr;
    CHECK(nib_sampler_next(nullptr, &text, nullptr) == NIB_ERR_INVALID_ARGUMENT);
    const unique<nib_sampler> fine = new_sampler(nullptr);
    CHECK_REFUSED(context.get(), nib_sampler_next(fine.get(), nullptr, nullptr), "text is NULL");
    CHECK(nib_sampler_next(fine.get(), &text, nullptr) == NIB_OK);
    nib_sampler_destroy(nullptr);
}
