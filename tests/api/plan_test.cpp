// nib_plan states the same sizes as a model of the network, and as the folded model.
#include "api/small.hpp"
#include "folder.hpp"
#include "lists.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

using namespace nib::test;

namespace {

constexpr nib_weights all_weights[] = {NIB_WEIGHTS_F32, NIB_WEIGHTS_BF16, NIB_WEIGHTS_INT8};
constexpr nib_first_layer first_layers[] = {NIB_FIRST_LAYER_SMALLEST, NIB_FIRST_LAYER_TABLE};

// Items of one symbol each, for a vocabulary of this size including the end mark.
std::string text_of_vocabulary(int size)
{
    std::string text;
    for (int i = 1; i < size; ++i) {
        const int symbol = 0x100 + i; // two bytes of UTF-8
        text += static_cast<char>(0xc0 | symbol >> 6);
        text += static_cast<char>(0x80 | (symbol & 0x3f));
        text += '\n';
    }
    return text;
}

std::int64_t multiply_adds_of(const nib_model* model)
{
    auto info = sized<nib_model_info>();
    REQUIRE(nib_model_get_info(model, &info) == NIB_OK);
    std::int64_t total = 0;
    for (int32_t i = 0; i < info.layers; ++i) {
        auto layer = sized<nib_layer_info>();
        REQUIRE(nib_model_layer(model, i, &layer) == NIB_OK);
        total += layer.multiply_adds;
    }
    return total;
}

struct Fixture {
    Folder folder;
    unique<nib_context> context = new_context();
    nib_plan_info info = sized<nib_plan_info>();
    long compared = 0, unsupported = 0;

    nib_fold_options fold_as(nib_weights weights, nib_first_layer first_layer) const
    {
        auto options = sized<nib_fold_options>();
        REQUIRE(nib_fold_options_default(&options) == NIB_OK);
        options.weights = weights;
        options.first_layer = first_layer;
        return options;
    }

    void compare_model(const nib_model* model) const
    {
        auto made = sized<nib_model_info>();
        REQUIRE(nib_model_get_info(model, &made) == NIB_OK);
        CHECK(info.parameters == made.parameters);
        CHECK(info.multiply_adds == multiply_adds_of(model));
        auto printed = sized<nib_model_options>();
        REQUIRE(nib_model_get_options(model, &printed) == NIB_OK);
        CHECK(std::string(info.network) == printed.network);
        CHECK(std::string(info.input) == printed.input);
    }

    void compare_folded(const nib_folded* folded) const
    {
        auto made = sized<nib_folded_info>();
        REQUIRE(nib_folded_get_info(folded, &made) == NIB_OK);
        CHECK(info.file_bytes == made.file_bytes);
        CHECK(info.workspace_bytes == made.workspace_bytes);
        CHECK(info.folded_multiply_adds == made.multiply_adds);
        const std::string file = folder / "model.nib";
        REQUIRE(nib_folded_save(folded, file.c_str()) == NIB_OK);
        CHECK(info.file_bytes == std::filesystem::file_size(file));
    }

    // If a plan is refused, the model is refused with the same words.
    void compare(const nib_model_options& options, nib_model* model, std::int32_t outputs, const nib_fold_options& as)
    {
        CAPTURE(options.network, options.input, as.weights, as.first_layer);
        const nib_status planned = nib_plan(context.get(), &options, outputs, &as, &info);
        const std::string refusal = nib_context_message(context.get());
        nib_folded* handle = nullptr;
        const nib_status made = nib_fold(model, &as, &handle);
        const unique<nib_folded> folded(handle);
        REQUIRE(planned == made);
        if (made == NIB_OK) {
            compare_model(model);
            compare_folded(handle);
            ++compared;
        } else {
            CHECK(made == NIB_ERR_UNSUPPORTED);
            CHECK(refusal == nib_context_message(context.get()));
            ++unsupported;
        }
    }

    void compare_all(const nib_model_options& options, const std::string& text)
    {
        const unique<nib_dataset> dataset = new_dataset(context.get(), text);
        auto of_data = sized<nib_dataset_info>();
        REQUIRE(nib_dataset_get_info(dataset.get(), &of_data) == NIB_OK);
        nib_model* model = nullptr;
        INFO(options.network);
        REQUIRE(nib_model_create(context.get(), &options, dataset.get(), &model) == NIB_OK);
        const unique<nib_model> owner(model);
        for (const nib_weights weights : all_weights)
            for (const nib_first_layer first_layer : first_layers)
                compare(options, model, of_data.vocabulary, fold_as(weights, first_layer));
    }

    nib_status plan(const std::string& network, std::int32_t outputs = 27, nib_weights weights = NIB_WEIGHTS_F32,
                    const std::string& input = "symbols", nib_first_layer first_layer = NIB_FIRST_LAYER_SMALLEST)
    {
        const nib::model_options options(network, input);
        const nib_fold_options as = fold_as(weights, first_layer);
        return nib_plan(context.get(), &options, outputs, &as, &info);
    }
};

} // namespace

TEST_CASE_METHOD(Fixture, "a plan of each preset for text has the numbers of its model and of its folded files")
{
    for (const std::string& preset : nib::preset_names()) {
        const nib::recipe recipe(preset);
        if (!std::string_view(recipe.model.input).starts_with("symbols")) continue;
        compare_all(recipe.model, small_text);
    }
    CHECK(compared == 45);
    CHECK(unsupported == 3); // the default network's embedding has no linear right behind it
}

