// Converts parts of a record to the form that the report's page gets.
#pragma once

#include "metrics/schema.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace nib::cli {

// A longer text is cut. The longest item has 4,096 symbols of four bytes.
inline constexpr std::size_t most_text = 20000;

// Rounds to the digits that are shown. NaN becomes null.
nlohmann::ordered_json rounded(double x, int digits = 5);

// NaN, and null, if the record has none.
double number_of(std::int64_t step);
nlohmann::ordered_json shown_step(std::int64_t step);

// The text, cut after most_text bytes; null if there is none.
nlohmann::ordered_json shown_text(const std::string& text);

// Throws NoRecord if the record has more than the page could show.
void check_size(const StatisticsRecord& record);

// The histograms and figures of a step: "step", and "activations", "gradients" and "weights" by layer. Throws NoRecord
// as check_size does.
nlohmann::ordered_json picture_of(const StatisticsRecord& record);

// Adds a step to curves: "names" of the weight matrices, "steps", and "values" by step and matrix.
void add_update_data(nlohmann::ordered_json& curves, const StatisticsRecord& record);

// The same for the saturated shares of layers, with their "kinds".
void add_saturated(nlohmann::ordered_json& curves, const StatisticsRecord& record);

// Adds the point of a step: the norm of the gradients of all weight matrices together; null if they are not finite.
void add_gradient_norm(nlohmann::ordered_json& points, const StatisticsRecord& record);

} // namespace nib::cli
