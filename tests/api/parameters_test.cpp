// Loading parameters from a file into an existing model, above all a state_dict that PyTorch saved.
#include "api/small.hpp"
#include "folder.hpp"
#include "goldens.hpp"
#include "io/file.hpp"
#include "stored_file.hpp"

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

using namespace nib::test;

namespace {

struct Fixture {
    unique<nib_context> context = new_context();
    unique<nib_dataset> dataset = load_names();

    unique<nib_dataset> load_names()
    {
        nib_dataset* names = nullptr;
        REQUIRE(nib_dataset_load(context.get(), source_path("data/names.txt").c_str(), nullptr, &names) == NIB_OK);
        return unique<nib_dataset>(names);
    }
};

// The options for a file of interchange.json, with another network if one is given.
Recipe recipe_of(const Json& file, std::string network = "")
{
    const Json& model = file.at("model");
    if (network.empty()) network = model.at("network").get<std::string>();
    Recipe recipe;
    recipe.model = nib::model_options(network, model.at("input").get<std::string>());
    return recipe;
}

std::vector<float> logits_of(nib_model* model, const std::vector<std::int32_t>& contexts, std::size_t count)
{
    std::vector<float> logits(count * 27);
    REQUIRE(nib_model_logits(model, contexts.data(), static_cast<std::int64_t>(count), logits.data()) == NIB_OK);
    return logits;
}

} // namespace

TEST_CASE_METHOD(Fixture, "what PyTorch saved gives PyTorch's logits and loss")
{
    for (const Json& file : golden("interchange.json").at("files")) {
        const std::string path = source_path("tests/goldens/" + file.at("file").get<std::string>());
        CAPTURE(path);
        nib_model* bare = nullptr;
        CHECK(nib_model_load(context.get(), path.c_str(), &bare) == NIB_ERR_MISMATCH);
        says(context.get(), "state_dict without options and vocabulary");

        const unique<nib_model> model = new_model(context.get(), dataset.get(), recipe_of(file));
        REQUIRE(nib_model_load_parameters(model.get(), path.c_str(), nullptr) == NIB_OK);
        std::vector<std::int32_t> contexts;
        for (const Json& row : file.at("contexts")) contexts.insert(contexts.end(), row.begin(), row.end());
        const std::vector<float> logits = logits_of(model.get(), contexts, file.at("contexts").size());
        for (std::size_t i = 0; i < logits.size(); ++i)
            CHECK(std::abs(logits[i] - file.at("logits").at(i / 27).at(i % 27).get<float>()) < 1e-5f);
        double loss = 0;
        REQUIRE(nib_model_evaluate(model.get(), dataset.get(), NIB_SPLIT_VAL, &loss) == NIB_OK);
        CHECK(std::abs(loss - file.at("val_loss").get<double>()) < 1e-5);
    }
}

TEST_CASE_METHOD(Fixture, "parameters of another network are a mismatch, and the model stays as it was")
{
    const Json& files = golden("interchange.json").at("files");
    const std::string path = source_path("tests/goldens/model.safetensors");
    const auto network_of = [](int layers, const std::string& layer) {
        return "embedding 4, flatten, " + std::to_string(layers) + " x (" + layer + ", tanh), linear, batchnorm";
    };
    const struct {
        std::string network;
        const char* words;
    } cases[] = {{network_of(2, "linear 10, batchnorm"), "tensor '2.weight': F32 (9, 12), expected F32 (10, 12)"},
                 {network_of(3, "linear 9, batchnorm"), "tensor '8.weight': F32 (27, 9), expected F32 (9, 9)"},
                 {network_of(1, "linear 9, batchnorm"), "expected F32 (27, 9)"},
                 {network_of(2, "linear 9"), "tensor '2.bias': not there, expected F32 (9)"}};
    const std::vector<std::int32_t> contexts{0, 1, 2};
    for (const auto& each : cases) {
        const unique<nib_model> model = new_model(context.get(), dataset.get(), recipe_of(files.at(0), each.network));
        const std::vector<float> before = logits_of(model.get(), contexts, 1);
        CHECK(nib_model_load_parameters(model.get(), path.c_str(), nullptr) == NIB_ERR_MISMATCH);
        says(context.get(), each.words);
        CHECK(logits_of(model.get(), contexts, 1) == before);
    }
}

TEST_CASE_METHOD(Fixture, "a file of nib with another vocabulary is a mismatch")
{
    const Folder folder;
    const std::string path = folder / "model.safetensors";
    const auto model_over = [&](const std::string& text) {
        const unique<nib_dataset> data = new_dataset(context.get(), text);
        return new_model(context.get(), data.get());
    };
    const unique<nib_model> saved = model_over(small_text), same = model_over(small_text);
    std::string renamed(small_text);
    for (char& letter : renamed) letter = letter == 'w' ? 'z' : letter; // as many symbols, not the same
    const unique<nib_model> other = model_over(renamed);
    REQUIRE(nib_model_save(saved.get(), path.c_str()) == NIB_OK);
    CHECK(nib_model_load_parameters(same.get(), path.c_str(), nullptr) == NIB_OK);
    CHECK(nib_model_load_parameters(other.get(), path.c_str(), nullptr) == NIB_ERR_MISMATCH);
    says(context.get(), "vocabulary");

    CHECK(nib_model_load_parameters(nullptr, path.c_str(), nullptr) == NIB_ERR_INVALID_ARGUMENT);
    CHECK_REFUSED(context.get(), nib_model_load_parameters(same.get(), nullptr, nullptr), "path is NULL");
    CHECK(nib_model_load_parameters(same.get(), (folder / "none").c_str(), nullptr) == NIB_ERR_IO);
    CHECK(nib_model_load_parameters(same.get(), source_path("README.md").c_str(), nullptr) == NIB_ERR_FORMAT);
}

