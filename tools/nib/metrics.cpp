#include "metrics.hpp"

#include "base64.hpp"
#include "files.hpp"
#include "json_line.hpp"
#include "metrics_reader.hpp"
#include "option_infos.hpp"

#include <nlohmann/json.hpp>

#include <cerrno>
#include <filesystem>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace nib::cli {
namespace {

using Json = nlohmann::ordered_json;

// Text of any origin as a JSON string; bytes that are not UTF-8 are replaced.
std::string quoted(const std::string& text) { return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace); }

// Statistics are computed in single precision: more digits would say nothing.
float single(double x) { return static_cast<float>(x); }

void put_histogram(JsonLine& line, const std::optional<nib_histogram>& histogram)
{
    if (!histogram) return;
    line.open("histogram", '{').number("min", single(histogram->min)).number("max", single(histogram->max));
    line.open("density", '[');
    for (const double density : histogram->density) {
        if (density == 0)
            line.integer(0);
        else
            line.number(single(density));
    }
    line.close(']').close('}');
}

void put_layer(JsonLine& line, const LayerRecord& layer, bool gradients)
{
    const nib_layer_statistics& s = layer.statistics;
    line.open('{').text("name", s.name).text("kind", word_of(s.activation));
    line.number("mean", single(gradients ? s.gradient_mean : s.mean));
    line.number("std", single(gradients ? s.gradient_std : s.std));
    if (!gradients) line.number("saturated", single(s.saturated)).integer("dead", s.dead).integer("units", s.units);
    put_histogram(line, gradients ? layer.gradients : layer.activations);
    line.close('}');
}

void put_tensor(JsonLine& line, const TensorRecord& tensor)
{
    const nib_tensor_statistics& s = tensor.statistics;
    line.open('{').text("name", s.name).open("shape", '[').integer(s.rows).integer(s.columns).close(']');
    line.number("mean", single(s.mean)).number("std", single(s.std));
    line.number("gradient_mean", single(s.gradient_mean)).number("gradient_std", single(s.gradient_std));
    line.number("grad_data", single(s.gradient_to_data)).number("update_data", single(s.log10_update_to_data));
    put_histogram(line, tensor.gradients);
    line.close('}');
}

// A line that does not parse was cut, or is not ours.
bool is_before(std::string_view line, std::int64_t first)
{
    const Json record = parse_record(line);
    if (!record.is_object()) return false;
    for (const char* key : {"step", "resumed_at"}) {
        const auto found = record.find(key);
        if (found != record.end() && (!found->is_number_integer() || found->get<std::int64_t>() >= first)) return false;
    }
    return true;
}

// The lines of the steps before first.
std::string kept_lines(const std::string& path, std::int64_t first)
{
    std::string kept;
    if (!std::filesystem::exists(path)) return kept;
    for (MetricsReader old(path); old.next();)
        if (is_before(old.line(), first)) kept.append(old.line()).append(1, '\n');
    return kept;
}

} // namespace

Metrics::Metrics(const nib::context& context, const std::string& path) : path_(path) { begin(context, ""); }

Metrics::Metrics(const nib::context& context, const std::string& path, std::int64_t first) : path_(path)
{
    check_own_file(path);
    begin(context, kept_lines(path, first));
}

Metrics::~Metrics()
{
    if (file_ >= 0) close(file_);
}

// EINTR is no refusal, and the file is closed then too (Linux).
void Metrics::finish()
{
    if (close(std::exchange(file_, -1)) != 0 && errno != EINTR) cannot_write(path_, errno);
}

// A new file each time: the old one may have another name elsewhere, a hard link, where it stays.
void Metrics::begin(const nib::context& context, const std::string& lines)
{
    check_own_file(path_);
    context.write_file(path_, lines);
    file_ = open(path_.c_str(), O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
    if (file_ < 0) cannot_write(path_, errno);
}

// By one call where the system takes it all, so that a kill cuts the last line at most.
void Metrics::add_line(const std::string& line)
{
    for (std::size_t done = 0; done < line.size();) {
        const ssize_t written = write(file_, line.data() + done, line.size() - done);
        if (written >= 0)
            done += static_cast<std::size_t>(written);
        else if (errno != EINTR)
            cannot_write(path_, errno);
    }
}

void Metrics::add(std::span<const StepRecord> steps)
{
    std::string lines;
    for (const StepRecord& record : steps) {
        JsonLine line("step");
        line.integer("step", record.step).number("loss", single(record.loss));
        line.number("learning_rate", record.learning_rate).number("seconds", single(record.seconds));
        lines += line.finish();
    }
    add_line(lines);
}

void Metrics::add(const StatisticsRecord& record)
{
    JsonLine line("stats");
    line.integer("step", record.step).open("activations", '[');
    for (const LayerRecord& layer : record.layers) put_layer(line, layer, false);
    line.close(']').open("gradients", '[');
    for (const LayerRecord& layer : record.layers) put_layer(line, layer, true);
    line.close(']').open("parameters", '[');
    for (const TensorRecord& tensor : record.tensors) put_tensor(line, tensor);
    line.close(']');
    add_line(line.finish());
}

void Metrics::add(const SaturationRecord& record)
{
    JsonLine line("saturation");
    line.integer("step", record.step).text("layer", record.layer).integer("units", record.units);
    add_line(line.integer("rows", record.rows).text("bits", base64(record.bits)).finish());
}

void Metrics::add_divergence(std::int64_t step, const std::string& message)
{
    add_line(JsonLine("diverged").integer("step", step).json("message", quoted(message)).finish());
}

void Metrics::add_evaluation(std::int64_t step, double train, double val)
{
    add_line(JsonLine("evaluation").integer("step", step).number("train", train).number("val", val).finish());
}

void Metrics::add_samples(std::int64_t step, std::span<const std::string> items)
{
    JsonLine line("samples");
    line.integer("step", step)
        .json("items", Json(std::vector<std::string>(items.begin(), items.end()))
                           .dump(-1, ' ', false, Json::error_handler_t::replace));
    add_line(line.finish());
}

void Metrics::add_end(std::int64_t step, double seconds)
{
    add_line(JsonLine("end").integer("step", step).number("seconds", single(seconds)).finish());
}

} // namespace nib::cli
