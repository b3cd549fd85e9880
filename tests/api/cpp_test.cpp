// All of nib.hpp, used as by a program in C++17.
#include "nib/nib.hpp"

#include "catch.hpp"
#include "folder.hpp"
#include "forked.hpp"

#include <array>
#include <cstring>
#include <fstream>
#include <iterator>
#include <numeric>
#include <string>
#include <type_traits>
#include <vector>

namespace {

constexpr const char* names = "emma\nolivia\nnoah\nliam\nava\nsophia\nwilliam\nmason\njames\nisabella\n"
                              "benjamin\njacob\nmia\nmichael\nelijah\nethan\ncharlotte\nalexander\namelia\njo\n";

nib::recipe small_recipe()
{
    nib::recipe recipe("lecture-deep");
    recipe.model.network = "embedding 4, flatten, 2 x (linear 12 gain=1, batchnorm variance=unbiased, tanh), "
                           "linear, batchnorm variance=unbiased gain=0.1";
    recipe.train.steps = 40;
    recipe.train.batch_size = 8;
    return recipe;
}

// Returns the error that call throws.
template <class Call>
nib::error thrown_by(Call call)
{
    try {
        call();
    } catch (const nib::error& error) {
        return error;
    }
    return {NIB_OK, ""};
}

bool contains(const std::string& text, const char* words) { return text.find(words) != std::string::npos; }

struct Fixture {
    nib::context context{2};
    nib::dataset data = nib::dataset::from_memory(context, names, "names");
    nib::recipe recipe = small_recipe();
    nib::model model{context, recipe.model, data};
};

} // namespace

// A program in C++17 must be able to include it.
static_assert(__cplusplus >= 201703L && __cplusplus < 202002L, "this file is compiled as C++17");
static_assert(!std::is_copy_constructible_v<nib::model> && std::is_nothrow_move_constructible_v<nib::model>);
static_assert(std::is_nothrow_move_assignable_v<nib::context>);

// This must be the first test: the kernels are chosen with the first context of a process.
TEST_CASE("an instruction set that is not there is named")
{
    const std::string told = nib::test::output_with_isa("none such", [] {
        const nib::error error = thrown_by([] { nib::context(1); });
        return std::to_string(error.status()) + " " + error.what();
    });
    CHECK(told ==
          std::to_string(NIB_ERR_UNSUPPORTED) + " NIB_ISA is none such: this processor or this build does not have it");
}