TEST_CASE_METHOD(Fixture, "information tells what a file's names and numbers were changed by")
{
    const Json& golden_file = golden("interchange.json").at("files").at(0);
    const std::string plain = source_path("tests/goldens/" + golden_file.at("file").get<std::string>());
    const Folder folder;
    const std::string prefixed = folder / "prefixed";
    StoredFile file(plain);
    file.convert("0.weight", nib::Dtype::f64, [](float value) { return static_cast<double>(value); });
    file.add_prefix("module.");
    file.save(prefixed);
    const std::string said = "1 tensor of F64 converted to F32; the prefix 'module.' left out of all names";

    const unique<nib_model> model = new_model(context.get(), dataset.get(), recipe_of(golden_file));
    const auto converted = [&] {
        auto info = sized<nib_model_info>();
        REQUIRE(nib_model_get_info(model.get(), &info) == NIB_OK);
        return std::string(info.converted);
    };
    CHECK(converted().empty());
    REQUIRE(nib_model_load_parameters(model.get(), prefixed.c_str(), nullptr) == NIB_OK);
    CHECK(converted() == said);
    CHECK(nib_model_load_parameters(model.get(), source_path("README.md").c_str(), nullptr) == NIB_ERR_FORMAT);
    CHECK(converted() == said);
    REQUIRE(nib_model_load_parameters(model.get(), plain.c_str(), nullptr) == NIB_OK);
    CHECK(converted().empty());

    const nib::Buffer<char> bytes = nib::read_file(prefixed, SIZE_MAX, std::pmr::new_delete_resource());
    REQUIRE(nib_model_parameters_from_memory(model.get(), bytes.data(), bytes.size(), "memory", nullptr) == NIB_OK);
    CHECK(converted() == said);
    nib_model* bare = nullptr;
    CHECK(nib_model_load(context.get(), prefixed.c_str(), &bare) == NIB_ERR_MISMATCH);
    says(context.get(), "state_dict without options and vocabulary");
}

TEST_CASE_METHOD(Fixture, "a file whose tensors have other names is read by a map of them")
{
    const Json& golden_file = golden("interchange.json").at("files").at(0);
    const std::string plain = source_path("tests/goldens/" + golden_file.at("file").get<std::string>());
    const Folder folder;
    const std::string path = folder / "renamed";
    std::string names;
    StoredFile file(plain);
    for (const auto& [name, tensor] : StoredFile(plain).tensors) {
        names += "layer_" + name + " " + name + "\n";
        file.rename(name, "layer_" + name);
    }
    file.save(path);
    const unique<nib_model> model = new_model(context.get(), dataset.get(), recipe_of(golden_file)),
                            wanted = new_model(context.get(), dataset.get(), recipe_of(golden_file));
    REQUIRE(nib_model_load_parameters(wanted.get(), plain.c_str(), nullptr) == NIB_OK);
    const std::vector<std::int32_t> contexts{0, 1, 2};
    const std::vector<float> before = logits_of(model.get(), contexts, 1);
    const auto refused = [&](const std::string& map, const std::string& sentence) {
        CHECK(nib_model_load_parameters(model.get(), path.c_str(), map.c_str()) == NIB_ERR_INVALID_ARGUMENT);
        CHECK(nib_context_message(context.get()) == sentence);
        CHECK(logits_of(model.get(), contexts, 1) == before);
    };
    refused("# none\n", "names: no line for '0.weight': expected one for each tensor of the network");
    refused(names + "more 99.weight\n", "names, line " + std::to_string(file.tensors.size() + 1) +
                                            ": '99.weight': expected the name of a tensor of the network");
    const std::size_t first = names.find('\n');
    refused("lack " + names.substr(names.find(' ') + 1),
            "names, line 1: 'lack': expected the name of a tensor of " + path);
    refused(names + names.substr(0, first), "names, line " + std::to_string(file.tensors.size() + 1) + ": '" +
                                                names.substr(0, names.find(' ')) +
                                                "' stands in line 1 as well: expected each name once");
    REQUIRE(nib_model_load_parameters(model.get(), path.c_str(), names.c_str()) == NIB_OK);
    CHECK(logits_of(model.get(), contexts, 1) == logits_of(wanted.get(), contexts, 1));
    CHECK(nib_model_load_parameters(model.get(), path.c_str(), nullptr) == NIB_ERR_MISMATCH);
}
