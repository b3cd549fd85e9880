// One step over planes against PyTorch: the loss and the gradient of every parameter.
#include "catch.hpp"
#include "goldens.hpp"
#include "one_step.hpp"
#include "tables.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

using namespace nib;
using namespace nib::test;

namespace {

// The golden is computed in double: this is the rounding of floats, of which 1.5e-7 was seen.
constexpr double tolerance = 2e-6;

// The golden's rows, all of them for training.
Dataset rows_of(const std::string& shape)
{
    const Json& all = golden("planes.json");
    const auto rows = all.at("rows").at(shape).get<std::vector<std::vector<float>>>();
    const auto targets = all.at("targets").get<std::vector<std::int32_t>>();
    std::array<TablePart, 3> parts;
    TableRows& owned = parts[0].owned = empty_rows(rows.size(), rows.front().size());
    owned.classes = Buffer<std::int32_t>(targets.size(), heap());
    std::copy(targets.begin(), targets.end(), owned.classes.begin());
    for (std::size_t i = 0; i < rows.size(); ++i)
        std::copy(rows[i].begin(), rows[i].end(), owned.x.data() + i * rows[i].size());
    parts[0].view = view_of(owned, 0);
    Schema schema;
    schema.columns.resize(rows.front().size());
    for (std::size_t i = 0; i < schema.columns.size(); ++i) schema.columns[i].place = static_cast<std::ptrdiff_t>(i);
    schema.targets = {""};
    schema.target_places = {static_cast<std::ptrdiff_t>(schema.columns.size())};
    schema.table_columns = static_cast<std::ptrdiff_t>(schema.columns.size()) + 1;
    schema.classes = {"0", "1", "2"};
    return Dataset(DataTable(std::move(schema), std::move(parts)));
}

Model model_of(const Json& golden_case, const Dataset& data)
{
    Model model = new_model(spec_of(model_options(golden_case.at("model"))), data);
    const Json& parameters = golden("planes.json").at("parameters").at(golden_case.at("parameters").get<std::size_t>());
    CHECK(parameters.size() == model.layout.tensors.size());
    for (const Tensor& tensor : model.layout.tensors) {
        const auto values = parameters.at(tensor.name).get<std::vector<float>>();
        REQUIRE(values.size() == static_cast<std::size_t>(tensor.rows * tensor.columns));
        write_tensor(tensor, values.data(), model.parameters.data());
    }
    return model;
}

double largest_error(const Tensor& tensor, const float* arena, const std::vector<double>& expected)
{
    std::vector<float> got(expected.size());
    read_tensor(tensor, arena, got.data());
    double largest = 0;
    for (std::size_t i = 0; i < got.size(); ++i) largest = std::max(largest, std::abs(double{got[i]} - expected[i]));
    return largest;
}

} // namespace

TEST_CASE("convolutions of every stride, padding, dilation and groups, pools and norms have PyTorch's gradients")
{
    const Json& cases = golden("planes.json").at("cases");
    CHECK(cases.size() == 95);
    for (const Json& each : cases) {
        const auto& options = each.at("model");
        CAPTURE(options.at("network").get<std::string>());
        const Dataset data = rows_of(options.at("input").get<std::string>().substr(std::string("floats ").size()));
        Model model = model_of(each, data);
        const Gradients found = next_gradients(model, data, 3);
        CHECK(std::abs(double{found.loss} - each.at("loss").get<double>()) < tolerance);
        for (const Tensor& tensor : model.layout.tensors) {
            INFO(tensor.name);
            const auto expected = each.at("gradients").at(tensor.name).get<std::vector<double>>();
            CHECK(largest_error(tensor, found.arena.data(), expected) < tolerance);
        }
    }
}