TEST_CASE_METHOD(Fixture, "train, save, load, fold and sample")
{
    const nib::test::Folder folder;
    CHECK(context.threads() == 2);
    CHECK(std::string(context.isa()) != "");
    CHECK(nib::preset_names().size() == 12);
    CHECK(std::string(nib::model_option_infos().front().name) == "network");
    CHECK(std::string(nib::train_option_infos().back().name) == "class_weights");
    const double before = model.evaluate(data, NIB_SPLIT_VAL);
    std::vector<float> losses(40);
    {
        nib::trainer trainer(context, model, data, recipe.train);
        CHECK(trainer.run(30, losses) == 30);
        trainer.save(folder / "c");
        CHECK(trainer.run(1000) == 10); // as many as are left
        CHECK(trainer.step() == 40);
        CHECK(trainer.learning_rate(0) == recipe.train.learning_rate);
        trainer.resume(folder / "c");
        CHECK(trainer.step() == 30);
        CHECK(trainer.observe(10, losses) == 10);
        const nib_layer_statistics layer = trainer.layer_statistics(0);
        CHECK(std::string(layer.name) == "4");
        CHECK(trainer.values(NIB_ACTIVATIONS, 0).size() == 12u * 8u);
        CHECK(trainer.values(NIB_PARAMETER_GRADIENTS, 0).size() == model.tensor(0).size());
        CHECK(trainer.histogram(NIB_ACTIVATIONS, 1).max <= 1);
        CHECK(std::string(trainer.tensor_statistics(0).name) == "0.weight");
    }
    nib::model kept(context, recipe.model, data);
    kept.copy(model);
    CHECK(kept.evaluate(data, NIB_SPLIT_VAL, 0, 10) == model.evaluate(data, NIB_SPLIT_VAL, 0, 10));
    CHECK(kept.info().steps == 40);
    const nib::checkpoint checkpoint(context, folder / "c");
    CHECK(checkpoint.step == 30);
    CHECK(checkpoint.train.batch_size == 8);
    CHECK(checkpoint.model.network == std::string(model.options().network));
    CHECK(checkpoint.model.input == std::string("symbols context=3"));
    CHECK(model.evaluate(data, NIB_SPLIT_VAL) != before);

    model.save(folder / "m");
    const auto file = model.data();
    CHECK(nib::model::from_memory(context, {reinterpret_cast<const char*>(file.data()), file.size()}).info().steps ==
          model.info().steps);
    nib::model loaded = nib::model::load(context, folder / "m");
    CHECK(loaded.options().network == std::string(model.options().network));
    CHECK(loaded.info().parameters == model.info().parameters);
    nib::model other(context, recipe.model, data);
    other.load_parameters(folder / "m");
    CHECK(other.tensor(0) == model.tensor(0));

    loaded.export_pytorch(folder / "names.py");
    nib::folded folded = loaded.fold();
    folded.save(folder / "f");
    nib::folded again = nib::folded::load(context, folder / "f");
    CHECK(again.info().vocabulary == data.info().vocabulary);
    CHECK(again.symbol(1) == "a");
    const nib::plan plan(context, recipe.model, data.info().vocabulary);
    CHECK(plan.network == model.options().network);
    CHECK(plan.parameters == model.info().parameters);
    CHECK(plan.file_bytes == again.info().file_bytes);
    again.export_c("names", folder / "names.c");
    again.export_onnx(folder / "names.onnx");
    const std::vector<std::int32_t> ids = model.encode("emm");
    CHECK(ids.size() == 3);
    const std::vector<float> a = model.logits(ids), b = again.logits(ids);
    REQUIRE(a.size() == static_cast<std::size_t>(data.info().vocabulary));
    for (std::size_t i = 0; i < a.size(); ++i) CHECK(b[i] == Approx(a[i]).margin(1e-5));
    CHECK(again.log_probability("emma") == Approx(model.log_probability("emma")).margin(1e-4));

    nib::sampler from_model(model), from_folded(again);
    const std::string item = from_model.next();
    CHECK(from_folded.next() == item);
}

TEST_CASE_METHOD(Fixture, "a model's layers with their shapes")
{
    const auto numbers = [](nib::span<const std::int64_t> shape) {
        return std::vector<std::int64_t>(shape.data(), shape.data() + shape.size());
    };
    const std::vector<nib_layer_info> layers = model.layers();
    REQUIRE(layers.size() == 10);
    CHECK(numbers(nib::input_shape(layers[0])) == std::vector<std::int64_t>{3});
    CHECK(numbers(nib::output_shape(layers[0])) == std::vector<std::int64_t>{3, 4});
    CHECK(numbers(nib::output_shape(layers[1])) == std::vector<std::int64_t>{12});
    CHECK(std::string(layers[3].text) == "batchnorm variance=unbiased");
    CHECK(std::string(model.layer(9).position) == "9");
    CHECK(thrown_by([&] { model.layer(10); }).status() == NIB_ERR_INVALID_ARGUMENT);
}

