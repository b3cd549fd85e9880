#include "report_data.hpp"

#include "base64.hpp"
#include "checkup.hpp"
#include "choice.hpp"
#include "metrics_reader.hpp"
#include "run_metrics.hpp"
#include "thin.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ios>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace nib::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t most_maps_bytes = 400'000; // of the saturation maps: those of 60 layers of 256 units and 128 rows
constexpr std::size_t most_frames = 120;         // steps of the slider: on a phone, a third of a millimetre each
constexpr std::size_t most_points = 400;         // of a curve that has no noise worth showing
constexpr std::size_t most_samples = 50;

// Of what a file of anyone's may hold, so that the page stays one that a browser can show. All is far above what nib
// train writes.
constexpr std::size_t most_run_bytes = 65536; // of the record of the run
constexpr std::size_t most_parts = 1100;      // layers or parameters of a record
constexpr std::size_t most_text = 20000;      // bytes; the longest item has 4,096 symbols of four

// What is kept of the file. A record of statistics has 10 kB and more, and there may be thousands: only where each
// begins is noted, and those that are shown are read again.
struct Records {
    Json run = Json::object();
    std::vector<Point> losses, rates;
    std::vector<std::streamoff> stats, histograms; // all, and those with histograms
    std::size_t picture_bytes = 1;                 // of the largest one
    Json saturation = Json::array();
    std::size_t saturation_bytes = 0, saturation_left_out = 0;
    Json evaluation, samples = Json::array(), diverged, seconds;
    std::optional<RunMetrics> figures = RunMetrics(); // none once a record is not what the doctor can judge
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

// Cut where it is longer than anything that nib writes.
Json text(const Json& object, const char* key)
{
    const Json found = value(object, key);
    return found.is_string() ? Json(found.get<std::string>().substr(0, most_text)) : Json();
}

// NaN where there is none.
double step_of(const Json& record)
{
    const double step = number(record, "step");
    if (step < 0 || step > most_steps) throw NoRecord("expected a \"step\" from 0 to 2^53");
    return step;
}

Json parts(const Json& record, const char* key)
{
    Json found = array(record, key);
    if (found.size() > most_parts)
        throw NoRecord(std::string("expected up to ") + std::to_string(most_parts) + " \"" + key + "\"");
    return found;
}

// A histogram as bytes, 255 at its highest bin: a step of the height is half a pixel.
void add_histogram(Json& frame, const Json& histogram)
{
    double peak = 0;
    const Json density = array(histogram, "density");
    if (density.size() > NIB_HISTOGRAM_BINS) throw NoRecord("expected a \"density\" of 100 numbers");
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
    frame["name"] = text(tensor, "name");
    if (tensor.contains("kind")) frame["kind"] = text(tensor, "kind");
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
    picture["step"] = rounded(step_of(record), 16);
    for (const char* key : {"activations", "gradients", "weights"}) picture[key] = Json::array();
    for (const Json& layer : parts(record, "activations")) {
        picture["activations"].push_back(frame_of(
            layer,
            {{"mean", "mean"}, {"std", "std"}, {"saturated", "saturated"}, {"dead", "dead"}, {"units", "units"}}));
    }
    for (const Json& layer : parts(record, "gradients"))
        picture["gradients"].push_back(frame_of(layer, {{"mean", "mean"}, {"std", "std"}}));
    for (const Json& parameter : parts(record, "parameters")) {
        if (!is_matrix(parameter)) continue;
        picture["weights"].push_back(
            frame_of(parameter, {{"gradient_mean", "mean"}, {"gradient_std", "std"}, {"grad_data", "grad_data"}}));
    }
    return picture;
}

void add_update_data(Json& curves, const Json& record)
{
    Json names = Json::array(), values = Json::array();
    for (const Json& parameter : parts(record, "parameters")) {
        if (!is_matrix(parameter)) continue;
        names.push_back(text(parameter, "name"));
        values.push_back(rounded(number(parameter, "update_data")));
    }
    curves["names"] = std::move(names);
    curves["steps"].push_back(rounded(step_of(record), 16));
    curves["values"].push_back(std::move(values));
}

void add_stats(Json& run, MetricsReader& reader, const Records& records, std::size_t picture_bytes)
{
    run["pictures"] = Json::array();
    run["update_data"] = {{"names", Json::array()}, {"steps", Json::array()}, {"values", Json::array()}};
    for (const std::size_t index : chosen(records.stats.size(), most_points))
        add_update_data(run["update_data"], reader.record_at(records.stats[index]));
    const std::size_t count = std::clamp<std::size_t>(picture_bytes / records.picture_bytes, 2, most_frames);
    for (const std::size_t index : chosen(records.histograms.size(), count))
        run["pictures"].push_back(picture_of(reader.record_at(records.histograms[index])));
}

Json points_of(const std::vector<Point>& points)
{
    Json result = Json::array();
    for (const Point& point : points) result.push_back({point.x, rounded(point.y, 7)});
    return result;
}

// The maps that fit: those of a step and layer that do not are left out, and counted.
void keep_saturation(Records& records, const Json& record)
{
    const Json bits = value(record, "bits");
    const double units = number(record, "units"), rows = number(record, "rows");
    const double bytes = std::ceil(units * rows / 8);
    const bool whole = units >= 1 && rows >= 1 && units == std::floor(units) && rows == std::floor(rows);
    const std::size_t size = bits.is_string() ? bits.get_ref<const std::string&>().size() : 0;
    if (records.saturation_bytes + size > most_maps_bytes) {
        ++records.saturation_left_out;
        return;
    }
    if (!whole || static_cast<double>(size) != 4 * std::ceil(bytes / 3))
        throw NoRecord("expected the base64 of \"units\" x \"rows\" bits as \"bits\"");
    records.saturation_bytes += size;
    records.saturation.push_back({{"step", rounded(step_of(record), 16)},
                                  {"layer", text(record, "layer")},
                                  {"units", units},
                                  {"rows", rows},
                                  {"bits", bits}});
}

void keep_samples(Records& records, const Json& record)
{
    records.samples = Json::array();
    for (const Json& item : array(record, "items"))
        if (item.is_string() && records.samples.size() < most_samples)
            records.samples.push_back(item.get<std::string>().substr(0, most_text));
}

void keep_stats(Records& records, const Json& record, const MetricsReader& reader)
{
    records.stats.push_back(reader.offset());
    Json curves;
    add_update_data(curves, record); // what is wrong with it is said with the number of the line
    if (reader.line().find("\"histogram\":") == std::string_view::npos) return;
    records.histograms.push_back(reader.offset());
    records.picture_bytes =
        std::max(records.picture_bytes, picture_of(record).dump(-1, ' ', false, Json::error_handler_t::replace).size());
}

void keep(Records& records, const Json& record, const MetricsReader& reader)
{
    const Json type = value(record, "type");
    const double step = step_of(record);
    if (type == "run") {
        if (reader.line().size() > most_run_bytes) throw NoRecord("expected up to 64 KiB as the record of a run");
        records.run = record;
    }
    if (type == "step") {
        records.losses.push_back({step, number(record, "loss")});
        records.rates.push_back({step, number(record, "learning_rate")});
    }
    if (type == "stats") keep_stats(records, record, reader);
    if (type == "saturation") keep_saturation(records, record);
    if (type == "evaluation")
        records.evaluation = {{"train", rounded(number(record, "train"), 17)},
                              {"val", rounded(number(record, "val"), 17)}};
    if (type == "samples") keep_samples(records, record);
    if (type == "diverged") records.diverged = {{"step", rounded(step, 16)}, {"message", text(record, "message")}};
    if (type == "end") records.seconds = rounded(number(record, "seconds"), 17);
}

Records read_records(MetricsReader& reader)
{
    Records records;
    while (reader.next()) {
        const Json record = reader.record();
        try {
            keep(records, record, reader);
        } catch (const NoRecord& failure) {
            reader.damaged(failure.what());
        }
        try {
            if (records.figures) add_record(*records.figures, record);
        } catch (const NoRecord&) {
            records.figures.reset();
        }
    }
    return records;
}

constexpr const char* health_words[] = {"good", "bad", "unknown"};

// None of a run that the doctor cannot judge: the page shows what there is.
Json checks_of(const std::optional<RunMetrics>& figures)
{
    Json checks = Json::array();
    if (!figures || figures->steps == 0) return checks;
    for (const Verdict& each : check_up(*figures)) {
        checks.push_back({{"check", each.check},
                          {"health", name_of(health_words, each.health)},
                          {"measured", each.measured},
                          {"healthy", each.healthy},
                          {"advice", each.advice}});
    }
    return checks;
}

} // namespace

Json read_run(const std::string& folder, std::size_t picture_bytes)
{
    MetricsReader reader(metrics_path(folder));
    const Records records = read_records(reader);

    Json run;
    run["run"] = records.run;
    const auto data = run["run"].find("data");
    if (data != run["run"].end() && data->is_object()) data->erase("path"); // the page may go to another machine
    run["checks"] = checks_of(records.figures);
    run["loss"] = points_of(envelope(records.losses));
    run["smoothed_loss"] = points_of(smoothed(records.losses));
    run["learning_rate"] = points_of(evenly(records.rates, most_points));
    add_stats(run, reader, records, picture_bytes);
    run["saturation"] = records.saturation;
    run["saturation_left_out"] = records.saturation_left_out;
    run["evaluation"] = records.evaluation;
    run["samples"] = records.samples;
    run["diverged"] = records.diverged;
    run["seconds"] = records.seconds;
    return run;
}

} // namespace nib::cli
