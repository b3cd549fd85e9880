// Small tables for the tests of net/ and train/.
#pragma once

#include "io/dataset.hpp"
#include "models.hpp"
#include "numbers.hpp"

#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace nib::test {

// The rows in their order, 8 of 10 for training and one each for the other splits.
inline Dataset table_of(Schema schema, TableRows rows)
{
    for (std::size_t i = 0; i < schema.columns.size(); ++i) schema.columns[i].place = static_cast<std::ptrdiff_t>(i);
    for (std::size_t i = 0; i < schema.targets.size(); ++i)
        schema.target_places.push_back(static_cast<std::ptrdiff_t>(schema.columns.size() + i));
    schema.table_columns = static_cast<std::ptrdiff_t>(schema.columns.size() + schema.targets.size());
    const auto n = static_cast<std::size_t>(rows.rows), train = n * 8 / 10, val = n / 10;
    std::array<Buffer<std::uint32_t>, 3> orders = {Buffer<std::uint32_t>(train, heap()),
                                                   Buffer<std::uint32_t>(val, heap()),
                                                   Buffer<std::uint32_t>(n - train - val, heap())};
    for (std::size_t i = 0; i < n; ++i) {
        const std::size_t split = i < train ? 0 : i < train + val ? 1 : 2;
        const std::size_t first = split == 0 ? 0 : split == 1 ? train : train + val;
        orders[split][i - first] = static_cast<std::uint32_t>(i);
    }
    const auto targets = static_cast<std::ptrdiff_t>(schema.task == Task::numbers ? schema.targets.size() : 0);
    const TableView view = view_of(rows, targets);
    return Dataset(DataTable(std::move(schema), cut(std::move(rows), view, std::move(orders))));
}

inline TableRows empty_rows(std::size_t rows, std::size_t features)
{
    TableRows made;
    made.rows = static_cast<std::ptrdiff_t>(rows);
    made.features = static_cast<std::ptrdiff_t>(features);
    made.x = Buffer<float>(rows * features, heap());
    return made;
}

// Points around the corners of a polygon, with a much larger unit in one direction.
inline Dataset clouds(std::int32_t classes, std::size_t rows, bool is_weighted = false)
{
    Numbers numbers(static_cast<std::uint32_t>(rows));
    TableRows made = empty_rows(rows, 2);
    made.classes = Buffer<std::int32_t>(rows, heap());
    if (is_weighted) made.weights = Buffer<float>(rows, heap());
    for (std::size_t i = 0; i < rows; ++i) {
        const std::int32_t c = numbers.between(0, classes - 1);
        const double angle = 6.283185307179586 * c / classes;
        made.classes[i] = c;
        made.x[2 * i] = 1000.0f * (static_cast<float>(std::cos(angle)) + numbers(0.5f));
        made.x[2 * i + 1] = static_cast<float>(std::sin(angle)) + numbers(0.5f);
        if (is_weighted) made.weights[i] = static_cast<float>(numbers.between(1, 3));
    }
    Schema schema;
    schema.columns.resize(2);
    schema.columns[0].name = std::string(1, 'x');
    schema.columns[1].name = std::string(1, 'y');
    schema.targets = {"class"};
    for (std::int32_t c = 0; c < classes; ++c) schema.classes.push_back(std::string("c").append(std::to_string(c)));
    return table_of(std::move(schema), std::move(made));
}

// y = offset + scale sin(x), beside a column that never changes.
inline Dataset curve(std::size_t rows, float offset, float scale)
{
    Numbers numbers(3);
    TableRows made = empty_rows(rows, 2);
    made.targets = Buffer<float>(rows, heap());
    for (std::size_t i = 0; i < rows; ++i) {
        made.x[2 * i] = numbers(3.0f);
        made.x[2 * i + 1] = 3.0f;
        made.targets[i] = offset + scale * static_cast<float>(std::sin(double{made.x[2 * i]}));
    }
    Schema schema;
    schema.columns.resize(2);
    schema.task = Task::numbers;
    schema.targets = {""};
    return table_of(std::move(schema), std::move(made));
}

// One number, and two classes in turn, the first with more rows.
inline Dataset unbalanced(std::size_t first, std::size_t second)
{
    Numbers numbers(5);
    const std::size_t rows = first + second;
    TableRows made = empty_rows(rows, 1);
    made.classes = Buffer<std::int32_t>(rows, heap());
    for (std::size_t i = 0; i < rows; ++i) {
        made.classes[i] = (i * second) % rows < second ? 1 : 0;
        made.x[i] = numbers();
    }
    Schema schema;
    schema.columns.resize(1);
    schema.targets = {""};
    schema.classes = {"no", "yes"};
    return table_of(std::move(schema), std::move(made));
}

// Two numbers, two classes.
inline Dataset square_table() { return clouds(2, 50); }

inline ModelSpec table_spec(const std::string& network, const std::string& loss, const std::string& input = "floats")
{
    nib_model_options options = initial_model_options();
    options.network = network.c_str();
    options.input = input.c_str();
    options.loss = loss.c_str();
    return spec_of(options);
}

} // namespace nib::test