TEST_CASE("options of a model own their texts, from wherever these came")
{
    const nib_model_options preset = nib::recipe("lecture-deep").model;
    nib::model_options copied;
    CHECK(copied.network == nullptr);
    {
        const std::string network = "embedding 3, flatten, " + std::string(2000, ' ') + "linear";
        nib_model_options plain = preset;
        plain.network = network.c_str();
        const nib::model_options first = plain;
        copied = first;
        CHECK(copied.network != first.network);
        CHECK(first.network != plain.network);
    }
    CHECK(std::string(copied.network).substr(0, 11) == "embedding 3");
    CHECK(std::string(copied.network).size() == 2028);
    CHECK(std::string(copied.input) == preset.input);
    CHECK(copied.seed == preset.seed);
    const std::vector<nib::model_options> all(3, nib::model_options(std::string("linear"), "symbols context=2"));
    CHECK(std::string(all[2].network) == "linear");
    CHECK(std::string(all[2].input) == "symbols context=2");
    CHECK(all[2].seed == nib::recipe("mlp").model.seed);
}

TEST_CASE_METHOD(Fixture, "files and texts in memory")
{
    const nib::test::Folder folder;
    model.save(folder / "model");
    model.fold().save(folder / "folded");
    const auto bytes_of = [&](const char* name) {
        std::ifstream file(folder / name, std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(file), {});
    };
    const std::string file = bytes_of("model");
    nib::model same = nib::model::from_memory(context, file);
    CHECK(same.log_probability("emma") == model.log_probability("emma"));
    same.parameters_from_memory(file);
    nib::folded folded = nib::folded::from_memory(context, bytes_of("folded"));
    CHECK(folded.log_probability("emma") == Approx(model.log_probability("emma")).margin(1e-4));
    CHECK(contains(thrown_by([&] { nib::model::from_memory(context, "", "none"); }).what(), "none: 0 bytes"));
    CHECK(thrown_by([&] { nib::folded::from_memory(context, {}); }).status() == NIB_ERR_FORMAT);
    const std::vector<nib::item> items = nib::items("emma\r\n\nava");
    REQUIRE(items.size() == 2);
    CHECK(items[1].text == "ava");
    CHECK(items[1].line == 3);
    CHECK(nib::items({}).empty());
}

TEST_CASE_METHOD(Fixture, "tensors and examples go in and out as spans")
{
    const nib_tensor_info info = model.tensor_info(0);
    std::vector<float> values(static_cast<std::size_t>(info.rows * info.columns));
    std::iota(values.begin(), values.end(), 0.0f);
    model.set_tensor(0, values);
    CHECK(model.tensor(0) == values);
    std::array<std::int32_t, 6> contexts{};
    std::int32_t targets[2] = {};
    data.examples(NIB_SPLIT_TRAIN, 0, 2, 3, contexts, targets);
    CHECK(contexts[0] == 0); // before the beginning
    CHECK(targets[0] == contexts[5]);
    data.examples(NIB_SPLIT_TRAIN, 0, 2, 3, {}, targets);
    CHECK(data.symbol(targets[0]).size() == 1);
    model.calibrate(data, NIB_SPLIT_TRAIN);
}

TEST_CASE_METHOD(Fixture, "what goes wrong is thrown with its status and nib's sentence")
{
    const nib::error missing = thrown_by([&] { nib::model::load(context, "/nowhere/m.safetensors"); });
    CHECK(missing.status() == NIB_ERR_IO);
    CHECK(contains(missing.what(), "/nowhere/m.safetensors"));
    const nib::error few = thrown_by([&] { nib::dataset::from_memory(context, "", "nothing"); });
    CHECK(few.status() == NIB_ERR_DATA);
    CHECK(contains(few.what(), "nothing"));
    recipe.model.network = "embedding 4, flatten, linear 0, linear";
    CHECK(contains(thrown_by([&] { nib::model(context, recipe.model, data); }).what(), "width is '0'"));
    CHECK(thrown_by([&] { nib::recipe("no such preset"); }).status() == NIB_ERR_INVALID_ARGUMENT);
    CHECK(thrown_by([&] { nib::context(-1); }).status() == NIB_ERR_INVALID_ARGUMENT);
    CHECK(thrown_by([&] { context.check(NIB_ERR_STATE); }).status() == NIB_ERR_STATE);
}

