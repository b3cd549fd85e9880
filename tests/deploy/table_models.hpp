// Models of tables to fold, trained for some steps.
#pragma once

#include "deploy/fold.hpp"
#include "deploy/folded.hpp"
#include "models.hpp"
#include "one_step.hpp"
#include "tables.hpp"
#include "train/trainer.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace nib::test {

struct TableModel {
    TableModel(Dataset table, const std::string& network, const std::string& loss = "")
        : data(std::move(table)), model(new_model(table_spec(network, loss), data))
    {
        nib_train_options o = training_with(NIB_ADAMW, 32, 1e-2);
        o.steps = 60;
        Trainer(model, data, o, 1, heap()).run(o.steps, nullptr);
    }

    Folded fold(const FoldAs& as = {}) const { return Folded(nib::fold(model, heap(), as), "test", heap()); }

    // Rows of the training split in their order, repeated.
    std::vector<float> rows(std::size_t count) const
    {
        const DataTable& table = *data.table();
        std::vector<float> x;
        for (std::size_t i = 0; i < count; ++i) {
            const float* row =
                table.row(NIB_SPLIT_TRAIN, static_cast<std::uint32_t>(i % table.examples(NIB_SPLIT_TRAIN)));
            x.insert(x.end(), row, row + table.features());
        }
        return x;
    }

    Dataset data;
    Model model;
};

// One model for each kind of prediction; together they have every operation that a table can have.
inline std::vector<std::string> table_model_names() { return {"classes", "two classes", "numbers", "no linear"}; }

inline TableModel table_model(const std::string& name)
{
    if (name == "classes")
        return {
            clouds(3, 300),
            "standardize, linear 21, batchnorm, relu, residual(layernorm, linear 37, gelu, linear 21 | rmsnorm, linear "
            "21), softplus, linear"};
    if (name == "two classes") return {clouds(2, 200), "standardize, linear 16, tanh, linear", "logistic"};
    if (name == "numbers") return {curve(300, 10, 300), "standardize, linear 17, batchnorm, tanh, linear, unscale"};
    return {clouds(2, 200), "batchnorm, residual(batchnorm), tanh"};
}

// The largest difference of two arrays, divided by the largest number or 1.
inline double largest_difference(const std::vector<float>& a, const std::vector<float>& b)
{
    double difference = 0, largest = 1;
    for (std::size_t i = 0; i < a.size(); ++i) {
        largest = std::max(largest, std::fabs(double{a[i]}));
        const double apart = std::fabs(double{a[i]} - double{b[i]});
        if (!(apart <= difference)) difference = apart;
    }
    return difference / largest;
}

} // namespace nib::test
