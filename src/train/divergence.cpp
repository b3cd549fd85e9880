#include "train/divergence.hpp"

#include "base/finite.hpp"
#include "train/schedule.hpp"

#include <cmath>
#include <cstdio>

namespace nib {

namespace {

// The tensor with the largest number, "hidden.0.linear.weight reaches 3e+20".
std::string largest(const Model& model)
{
    const Tensor* where = &model.layout.tensors.front();
    float most = -1;
    for (const Tensor& tensor : model.layout.tensors) {
        for (std::ptrdiff_t r = 0; r < tensor.rows; ++r) {
            for (std::ptrdiff_t c = 0; c < tensor.columns; ++c) {
                const float* at = model.at(tensor.offset + r * tensor.row_stride + c * tensor.column_stride);
                if (std::abs(*at) <= most) continue;
                most = std::abs(*at);
                where = &tensor;
            }
        }
    }
    char text[32];
    std::snprintf(text, sizeof text, " reaches %.3g", static_cast<double>(most));
    return where->name + text;
}

} // namespace

std::string not_finite(const Model& model)
{
    if (!all_finite(model.running.span())) return "the running statistics";
    if (all_finite(model.parameters.span())) return "";
    for (const Tensor& tensor : model.layout.tensors) {
        // The rows that are contiguous: those of a matrix that is stored by its columns are columns.
        const bool by_columns = tensor.column_stride != 1;
        const std::ptrdiff_t rows = by_columns ? tensor.columns : tensor.rows;
        const std::ptrdiff_t stride = by_columns ? tensor.column_stride : tensor.row_stride;
        const auto length = static_cast<std::size_t>(by_columns ? tensor.rows : tensor.columns);
        for (std::ptrdiff_t r = 0; r < rows; ++r) {
            if (!all_finite({model.at(tensor.offset + r * stride), length})) return tensor.name;
        }
    }
    return "the padding"; // which no step writes to
}

std::string likely_cause(const Model& model, const nib_train_options& options, std::int64_t step)
{
    const std::string broken = not_finite(model);
    if (step == 0)
        return broken.empty() ? "before any update, so the initial weights are too large: " + largest(model)
                              : broken + " held a number that is not finite before training";
    const bool divides = model.options.batchnorm != 0 || model.options.output_batchnorm != 0;
    if (divides && (model.options.bn_eps == 0 || model.options.bn_running == NIB_BN_RUNNING_STD))
        return "either the learning rate is too high, or a neuron had the same value for the whole batch, whose "
               "variance 0 was divided by (bn_eps 0)";
    char rate[48];
    std::snprintf(rate, sizeof rate, "a learning rate of %g", learning_rate(options, step - 1));
    return std::string("likely ") + rate +
           " is too high: " + (broken.empty() ? largest(model) : broken + " has overflowed");
}

} // namespace nib
