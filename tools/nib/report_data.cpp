#include "report_data.hpp"

#include "base64.hpp"
#include "failure.hpp"
#include "metrics_reader.hpp"
#include "thin.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ios>
#include <limits>
#include <utility>
#include <vector>

namespace nib::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t most_maps_bytes = 400'000; // of the saturation maps: those of 60 layers of 256 units and 128 rows
constexpr std::size_t most_frames = 120;         // steps of the slider: on a phone, a third of a millimetre each
constexpr std::size_t most_points = 400;         // of a curve that has no noise worth showing
constexpr std::size_t most_samples = 50;

// What is kept of the file. A record of statistics has 10 kB and more, and there may be thousands: only where each
// begins is noted, and those that are shown are read again.
struct Records {
    Json run = Json::object();
    std::vector<Point> losses, rates;
    std::vector<std::streamoff> stats, histograms; // all, and those with histograms
    Json saturation = Json::array(), evaluations = Json::array(), samples = Json::array(), diverged, seconds;
};

double number(const Json& object, const char* key)
{
    const auto found = object.find(key);
    return found != object.end() && found->is_number() ? found->get<double>()
                                                       : std::numeric_limits<double>::quiet_NaN();
}

Json value(const Json& object, const char* key)
{
    const auto found = object.find(key);
    return found != object.end() ? *found : Json();
}

Json array(const Json& object, const char* key)
{
    Json found = value(object, key);
    return found.is_array() ? found : Json::array();
}

// With the digits that are shown. NaN becomes null.
Json rounded(double x, int digits = 5)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.*g", digits, x);
    return std::isfinite(x) ? Json(std::strtod(text, nullptr)) : Json();
}

void keep(Records& records, const Json& record)
{
    const Json type = value(record, "type");
    const double step = number(record, "step");
    if (type == "run") records.run = record;
    if (type == "step") {
        records.losses.push_back({step, number(record, "loss")});
        records.rates.push_back({step, number(record, "learning_rate")});
    }
    if (type == "saturation") records.saturation.push_back(record);
    if (type == "evaluation") records.evaluations.push_back(record);
    if (type == "samples") records.samples = array(record, "items");
    if (type == "diverged") records.diverged = record;
    if (type == "end") records.seconds = value(record, "seconds");
}

Records read_records(MetricsReader& reader)
{
    Records records;
    while (reader.next()) {
        const std::string& line = reader.line();
        if (line.find("\"type\":\"stats\"") != std::string::npos) {
            records.stats.push_back(reader.offset());
            if (line.find("\"histogram\":") != std::string::npos) records.histograms.push_back(reader.offset());
            continue;
        }
        const Json record = Json::parse(line, nullptr, false);
        if (!record.is_object()) reader.damaged("not a JSON object");
        keep(records, record);
    }
    return records;
}

// A histogram as bytes, 255 at its highest bin: a step of the height is half a pixel.
void add_histogram(Json& frame, const Json& histogram)
{
    double peak = 0;
    const Json density = array(histogram, "density");
    for (const Json& bin : density)
        if (bin.is_number()) peak = std::max(peak, bin.get<double>());
    std::vector<unsigned char> bytes;
    for (const Json& bin : density) {
        const double share = bin.is_number() && peak > 0 ? bin.get<double>() / peak : 0;
        bytes.push_back(static_cast<unsigned char>(std::lround(255 * std::clamp(share, 0.0, 1.0))));
    }
    frame["min"] = rounded(number(histogram, "min"));
    frame["max"] = rounded(number(histogram, "max"));
    frame["peak"] = rounded(peak);
    frame["bins"] = base64(bytes);
}

// figures: names in the record, and in the frame.
Json frame_of(const Json& tensor, const std::vector<std::pair<const char*, const char*>>& figures)
{
    Json frame;
    frame["name"] = value(tensor, "name");
    if (tensor.contains("kind")) frame["kind"] = tensor["kind"];
    for (const auto& [from, to] : figures) frame[to] = rounded(number(tensor, from));
    add_histogram(frame, value(tensor, "histogram"));
    return frame;
}

// Weight matrices alone, as in the lecture: a bias or a gain of batch normalisation moves by other laws.
bool is_matrix(const Json& parameter)
{
    const Json shape = array(parameter, "shape");
    return shape.size() == 2 && shape[0] != 1 && shape[1] != 1;
}