TEST_CASE_METHOD(Fixture, "a run that diverges tells its losses, and how many steps it ran")
{
    recipe.model.network = "embedding 4, flatten, 2 x (linear 12, identity), linear";
    recipe.train.learning_rate = 1e8;
    nib::model wild(context, recipe.model, data);
    nib::trainer trainer(context, wild, data, recipe.train);
    std::vector<float> losses(40, -1.0f);
    const nib::error diverged = thrown_by([&] { trainer.run(40, losses); });
    CHECK(diverged.status() == NIB_ERR_DIVERGED);
    CHECK(contains(diverged.what(), ("at step " + std::to_string(trainer.step())).c_str()));
    REQUIRE(trainer.step() > 0);
    REQUIRE(trainer.step() < 40);
    const auto ran = static_cast<std::size_t>(trainer.step());
    for (std::size_t i = 0; i < ran; ++i) CHECK(losses[i] > 0); // each was -1 before
}

TEST_CASE("symbols of a byte vocabulary, NUL among them")
{
    const nib::context context(1);
    auto options = nib::defaults<nib_dataset_options>();
    options.encoding = NIB_ENCODING_BYTES;
    std::string text(names);
    text[0] = '\0';
    const nib::dataset data = nib::dataset::from_memory(context, text, "bytes", options);
    nib::recipe recipe = small_recipe();
    nib::model model(context, recipe.model, data);
    for (const std::string& symbol : {data.symbol(1), model.symbol(1), model.fold().symbol(1)})
        CHECK(symbol == std::string(1, '\0'));
    CHECK(data.symbol(0) == ".");
    CHECK(data.symbol(2) == "a");
}

TEST_CASE_METHOD(Fixture, "arrays of a wrong size are refused before anything is written")
{
    std::vector<float> few(3);
    CHECK(thrown_by([&] { model.set_tensor(0, few); }).status() == NIB_ERR_INVALID_ARGUMENT);
    const std::vector<std::int32_t> uneven(4); // contexts have 3
    CHECK(contains(thrown_by([&] { model.logits(uneven); }).what(), "contexts"));
    CHECK(thrown_by([&] { model.fold().logits(uneven); }).status() == NIB_ERR_INVALID_ARGUMENT);
    std::int32_t targets[2];
    CHECK(contains(thrown_by([&] { data.examples(NIB_SPLIT_TRAIN, 0, 3, 3, {}, targets); }).what(), "targets"));
    nib::trainer trainer(context, model, data, recipe.train);
    CHECK(contains(thrown_by([&] { trainer.run(4, few); }).what(), "losses"));
    CHECK(trainer.step() == 0);
}

TEST_CASE_METHOD(Fixture, "objects move")
{
    nib_model* const handle = model.get();
    nib::model moved = std::move(model);
    CHECK(moved.get() == handle);
    CHECK(model.get() == nullptr);
    model = std::move(moved);
    CHECK(model.evaluate(data, NIB_SPLIT_VAL) > 0);
    nib::context other(1);
    other = nib::context(3);
    CHECK(other.threads() == 3);
}

TEST_CASE("a file written whole, and text made visible")
{
    const nib::test::Folder folder;
    const nib::context context(1);
    context.write_file(folder / "file", std::string_view("a\0b", 3));
    std::ifstream file(folder / "file", std::ios::binary);
    CHECK(std::string{std::istreambuf_iterator<char>(file), {}} == std::string("a\0b", 3));
    context.write_file(folder / "file", {});
    CHECK(thrown_by([&] { context.write_file(folder / "none/file", "x"); }).status() == NIB_ERR_IO);
    CHECK(nib::visible("emma").size() == 4);
    CHECK(nib::visible({}).empty());
    CHECK(nib::visible("a\x1b[2J\u202e") == "a\\x1b[2J\\u202e");
}
