#include "tensorboard.hpp"

#include "failure.hpp"

#include <bit>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <vector>

#include <unistd.h>

namespace nib::cli {
namespace {

// Little-endian on any machine.
template <class Unsigned>
void put_fixed(std::string& to, Unsigned value)
{
    for (std::size_t i = 0; i < sizeof value; ++i) to += static_cast<char>(value >> (8 * i) & 0xff);
}

void put_varint(std::string& to, std::uint64_t value)
{
    for (; value >= 0x80; value >>= 7) to += static_cast<char>((value & 0x7f) | 0x80);
    to += static_cast<char>(value);
}

// The fields of a message: number and wire type, then the value.
enum class Wire { varint = 0, eight_bytes = 1, bytes = 2, four_bytes = 5 };

void put_key(std::string& to, int field, Wire wire)
{
    put_varint(to, static_cast<std::uint64_t>(field) << 3 | static_cast<std::uint64_t>(wire));
}

void put_bytes(std::string& to, int field, const std::string& bytes)
{
    put_key(to, field, Wire::bytes);
    put_varint(to, bytes.size());
    to += bytes;
}

void put_double(std::string& to, int field, double value)
{
    put_key(to, field, Wire::eight_bytes);
    put_fixed(to, std::bit_cast<std::uint64_t>(value));
}

void put_integer(std::string& to, int field, std::int64_t value)
{
    put_key(to, field, Wire::varint);
    put_varint(to, static_cast<std::uint64_t>(value));
}

void put_doubles(std::string& to, int field, std::span<const double> values)
{
    std::string packed;
    for (const double value : values) put_fixed(packed, std::bit_cast<std::uint64_t>(value));
    put_bytes(to, field, packed);
}

// Summary { repeated Value value = 1 }, Value { string tag = 1; float simple_value = 2; HistogramProto histo = 5 }.
void put_scalar(std::string& summary, const std::string& tag, double value)
{
    std::string message;
    put_bytes(message, 1, tag);
    put_key(message, 2, Wire::four_bytes);
    put_fixed(message, std::bit_cast<std::uint32_t>(static_cast<float>(value)));
    put_bytes(summary, 1, message);
}

// HistogramProto { min = 1; max = 2; num = 3; sum = 4; sum_squares = 5; packed bucket_limit = 6; packed bucket = 7 }: a
// bucket ends at its limit and begins at the previous one, so an empty bucket stands in front of nib's.
void put_histogram(std::string& summary, const std::string& tag, const std::optional<Histogram>& histogram,
                   double count, double mean, double std)
{
    if (!histogram) return;
    const double width = (histogram->max - histogram->min) / NIB_HISTOGRAM_BINS;
    std::vector<double> limits = {histogram->min}, buckets = {0};
    for (const double density : histogram->density) {
        limits.push_back(histogram->min + width * static_cast<double>(limits.size()));
        buckets.push_back(density * width * count);
    }
    std::string message, value;
    put_double(message, 1, histogram->min);
    put_double(message, 2, histogram->max);
    put_double(message, 3, count);
    put_double(message, 4, mean * count);
    put_double(message, 5, std * std * (count - 1) + mean * mean * count);
    put_doubles(message, 6, limits);
    put_doubles(message, 7, buckets);
    put_bytes(value, 1, tag);
    put_bytes(value, 5, message);
    put_bytes(summary, 1, value);
}

// rows: examples of the minibatch.
void put_layer(std::string& summary, const ActivationsRecord& a, const GradientsRecord& g, std::int64_t rows)
{
    const double count = a.units * static_cast<double>(rows);
    const std::string layer = a.name + "_" + a.kind; // tags must not contain blanks
    put_scalar(summary, "activations/std/" + layer, a.std);
    put_scalar(summary, "activations/saturated/" + layer, a.saturated);
    put_scalar(summary, "activations/dead/" + layer, a.dead);
    put_scalar(summary, "gradients/std/" + layer, g.std);
    put_histogram(summary, "activations/" + layer, a.histogram, count, a.mean, a.std);
    put_histogram(summary, "gradients/" + layer, g.histogram, count, g.mean, g.std);
}

void put_parameter(std::string& summary, const ParameterRecord& p)
{
    const double count = static_cast<double>(p.shape[0]) * static_cast<double>(p.shape[1]);
    put_scalar(summary, "parameters/update_data/" + p.name, p.update_data);
    put_scalar(summary, "parameters/grad_data/" + p.name, p.grad_data);
    put_histogram(summary, "parameters/gradient/" + p.name, p.histogram, count, p.gradient_mean, p.gradient_std);
}

double now()
{
    using Seconds = std::chrono::duration<double>;
    return std::chrono::duration_cast<Seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// TensorBoard recognises event files by "tfevents" in their names, and reads those of a folder in the order of their
// names. The last number distinguishes names that are taken.
std::string path_of(const std::string& folder, int number)
{
    char host[64] = "localhost";
    if (gethostname(host, sizeof host - 1) != 0) std::strcpy(host, "localhost");
    const std::string name = "events.out.tfevents." + std::to_string(static_cast<long long>(now())) + "." + host + "." +
                             std::to_string(getpid()) + "." + std::to_string(number);
    return (std::filesystem::path(folder) / name).string();
}

} // namespace

std::string framed(const std::string& data)
{
    const auto masked = [](const std::string& bytes) {
        return std::rotr(nib_crc32c(bytes.data(), bytes.size()), 15) + 0xa282ead8u;
    };
    std::string record;
    put_fixed(record, static_cast<std::uint64_t>(data.size()));
    put_fixed(record, masked(record));
    record += data;
    put_fixed(record, masked(data));
    return record;
}

EventFile::EventFile(const std::string& folder, std::int64_t first)
{
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) throw Failure("cannot make the folder " + folder + ": " + error.message());
    for (int number = 0; !file_ && (number == 0 || errno == EEXIST); ++number) {
        path_ = path_of(folder, number);
        file_.reset(std::fopen(path_.c_str(), "wbx")); // x: an existing file, a link too, is left alone
    }
    if (!file_) throw Failure("cannot write " + path_ + ": " + std::strerror(errno));
    std::string event;
    put_double(event, 1, now());
    put_bytes(event, 3, "brain.Event:2");
    add_record(event);
    if (first > 0) add_start(first);
    flush();
}

// Event { SessionLog session_log = 7 }, SessionLog { status = 1 }, where START is 1.
void EventFile::add_start(std::int64_t step)
{
    std::string log, event;
    put_integer(log, 1, 1);
    put_double(event, 1, now());
    put_integer(event, 2, step);
    put_bytes(event, 7, log);
    add_record(event);
}

void EventFile::add(std::span<const StepRecord> steps)
{
    for (const StepRecord& record : steps) {
        std::string summary;
        put_scalar(summary, "loss", record.loss);
        put_scalar(summary, "learning_rate", record.learning_rate);
        add_event(record.step, summary);
    }
    flush();
}

void EventFile::add(const StatisticsRecord& record)
{
    std::string summary;
    for (std::size_t i = 0; i < record.activations.size(); ++i)
        put_layer(summary, record.activations[i], record.gradients[i], record.rows);
    for (const ParameterRecord& parameter : record.parameters) put_parameter(summary, parameter);
    add_event(record.step, summary);
    flush();
}

void EventFile::add(const ValidationRecord& record)
{
    std::string summary;
    put_scalar(summary, "val_loss", record.val);
    add_event(record.step, summary);
    flush();
}

void EventFile::add(const EvaluationRecord& record)
{
    std::string summary;
    put_scalar(summary, "evaluation/train", record.train);
    put_scalar(summary, "evaluation/val", record.val);
    add_event(record.step, summary);
    flush();
}

// Event { double wall_time = 1; int64 step = 2; string file_version = 3; Summary summary = 5 }.
void EventFile::add_event(std::int64_t step, const std::string& summary)
{
    std::string event;
    put_double(event, 1, now());
    put_integer(event, 2, step);
    put_bytes(event, 5, summary);
    add_record(event);
}

void EventFile::add_record(const std::string& data)
{
    const std::string record = framed(data);
    std::fwrite(record.data(), 1, record.size(), file_.get());
}

void EventFile::flush()
{
    if (std::fflush(file_.get()) != 0 || std::ferror(file_.get()) != 0)
        throw Failure("cannot write " + path_ + ": " + std::strerror(errno));
}

} // namespace nib::cli
