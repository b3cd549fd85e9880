// Models of tables: what they read, what they answer, and how good that is.
#include "net/predict.hpp"

#include "api/dataset.hpp"
#include "api/guard.hpp"
#include "api/model.hpp"
#include "base/check.hpp"
#include "net/evaluate.hpp"
#include "net/metrics.hpp"

#include <algorithm>
#include <cstdint>

using namespace nib;

namespace {

const char* text_at(const std::vector<std::string>& texts, int32_t index)
{
    check_range("index", index, 0, static_cast<std::int64_t>(texts.size()) - 1);
    return texts[static_cast<std::size_t>(index)].c_str();
}

void write_array(const std::vector<double>& values, double* to)
{
    if (to != nullptr) std::copy(values.begin(), values.end(), to);
}

} // namespace

nib_status nib_model_column(const nib_model* model, int32_t index, const char** text)
{
    return api::guard("model", model, [&] {
        api::check_pointer("text", text);
        const std::vector<Column>& columns = model->model.schema().columns;
        check_range("index", index, 0, static_cast<std::int64_t>(columns.size()) - 1);
        *text = columns[static_cast<std::size_t>(index)].name.c_str();
    });
}

nib_status nib_model_class(const nib_model* model, int32_t index, const char** text)
{
    return api::guard("model", model, [&] {
        api::check_pointer("text", text);
        *text = text_at(model->model.schema().classes, index);
    });
}

nib_status nib_model_target(const nib_model* model, int32_t index, const char** text)
{
    return api::guard("model", model, [&] {
        api::check_pointer("text", text);
        *text = text_at(model->model.schema().targets, index);
    });
}

nib_status nib_model_predict(nib_model* model, const float* x, int64_t rows, int64_t row_stride, float* y)
{
    return api::guard("model", model, [&] {
        check_range("rows", rows, 0, std::int64_t{1} << 40);
        if (rows > 0) api::check_pointer("x", x);
        if (rows > 0) api::check_pointer("y", y);
        check_range("row_stride", row_stride, model->model.schema().features(), std::int64_t{1} << 40);
        predict(model->model, x, rows, row_stride, y, model->context->threads);
    });
}

nib_status nib_model_metrics(nib_model* model, const nib_dataset* dataset, nib_split split, nib_metrics* metrics)
{
    return api::guard("model", model, [&] {
        api::check_pointer("dataset", dataset);
        check_enum("split", split, NIB_SPLIT_TEST);
        nib_metrics all = api::read_struct("metrics", metrics);
        const Model& m = model->model;
        m.schema();
        all.loss = evaluate(m, dataset->data, split, model->context->threads);
        const DataTable& table = api::table_of(dataset);
        all.examples = table.examples(split);
        Buffer<float> y(static_cast<std::size_t>(all.examples * predictions_of(m)), m.memory);
        predict(m, table, split, y.data(), model->context->threads);
        const Metrics found = metrics_of(table, split, y.data());
        all.accuracy = found.accuracy;
        all.auc = found.auc;
        all.macro_f1 = found.macro_f1;
        all.rmse = found.rmse;
        all.mae = found.mae;
        all.r2 = found.r2;
        write_array(found.confusion, all.confusion);
        write_array(found.precision, all.precision);
        write_array(found.recall, all.recall);
        write_array(found.f1, all.f1);
        api::write_struct("metrics", metrics, all);
    });
}
