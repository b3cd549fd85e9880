#include "base/error.hpp"
#include "catch.hpp"
#include "deploy/fixtures.hpp"
#include "deploy/fold.hpp"
#include "deploy/sampler.hpp"
#include "nib/infer.h"
#include "train/presets.hpp"
#include "train/trainer.hpp"

#include <cstdlib>

using namespace nib;

namespace {

Memory* const heap = std::pmr::get_default_resource();

nib_sampler_options sampler_options(std::uint32_t seed)
{
    return {.struct_size = sizeof(nib_sampler_options),
            .seed = seed,
            .temperature = 1,
            .start = nullptr,
            .max_length = 4096,
            .stream = NIB_STREAM_LECTURE,
            .first = 0};
}

std::string items(Sampler sampler, int count)
{
    std::string all;
    for (int i = 0; i < count; ++i) all += std::string(sampler.next()) + " ";
    return all;
}

// The same items through nib/infer.h.
std::string items(const Buffer<char>& file, const nib_infer_sampler_options& options, int count)
{
    std::size_t bytes = 0, length = 0;
    REQUIRE(nib_infer_workspace(file.data(), file.size(), 1, &bytes) == NIB_OK);
    Buffer<char> workspace(bytes, heap), text(4 * 4096, heap);
    nib_infer_model model;
    nib_infer_sampler sampler;
    REQUIRE(nib_infer_open(file.data(), file.size(), workspace.data(), bytes, &model) == NIB_OK);
    REQUIRE(nib_infer_sampler_init(&sampler, &model, &options) == NIB_OK);
    std::string all;
    for (int i = 0; i < count; ++i) {
        REQUIRE(nib_infer_sampler_next(&sampler, text.data(), text.size(), &length, workspace.data(), bytes) == NIB_OK);
        all += std::string(text.data(), length) + " ";
    }
    return all;
}

nib_infer_sampler_options infer_options()
{
    nib_infer_sampler_options options;
    options.struct_size = sizeof options;
    REQUIRE(nib_infer_sampler_options_default(&options) == NIB_OK);
    return options;
}

nib_status status_of(const Model& model, const nib_sampler_options& options)
{
    try {
        Sampler sampler(model, options);
        return NIB_OK;
    } catch (const Error& error) {
        return error.status();
    }
}

} // namespace

TEST_CASE("the lecture's twenty names come from the trained and from the folded model")
{
    const char* path = std::getenv("NIB_LECTURE_NAMES");
    if (path == nullptr) NIB_SKIP("NIB_LECTURE_NAMES is not set");
    const Dataset text(load_text(path, {}, heap));
    const Preset& preset = *find_preset("lecture-deep");
    const DataFormat format = text.format();
    Model model({test::spec_of(preset.model), shape_of(format)}, format, heap);
    initialise(model);
    nib_train_options training = preset.train;
    training.steps = 1001;
    Trainer(model, text, training, 2, heap).run(1001, nullptr);

    const std::string lecture =
        "carpah qarlileif jmrix thty sacansa jazhnte dpn arciigqeiunellaia chriiv kalein dhlm join "
        "qhinn sroin arian quiqaelogiearyxix kaeklinsan ed ecoia gtleley ";
    CHECK(items(Sampler(model, sampler_options(2147483657u)), 20) == lecture);
    Buffer<char> file = fold(model, heap);
    nib_infer_sampler_options options = infer_options();
    options.seed = 2147483657u;
    CHECK(items(file, options, 20) == lecture);
    Folded folded(std::move(file), "test", heap);
    CHECK(items(Sampler(folded, sampler_options(2147483657u), 1, heap), 20) == lecture);
}

