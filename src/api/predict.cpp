// Models of tables: their columns, their predictions, and the quality of these.
#include "net/predict.hpp"

#include "api/dataset.hpp"
#include "api/folded.hpp"
#include "api/guard.hpp"
#include "api/model.hpp"
#include "base/check.hpp"
#include "deploy/evaluate_folded.hpp"
#include "deploy/predict_folded.hpp"
#include "net/evaluate.hpp"
#include "net/metrics.hpp"

#include <algorithm>
#include <cstdint>

using namespace nib;

namespace {

void give_text(const std::vector<std::string>& texts, int32_t index, const char** text)
{
    api::check_pointer("text", text);
    check_range("index", index, 0, static_cast<std::int64_t>(texts.size()) - 1);
    *text = texts[static_cast<std::size_t>(index)].c_str();
}

void give_column(const Schema& schema, int32_t index, const char** text)
{
    api::check_pointer("text", text);
    check_range("index", index, 0, static_cast<std::int64_t>(schema.columns.size()) - 1);
    *text = schema.columns[static_cast<std::size_t>(index)].name.c_str();
}

void check_rows(const Schema& schema, const float* x, int64_t rows, int64_t row_stride, const float* y)
{
    check_range("rows", rows, 0, std::int64_t{1} << 40);
    if (rows > 0) api::check_pointer("x", x);
    if (rows > 0) api::check_pointer("y", y);
    check_range("row_stride", row_stride, schema.features(), std::int64_t{1} << 40);
}

void write_array(const std::vector<double>& values, double* to)
{
    if (to != nullptr) std::copy(values.begin(), values.end(), to);
}

const Model& subject(const nib_model& handle) { return handle.model; }
const Folded& subject(const nib_folded& handle) { return handle.folded; }

// Computes the metrics of a model or of a folded one. Until check_enum has checked `split`, it may hold no value of its
// type, and must not be copied.
template <class Handle>
void give_metrics(const Handle& handle, const nib_dataset* dataset, const nib_split& split, nib_metrics* metrics)
{
    api::check_pointer("dataset", dataset);
    check_enum("split", split, NIB_SPLIT_TEST);
    nib_metrics all = api::read_struct("metrics", metrics);
    const auto& of = subject(handle);
    of.schema();
    all.loss = evaluate(of, dataset->data, split, handle.context->threads);
    const DataTable& table = *dataset->data.table();
    all.examples = table.examples(split);
    Buffer<float> y(static_cast<std::size_t>(all.examples * predictions_of(of)), handle.context->memory);
    predict(of, dataset->data, split, y.data(), handle.context->threads);
    const Metrics found = metrics_of(table, split, y.data(), all.confusion != nullptr);
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
}

} // namespace

nib_status nib_model_column(const nib_model* model, int32_t index, const char** text)
{
    return api::guard("model", model, [&] { give_column(model->model.schema(), index, text); });
}

nib_status nib_model_class(const nib_model* model, int32_t index, const char** text)
{
    return api::guard("model", model, [&] { give_text(model->model.schema().classes, index, text); });
}

nib_status nib_model_target(const nib_model* model, int32_t index, const char** text)
{
    return api::guard("model", model, [&] { give_text(model->model.schema().targets, index, text); });
}

nib_status nib_folded_column(const nib_folded* folded, int32_t index, const char** text)
{
    return api::guard("folded", folded, [&] { give_column(folded->folded.schema(), index, text); });
}

nib_status nib_folded_class(const nib_folded* folded, int32_t index, const char** text)
{
    return api::guard("folded", folded, [&] { give_text(folded->folded.schema().classes, index, text); });
}

nib_status nib_folded_target(const nib_folded* folded, int32_t index, const char** text)
{
    return api::guard("folded", folded, [&] { give_text(folded->folded.schema().targets, index, text); });
}

nib_status nib_model_predict(nib_model* model, const float* x, int64_t rows, int64_t row_stride, float* y)
{
    return api::guard("model", model, [&] {
        check_rows(model->model.schema(), x, rows, row_stride, y);
        if (!model->predictor) model->predictor.emplace(model->model);
        (*model->predictor)(x, rows, row_stride, y, model->context->threads);
    });
}

nib_status nib_folded_predict(nib_folded* folded, const float* x, int64_t rows, int64_t row_stride, float* y)
{
    return api::guard("folded", folded, [&] {
        check_rows(folded->folded.schema(), x, rows, row_stride, y);
        predict(folded->folded, x, rows, row_stride, y, folded->context->threads);
    });
}

nib_status nib_model_metrics(nib_model* model, const nib_dataset* dataset, nib_split split, nib_metrics* metrics)
{
    return api::guard("model", model, [&] { give_metrics(*model, dataset, split, metrics); });
}

nib_status nib_folded_metrics(nib_folded* folded, const nib_dataset* dataset, nib_split split, nib_metrics* metrics)
{
    return api::guard("folded", folded, [&] { give_metrics(*folded, dataset, split, metrics); });
}
