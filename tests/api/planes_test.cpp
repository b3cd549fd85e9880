// Series and pictures through the ABI: which planes a row's numbers are.
#include "api/small.hpp"
#include "folder.hpp"

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

using namespace nib::test;

namespace {

// 20 rows of 24 numbers and two classes.
nib_table rows_of_24(std::initializer_list<std::int64_t> shape = {})
{
    static const std::vector<float> x(480, 0.5f);
    static const std::vector<std::int32_t> classes = [] {
        std::vector<std::int32_t> all(20);
        for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int32_t>(i % 2);
        return all;
    }();
    auto table = sized<nib_table>();
    table.x = x.data();
    table.rows = 20;
    table.columns = table.row_stride = 24;
    table.classes = classes.data();
    table.class_count = 2;
    std::copy(shape.begin(), shape.end(), table.row_shape);
    return table;
}

// The input of a model of this network, or the message of its refusal.
std::string input_for(nib_context* context, const nib_dataset* dataset, const char* network,
                      const char* input = "floats")
{
    auto options = sized<nib_model_options>();
    REQUIRE(nib_preset("mlp", &options, nullptr) == NIB_OK);
    options.network = network;
    options.input = input;
    nib_model* made = nullptr;
    if (nib_model_create(context, &options, dataset, &made) != NIB_OK) return nib_context_message(context);
    const unique<nib_model> model(made);
    REQUIRE(nib_model_get_options(made, &options) == NIB_OK);
    return options.input;
}

unique<nib_dataset> dataset_of(nib_context* context, const nib_table& table)
{
    nib_dataset* dataset = nullptr;
    REQUIRE(nib_dataset_from_tables(context, &table, nullptr, nullptr, nullptr, &dataset) == NIB_OK);
    return unique<nib_dataset>(dataset);
}

void write(const std::string& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

} // namespace

TEST_CASE("planes without extents are those of the array that the layers take")
{
    const unique<nib_context> context = new_context();
    nib_context* const c = context.get();
    const unique<nib_dataset> flat = dataset_of(c, rows_of_24()), line = dataset_of(c, rows_of_24({24})),
                              series = dataset_of(c, rows_of_24({4, 6})),
                              picture = dataset_of(c, rows_of_24({2, 3, 4}));
    CHECK(input_for(c, series.get(), "conv1d 3 2, flatten, linear") == "floats 4x6");
    CHECK(input_for(c, series.get(), "conv2d 3 2, flatten, linear") == "floats 1x4x6");
    CHECK(input_for(c, series.get(), "batchnorm, relu, residual(conv2d 1 1), maxpool 2x3, flatten, linear") ==
          "floats 1x4x6");
    CHECK(input_for(c, series.get(), "standardize, global-average, linear") == "floats 4x6");
    CHECK(input_for(c, series.get(), "linear") == "floats 24");
    CHECK(input_for(c, series.get(), "batchnorm, linear") == "floats 24");
    CHECK(input_for(c, picture.get(), "conv2d 3 2, flatten, linear") == "floats 2x3x4");
    CHECK(input_for(c, line.get(), "conv1d 3 5, flatten, linear") == "floats 1x24");
    CHECK(input_for(c, flat.get(), "conv1d 3 5, flatten, linear", "floats 3x8") == "floats 3x8");
    CHECK(input_for(c, picture.get(), "conv2d 3 2, flatten, linear", "floats 1x6x4") == "floats 1x6x4");
}

TEST_CASE("planes that the data do not give are told which input to state")
{
    const unique<nib_context> context = new_context();
    nib_context* const c = context.get();
    const unique<nib_dataset> flat = dataset_of(c, rows_of_24()), picture = dataset_of(c, rows_of_24({2, 3, 4}));
    CHECK(input_for(c, flat.get(), "conv2d 3 2, flatten, linear") ==
          "network, layer 0 (conv2d): gets (24): expected a picture (C, H, W) at least as large as the window, C "
          "divisible by the groups, as is the number of channels; input floats CxHxW gives one");
    says(c, "input floats CxHxW gives one");
    input_for(c, picture.get(), "conv1d 3 2, flatten, linear");
    says(c, "gets (24): expected a series (C, L)");
    input_for(c, picture.get(), "conv2d 3 2, conv2d 4 5, flatten, linear");
    says(c, "network, layer 1 (conv2d): gets (3, 2, 3): expected a picture");
    CHECK(input_for(c, flat.get(), "conv2d 3 2, flatten, linear", "floats 1x5x5") ==
          "input: floats 1x5x5: the data are rows of 24 numbers: expected floats 24");
    CHECK(
        input_for(c, flat.get(), "linear", "floats 1x0x24") ==
        "input, line 1, byte 8: width is '1x0x24': expected a whole number, 1 to 262144, or up to three such as 3x5x5");
    for (const auto& shape : {std::vector<std::int64_t>{5, 5, 0}, {4, 0, 6}, {0, 4, 6}, {24, -1, 0}}) {
        nib_table table = rows_of_24();
        std::copy(shape.begin(), shape.end(), table.row_shape);
        nib_dataset* dataset = nullptr;
        CHECK_REFUSED(c, nib_dataset_from_tables(c, &table, nullptr, nullptr, nullptr, &dataset), "row_shape");
    }
}

TEST_CASE("a file of arrays gives its planes, unless columns are left out")
{
    using namespace std::string_literals;
    const Folder folder;
    const unique<nib_context> context = new_context();
    std::string pictures = "\0\0\x08\x03\0\0\0\x14\0\0\0\4\0\0\0\5"s, labels = "\0\0\x08\x01\0\0\0\x14"s;
    for (int i = 0; i < 400; ++i) pictures += static_cast<char>(i * 7 % 251);
    for (int i = 0; i < 20; ++i) labels += static_cast<char>(i % 2);
    write(folder / "a-images-idx3-ubyte", pictures);
    write(folder / "a-labels-idx1-ubyte", labels);
    auto options = sized<nib_table_options>();
    REQUIRE(nib_table_options_default(&options) == NIB_OK);
    const auto input = [&] {
        nib_dataset* made = nullptr;
        REQUIRE(nib_dataset_load_table(context.get(), (folder / "a-images-idx3-ubyte").c_str(), &options, &made) ==
                NIB_OK);
        const unique<nib_dataset> dataset(made);
        return input_for(context.get(), made, "conv2d 3 2, flatten, linear");
    };
    CHECK(input() == "floats 1x4x5");
    const std::string path = folder / "a-images-idx3-ubyte";
    options.val_path = path.c_str();
    CHECK(input() == "floats 1x4x5");
    const char* dropped[] = {"3"};
    options.drop = dropped;
    options.drop_count = 1;
    input();
    says(context.get(), "gets (19): expected a picture");
}

TEST_CASE("a row may have as many numbers as a picture of 3 x 224 x 224, and more")
{
    const unique<nib_context> context = new_context();
    const std::vector<float> x(4 * 262144);
    const std::vector<std::int32_t> classes = {0, 1, 0, 1};
    auto table = sized<nib_table>();
    table.x = x.data();
    table.rows = 4;
    table.columns = table.row_stride = 262144;
    table.classes = classes.data();
    table.class_count = 2;
    table.borrow = 1;
    auto split = sized<nib_split_options>();
    nib_dataset* made = nullptr;
    REQUIRE(nib_dataset_from_tables(context.get(), &table, nullptr, nullptr, &split, &made) == NIB_OK);
    const unique<nib_dataset> dataset(made);
    CHECK(input_for(context.get(), made, "linear") == "floats 262144");
    CHECK(input_for(context.get(), made, "avgpool 128 stride=64, flatten, linear", "floats 1x512x512") ==
          "floats 1x512x512");
    table.columns = table.row_stride = 262145;
    CHECK_REFUSED(context.get(), nib_dataset_from_tables(context.get(), &table, nullptr, nullptr, nullptr, &made),
                  "columns is 262145");
}