TEST_CASE("items begin with the start and end at the maximal length")
{
    const Model model = test::make_model(test::small_network());
    nib_sampler_options options = sampler_options(1);
    options.start = "nib";
    options.max_length = 5;
    Sampler sampler(model, options);
    std::size_t longest = 0;
    for (int i = 0; i < 200; ++i) {
        const std::string_view item = sampler.next();
        CHECK(item.substr(0, 3) == "nib");
        longest = std::max(longest, item.size());
    }
    CHECK(longest == 5);
    options.max_length = 3;
    CHECK(Sampler(model, options).next() == "nib");

    nib_infer_sampler_options same = infer_options();
    same.seed = 1;
    same.start = "nib";
    same.max_length = 5;
    options.max_length = 5;
    CHECK(items(fold(model, heap), same, 50) == items(Sampler(model, options), 50));
}

TEST_CASE("a low temperature leaves the most likely symbol, and 1 is the model's own")
{
    const Model model = test::make_model(test::small_network());
    nib_sampler_options options = sampler_options(1);
    options.max_length = 12;
    for (const double temperature : {1e-300, 1e-3}) {
        options.temperature = temperature;
        options.seed = 1;
        const std::string once = items(Sampler(model, options), 1);
        options.seed = 2;
        CHECK(items(Sampler(model, options), 1) == once);
    }
    options.temperature = 1e30;
    options.seed = 1;
    CHECK(items(Sampler(model, options), 5) != items(Sampler(model, sampler_options(1)), 5));
}

TEST_CASE("symbols of several bytes come out as the text they are")
{
    const Model model = test::make_model(test::small_network(), Vocabulary(NIB_ENCODING_UTF8, {'a', 0xe9, 0x1f600}));
    nib_sampler_options options = sampler_options(1);
    options.start = "é😀a";
    nib_infer_sampler_options same = infer_options();
    same.seed = 1;
    same.start = options.start;
    const std::string from_model = items(Sampler(model, options), 10);
    CHECK(from_model.rfind("é😀a", 0) == 0);
    CHECK(items(fold(model, heap), same, 10) == from_model);
}

TEST_CASE("the counter's stream gives the same items with any number of threads, from either model, from any item on")
{
    const Model model = test::make_model(test::small_network());
    Folded folded(fold(model, heap), "test", heap);
    nib_sampler_options options = sampler_options(9);
    options.stream = NIB_STREAM_COUNTER;
    options.start = "ni";
    const std::string one = items(Sampler(folded, options, 1, heap), 700);
    CHECK(items(Sampler(folded, options, 2, heap), 700) == one);
    CHECK(items(Sampler(folded, options, 3, heap), 700) == one);
    CHECK(items(Sampler(model, options), 700) == one);
    options.first = 100;
    const std::string later = items(Sampler(folded, options, 2, heap), 600);
    CHECK(one.size() > later.size());
    CHECK(one.substr(one.size() - later.size()) == later);
    options.stream = NIB_STREAM_LECTURE;
    CHECK(items(Sampler(model, options), 600) != later);
}

TEST_CASE("sampler options out of their range are refused")
{
    const Model model = test::make_model(test::small_network());
    const auto with = [&](auto change) {
        nib_sampler_options options = sampler_options(1);
        change(options);
        return status_of(model, options);
    };
    CHECK(with([](auto& o) { o.temperature = 0; }) == NIB_ERR_INVALID_ARGUMENT);
    CHECK(with([](auto& o) { o.temperature = __builtin_nan(""); }) == NIB_ERR_INVALID_ARGUMENT);
    CHECK(with([](auto& o) { o.max_length = 0; }) == NIB_ERR_INVALID_ARGUMENT);
    CHECK(with([](auto& o) { o.max_length = 4097; }) == NIB_ERR_INVALID_ARGUMENT);
    CHECK(with([](auto& o) { o.first = -1; }) == NIB_ERR_INVALID_ARGUMENT);
    CHECK(with([](auto& o) { o.start = "a-b"; }) == NIB_ERR_MISMATCH);
    CHECK(with([](auto& o) { o.start = "abcd", o.max_length = 3; }) == NIB_ERR_INVALID_ARGUMENT);
}