Json picture_of(const Json& record)
{
    Json picture;
    picture["step"] = value(record, "step");
    for (const char* key : {"activations", "gradients", "weights"}) picture[key] = Json::array();
    for (const Json& layer : array(record, "activations")) {
        picture["activations"].push_back(frame_of(
            layer,
            {{"mean", "mean"}, {"std", "std"}, {"saturated", "saturated"}, {"dead", "dead"}, {"units", "units"}}));
    }
    for (const Json& layer : array(record, "gradients"))
        picture["gradients"].push_back(frame_of(layer, {{"mean", "mean"}, {"std", "std"}}));
    for (const Json& parameter : array(record, "parameters")) {
        if (!is_matrix(parameter)) continue;
        picture["weights"].push_back(
            frame_of(parameter, {{"gradient_mean", "mean"}, {"gradient_std", "std"}, {"grad_data", "grad_data"}}));
    }
    return picture;
}

void add_update_data(Json& curves, const Json& record)
{
    Json names = Json::array(), values = Json::array();
    for (const Json& parameter : array(record, "parameters")) {
        if (!is_matrix(parameter)) continue;
        names.push_back(value(parameter, "name"));
        values.push_back(rounded(number(parameter, "update_data")));
    }
    curves["names"] = std::move(names);
    curves["steps"].push_back(value(record, "step"));
    curves["values"].push_back(std::move(values));
}

Json stats_at(MetricsReader& reader, std::streamoff offset, const std::string& folder)
{
    Json record = Json::parse(reader.line_at(offset), nullptr, false);
    if (!record.is_object())
        throw Failure(metrics_path(folder) + ": the record at byte " + std::to_string(offset) +
                      " is not a JSON object");
    return record;
}

void add_stats(Json& run, MetricsReader& reader, const Records& records, std::size_t picture_bytes,
               const std::string& folder)
{
    run["pictures"] = Json::array();
    run["update_data"] = {{"names", Json::array()}, {"steps", Json::array()}, {"values", Json::array()}};
    for (const std::size_t index : chosen(records.stats.size(), most_points))
        add_update_data(run["update_data"], stats_at(reader, records.stats[index], folder));
    if (records.histograms.empty()) return;
    const std::size_t bytes = picture_of(stats_at(reader, records.histograms.front(), folder)).dump().size();
    const std::size_t count = std::clamp<std::size_t>(picture_bytes / bytes, 2, most_frames);
    for (const std::size_t index : chosen(records.histograms.size(), count))
        run["pictures"].push_back(picture_of(stats_at(reader, records.histograms[index], folder)));
}

Json points_of(const std::vector<Point>& points)
{
    Json result = Json::array();
    for (const Point& point : points) result.push_back({point.x, rounded(point.y, 7)});
    return result;
}

// The maps that fit: those of a step and layer that do not are left out, and counted.
void add_saturation(Json& run, const Json& maps)
{
    run["saturation"] = Json::array();
    std::size_t bytes = 0, left_out = 0;
    for (const Json& map : maps) {
        const std::size_t size = map.dump().size();
        if (bytes + size > most_maps_bytes) {
            ++left_out;
            continue;
        }
        bytes += size;
        run["saturation"].push_back(map);
    }
    run["saturation_left_out"] = left_out;
}

} // namespace

Json read_run(const std::string& folder, std::size_t picture_bytes)
{
    MetricsReader reader(folder);
    Records records = read_records(reader);

    Json run;
    run["run"] = records.run;
    if (run["run"].contains("data")) run["run"]["data"].erase("path"); // of this machine, where a page may go elsewhere
    run["loss"] = points_of(envelope(records.losses));
    run["smoothed_loss"] = points_of(smoothed(records.losses));
    run["learning_rate"] = points_of(evenly(records.rates, most_points));
    add_stats(run, reader, records, picture_bytes, folder);
    add_saturation(run, records.saturation);
    run["evaluations"] = records.evaluations;
    if (records.samples.size() > most_samples)
        records.samples.erase(records.samples.begin() + most_samples, records.samples.end());
    run["samples"] = records.samples;
    run["diverged"] = records.diverged;
    run["seconds"] = records.seconds;
    return run;
}

} // namespace nib::cli
