#include "report_picture.hpp"

#include "base64.hpp"
#include "metrics/reader.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

namespace nib::cli {
namespace {

using Json = nlohmann::ordered_json;

// The most layers or parameters of a record: more than nib train writes, and few enough for a browser to show.
constexpr std::size_t most_parts = 1100;

template <class Part>
void check_parts(const std::vector<Part>& parts, const char* key)
{
    if (parts.size() > most_parts)
        throw NoRecord(std::string("expected up to ") + std::to_string(most_parts) + " \"" + key + "\"");
}

// Adds a histogram as bytes, 255 at its highest bin: a step of the height is half a pixel.
void add_histogram(Json& frame, const std::optional<Histogram>& histogram)
{
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    const auto& [min, max, density] = histogram ? *histogram : Histogram{none, none, {}};
    if (density.size() > NIB_HISTOGRAM_BINS) throw NoRecord("expected a \"density\" of 100 numbers");
    double peak = 0;
    for (const double bin : density) peak = std::max(peak, bin); // a comparison with NaN is false
    std::vector<unsigned char> bytes;
    for (const double bin : density) {
        const double share = std::isfinite(bin) && peak > 0 ? bin / peak : 0;
        bytes.push_back(static_cast<unsigned char>(std::lround(255 * std::clamp(share, 0.0, 1.0))));
    }
    frame["min"] = rounded(min);
    frame["max"] = rounded(max);
    frame["peak"] = rounded(peak);
    frame["bins"] = base64(bytes);
}

Json frame_of(const ActivationsRecord& layer)
{
    Json frame = {{"name", shown_text(layer.name)},        {"kind", shown_text(layer.kind)},
                  {"mean", rounded(layer.mean)},           {"std", rounded(layer.std)},
                  {"saturated", rounded(layer.saturated)}, {"dead", rounded(layer.dead)},
                  {"units", rounded(layer.units)}};
    add_histogram(frame, layer.histogram);
    return frame;
}

Json frame_of(const GradientsRecord& layer)
{
    Json frame = {{"name", shown_text(layer.name)},
                  {"kind", shown_text(layer.kind)},
                  {"mean", rounded(layer.mean)},
                  {"std", rounded(layer.std)}};
    add_histogram(frame, layer.histogram);
    return frame;
}

Json frame_of(const ParameterRecord& parameter)
{
    Json frame = {{"name", shown_text(parameter.name)},
                  {"mean", rounded(parameter.gradient_mean)},
                  {"std", rounded(parameter.gradient_std)},
                  {"grad_data", rounded(parameter.grad_data)}};
    add_histogram(frame, parameter.histogram);
    return frame;
}

// Only weight matrices, as in the lecture: a bias or a gain of batch normalisation changes differently.
bool is_matrix(const ParameterRecord& parameter)
{
    const std::vector<std::int64_t>& shape = parameter.shape;
    return shape.size() == 2 && shape[0] != 1 && shape[1] != 1;
}

} // namespace

Json rounded(double x, int digits)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.*g", digits, x);
    return std::isfinite(x) ? Json(std::strtod(text, nullptr)) : Json();
}

double number_of(std::int64_t step)
{
    return step >= 0 ? static_cast<double>(step) : std::numeric_limits<double>::quiet_NaN();
}

Json shown_step(std::int64_t step) { return rounded(number_of(step), 16); }

Json shown_text(const std::string& text) { return !text.empty() ? Json(text.substr(0, most_text)) : Json(); }

void check_size(const StatisticsRecord& record)
{
    check_parts(record.activations, "activations");
    check_parts(record.gradients, "gradients");
    check_parts(record.parameters, "parameters");
}

Json picture_of(const StatisticsRecord& record)
{
    check_size(record);
    Json picture = {{"step", shown_step(record.step)},
                    {"activations", Json::array()},
                    {"gradients", Json::array()},
                    {"weights", Json::array()}};
    for (const ActivationsRecord& layer : record.activations) picture["activations"].push_back(frame_of(layer));
    for (const GradientsRecord& layer : record.gradients) picture["gradients"].push_back(frame_of(layer));
    for (const ParameterRecord& parameter : record.parameters)
        if (is_matrix(parameter)) picture["weights"].push_back(frame_of(parameter));
    return picture;
}

void add_update_data(Json& curves, const StatisticsRecord& record)
{
    Json names = Json::array(), values = Json::array();
    for (const ParameterRecord& parameter : record.parameters) {
        if (!is_matrix(parameter)) continue;
        names.push_back(shown_text(parameter.name));
        values.push_back(rounded(parameter.update_data));
    }
    curves["names"] = std::move(names);
    curves["steps"].push_back(shown_step(record.step));
    curves["values"].push_back(std::move(values));
}

void add_saturated(Json& curves, const StatisticsRecord& record)
{
    Json names = Json::array(), kinds = Json::array(), values = Json::array();
    for (const ActivationsRecord& layer : record.activations) {
        names.push_back(shown_text(layer.name));
        kinds.push_back(shown_text(layer.kind));
        values.push_back(rounded(layer.saturated));
    }
    curves["names"] = std::move(names);
    curves["kinds"] = std::move(kinds);
    curves["steps"].push_back(shown_step(record.step));
    curves["values"].push_back(std::move(values));
}

void add_gradient_norm(Json& points, const StatisticsRecord& record)
{
    double squares = 0;
    for (const ParameterRecord& parameter : record.parameters) {
        if (!is_matrix(parameter)) continue;
        const double count = static_cast<double>(parameter.shape[0]) * static_cast<double>(parameter.shape[1]);
        squares += count * (parameter.gradient_std * parameter.gradient_std +
                            parameter.gradient_mean * parameter.gradient_mean);
    }
    if (squares != 0) points.push_back({shown_step(record.step), rounded(std::sqrt(squares))});
}

} // namespace nib::cli