TEST_CASE_METHOD(Fixture, "a plan of any list has the numbers of its model and of its folded files")
{
    for (const std::string& network : any_lists())
        compare_all(nib::model_options(network, "symbols context=3"), small_text);
    CHECK(compared > 150);
    CHECK(unsupported > 10); // first layers that cannot be a table
}

TEST_CASE_METHOD(Fixture, "a plan knows vocabularies and contexts of any size")
{
    for (const int vocabulary : {11, 64, 65, 256, 257, 900}) {
        const std::string text = text_of_vocabulary(vocabulary);
        for (const char* input : {"symbols context=1", "symbols", "symbols context=256"})
            compare_all(nib::model_options("embedding 5, flatten, linear 33, rmsnorm, tanh, linear", input), text);
    }
    CHECK(compared == 6 * 3 * 6);
}

TEST_CASE_METHOD(Fixture, "a model that no machine could train has a plan: nothing of its size is allocated")
{
    REQUIRE(plan("embedding 1, flatten, 400 x (linear 65536, tanh), linear", 4096, NIB_WEIGHTS_INT8) == NIB_OK);
    CHECK(info.parameters > std::int64_t{1'700'000'000'000});
    CHECK(info.file_bytes > 1'700'000'000'000u);
    CHECK(info.workspace_bytes < 1'000'000u);
}

TEST_CASE_METHOD(Fixture, "a plan is refused as the model would be, by place and word")
{
    nib_context* c = context.get();
    CHECK_REFUSED(c, plan("embedding 3, flatten, liner"), "network, line 1, byte 23: 'liner': expected a layer");
    CHECK_REFUSED(c, plan("embedding 3, linear"), "network, layer 1 (linear): gets (8, 3): expected a row");
    CHECK_REFUSED(c, plan("embedding 3, flatten, linear 10"),
                  "network, layer 2 (linear): leaves (10): expected (27), a number for each class of the data");
    CHECK_REFUSED(c, plan("embedding 3, flatten, linear", 27, NIB_WEIGHTS_F32, "symbol"), "input, line 1, byte 1");
    for (const std::int32_t outputs : {INT32_MIN, -1, 0, 1, 4097, INT32_MAX})
        CHECK_REFUSED(c, plan("embedding 3, flatten, linear", outputs), "expected 2 to 4096");
    CHECK(plan("embedding 3, flatten, linear 10", 10) == NIB_OK);
    CHECK_REFUSED(c, plan("embedding 3, flatten, linear", 27, unknown<nib_weights>(3)), "weights is 3");
    CHECK_REFUSED(c, plan("embedding 3, flatten, linear", 27, NIB_WEIGHTS_F32, "symbols", unknown<nib_first_layer>(2)),
                  "first_layer is 2");
}

TEST_CASE_METHOD(Fixture, "a plan is refused where folding would be")
{
    CHECK(plan("embedding 4, flatten, tanh, linear", 27, NIB_WEIGHTS_F32, "symbols", NIB_FIRST_LAYER_TABLE) ==
          NIB_ERR_UNSUPPORTED);
    says(context.get(), "expected a linear right behind embedding and flatten, found 2 (tanh)");
    CHECK(plan("embedding 4, residual(tanh), flatten, linear", 27, NIB_WEIGHTS_F32, "symbols", NIB_FIRST_LAYER_TABLE) ==
          NIB_ERR_UNSUPPORTED);
    says(context.get(), "expected a linear right behind embedding and flatten, found a residual");
    const char *wide = "embedding 512, flatten, linear 8, tanh, linear", *long_input = "symbols context=256";
    CHECK(plan(wide, 1000, NIB_WEIGHTS_INT8, long_input) == NIB_ERR_UNSUPPORTED);
    says(context.get(), "layer 2 (linear) has 131072 inputs: 8-bit weights are for at most 65536");
    CHECK(plan(wide, 1000, NIB_WEIGHTS_BF16, long_input) == NIB_OK);
}

TEST_CASE_METHOD(Fixture, "a plan's texts live until the next one, which may be of them")
{
    REQUIRE(plan("embedding 3\nflatten # a row\n2 x (linear 4, tanh)\nlinear") == NIB_OK);
    CHECK(std::string(info.network) == "embedding 3, flatten, linear 4, tanh, linear 4, tanh, linear");
    CHECK(std::string(info.input) == "symbols");
    const std::size_t bytes = info.file_bytes;
    auto again = sized<nib_model_options>();
    again.network = info.network;
    again.input = info.input;
    REQUIRE(nib_plan(context.get(), &again, 27, nullptr, &info) == NIB_OK);
    CHECK(std::string(info.network) == "embedding 3, flatten, linear 4, tanh, linear 4, tanh, linear");
    CHECK(info.file_bytes == bytes);
}

TEST_CASE("a plan in C++ has texts of its own, and takes options of folding")
{
    const nib::context context(1);
    const nib::plan first(context, nib::model_options("embedding 3, flatten, linear"), 27);
    auto as_int8 = nib::defaults<nib_fold_options>();
    as_int8.weights = NIB_WEIGHTS_INT8;
    const nib::plan second(context, nib::model_options("embedding 3, flatten, linear 40, tanh, linear"), 27, as_int8);
    CHECK(first.network == "embedding 3, flatten, linear");
    CHECK(first.input == "symbols");
    CHECK(first.parameters == 27 * 3 + 24 * 27 + 27);
    CHECK(first.multiply_adds == 24 * 27);
    CHECK(second.folded_multiply_adds <= second.multiply_adds);
    CHECK(second.file_bytes > second.workspace_bytes);
    CHECK_THROWS_AS(nib::plan(context, nib::model_options("tanh"), 27), nib::error);
}
