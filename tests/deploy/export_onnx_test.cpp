#include "catch.hpp"
#include "deploy/export_onnx.hpp"
#include "deploy/fixtures.hpp"
#include "deploy/fold.hpp"
#include "deploy/onnx_reader.hpp"
#include "error_of.hpp"
#include "folder.hpp"
#include "io/file.hpp"
#include "lists.hpp"

#include <cstdlib>
#include <fstream>

using namespace nib;

namespace {

Memory* const heap = std::pmr::get_default_resource();

constexpr std::int32_t count = 5; // contexts
constexpr std::int32_t context = 3;

struct Variant {
    std::string list;
    nib_first_layer first_layer = NIB_FIRST_LAYER_SMALLEST;
};

std::vector<Variant> variants()
{
    std::vector<Variant> all;
    for (const std::string& list : test::any_lists()) all.push_back({list});
    all.push_back({test::small_network().network(), NIB_FIRST_LAYER_TABLE});
    return all;
}

// A model exported as small.onnx into its own folder, and the engine's results for some contexts.
struct Exported {
    explicit Exported(const Variant& variant)
        : folded(
              fold(test::make_model(test::spec_of(variant.list, context)), heap, {.first_layer = variant.first_layer}),
              "small", heap),
          logits(static_cast<std::size_t>(count * folded.vocabulary().size()))
    {
        Mt19937 words(3);
        for (std::int32_t i = 0; i < count * context; ++i) {
            ids.push_back(i < context ? 0 : static_cast<std::int32_t>(words() % 27));
        }
        folded.logits(ids, logits.data());
        export_onnx(folded, path, heap);
    }

    test::Folder folder;
    std::string path = folder / "small.onnx";
    Folded folded;
    std::vector<std::int32_t> ids;
    std::vector<float> logits;
};

// Checks name, element type and columns of an input or output, whose rows are the batch.
void check_value(std::string_view message, const char* name, std::uint64_t element, std::uint64_t columns)
{
    CHECK(test::one_of(message, 1).bytes == name);
    const std::string_view tensor = test::one_of(test::one_of(message, 2).bytes, 1).bytes;
    CHECK(test::one_of(tensor, 1).value == element);
    const auto dimensions = test::all_of(test::one_of(tensor, 2).bytes, 1);
    REQUIRE(dimensions.size() == 2);
    CHECK(test::one_of(dimensions[0].bytes, 2).bytes == "batch");
    CHECK(test::one_of(dimensions[1].bytes, 1).value == columns);
}

} // namespace

TEST_CASE("the file is an ONNX model of opset 13 that says what it is")
{
    const Exported exported(Variant{test::small_network().network()});
    const Buffer<char> file = read_file(exported.path, SIZE_MAX, heap);
    const std::string_view model(file.data(), file.size());
    CHECK(test::one_of(model, 1).value == 7);
    CHECK(test::one_of(model, 2).bytes == "nib");
    CHECK(test::one_of(test::one_of(model, 8).bytes, 2).value == 13);
    const std::string_view graph = test::one_of(model, 7).bytes;
    check_value(test::one_of(graph, 11).bytes, "contexts", 7, context);
    check_value(test::one_of(graph, 12).bytes, "logits", 1, 27);
    const auto metadata = test::all_of(model, 14);
    REQUIRE(metadata.size() == 3);
    CHECK(test::one_of(metadata[1].bytes, 1).bytes == "vocabulary");
    CHECK(test::one_of(metadata[1].bytes, 2).bytes.substr(0, 8) == "97 98 99");
}

TEST_CASE("its graph computes the engine's logits")
{
    for (const Variant& variant : variants()) {
        INFO(variant.list);
        const Exported exported(variant);
        const Buffer<char> file = read_file(exported.path, SIZE_MAX, heap);
        test::OnnxGraph graph(test::one_of({file.data(), file.size()}, 7).bytes);
        const auto result =
            graph.run({{count, exported.ids.size() / count}, {exported.ids.begin(), exported.ids.end()}});
        REQUIRE(result.values.size() == exported.logits.size());
        for (std::size_t i = 0; i < result.values.size(); ++i) {
            CHECK(result.values[i] == Approx(static_cast<double>(exported.logits[i])).epsilon(2e-5).margin(2e-5));
        }
    }
}

// NIB_PYTHON: a Python that has onnxruntime, if python3 does not.
TEST_CASE("ONNX Runtime computes the engine's logits")
{
    const char* chosen = std::getenv("NIB_PYTHON");
    const std::string python = chosen != nullptr ? chosen : "python3";
    if (std::system((python + " -c 'import onnxruntime' 2>/dev/null").c_str()) != 0) {
        NIB_SKIP("onnxruntime is not installed for python3, nor for NIB_PYTHON");
    }
    for (const Variant& variant : variants()) {
        INFO(variant.list);
        const Exported exported(variant);
        std::string command = python + " " NIB_SOURCE_DIR "/tests/deploy/run_onnx.py " + exported.path;
        for (const std::int32_t id : exported.ids) command.append(" ").append(std::to_string(id));
        REQUIRE(std::system((command + " > " + (exported.folder / "logits")).c_str()) == 0);
        std::ifstream file(exported.folder / "logits");
        std::string number;
        for (const float logit : exported.logits) {
            REQUIRE(file >> number);
            CHECK(std::strtod(number.c_str(), nullptr) ==
                  Approx(static_cast<double>(logit)).epsilon(2e-5).margin(2e-5));
        }
        CHECK_FALSE(file >> number);
    }
}

TEST_CASE("a file that cannot be written")
{
    const Exported exported(Variant{test::small_network().network()});
    const std::string nowhere = exported.folder / "none/x.onnx";
    CHECK(test::error_of(NIB_ERR_IO, [&] { export_onnx(exported.folded, nowhere, heap); }).find(nowhere) !=
          std::string::npos);
}
